"""Outputs that are no files: written to as they are, never replaced."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from s2s.errors import UsageError


def is_special(path: Path) -> bool:
    """Whether there is a device or a named pipe of that name."""
    return path.exists() and not path.is_file() and not path.is_dir()


def open_special(path: Path) -> BinaryIO:
    """Open a device or a named pipe; waits for its reader. Raises `UsageError`."""
    try:
        return path.open("wb", buffering=0)
    except OSError as exc:
        raise UsageError(f"{path} cannot be written: {exc.strerror}.", "Check its name.") from exc
