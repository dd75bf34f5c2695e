"""Where audio goes: a WAV file, standard output, a pipe or a device."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from s2s.audio.wav import WavStream, WavWriter
from s2s.errors import UsageError


def open_output(path: str, option: str, stack: ExitStack, *, force: bool) -> WavWriter | WavStream:
    """Return what writes the WAV that `option` names. Raises `UsageError` if it cannot be had."""
    if path == "-":
        if sys.stdout.isatty():
            raise UsageError(
                f"{option} - would write audio to the terminal.",
                f"Pipe it on: … {option} - | play -t wav -",
            )
        return WavStream(sys.stdout.buffer)
    if is_special(Path(path)):
        return WavStream(stack.enter_context(open_special(Path(path), option)))
    return WavWriter(path, force=force)


def is_special(path: Path) -> bool:
    """Whether `path` is a device or a named pipe: written to, never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


def open_special(path: Path, option: str) -> BinaryIO:
    """Open a device or a named pipe; waits for its reader. Raises `UsageError`."""
    try:
        return path.open("wb", buffering=0)
    except OSError as exc:
        raise UsageError(f"{path} cannot be written: {exc.strerror}.", f"Check {option}.") from exc
