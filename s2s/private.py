"""Files that are for the user alone: what was said, and what was told of it."""

from __future__ import annotations

import os
from pathlib import Path

from s2s.destination import follow, replace


def private(path: str, flags: int) -> int:
    """Open a file for `open(..., opener=private)`: a new one is the user's alone (0600).

    One that exists keeps its mode: it is the user's, who may have given it to others. A descriptor,
    a device or a named pipe is written to as it is.
    """
    place = follow(path)
    return place.open() if place.is_stream else os.open(path, flags, 0o600)


def private_folder(path: Path) -> None:
    """Create a folder, and those it lies in, for the user alone (0700) unless it exists."""
    for folder in reversed([path, *path.parents]):
        if not folder.exists():
            folder.mkdir(0o700, exist_ok=True)


def put_in_place(path: Path, text: str) -> None:
    """Put a file of the user's alone in the place of another: readers find either of them whole.

    Raises OSError; then the one before is as it was.
    """
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with open(fresh, "w", encoding="utf-8", opener=private) as file:
            file.write(text)
        replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
