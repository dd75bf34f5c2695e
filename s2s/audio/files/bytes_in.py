"""Bytes in: a file, a FIFO or standard input, with every way of not getting them told apart."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from typing import BinaryIO

from s2s.errors import UsageError, WriteError
from s2s.printable import printable

STDIN = "-"


def name_of(path: str) -> str:
    """Return what messages call `path`."""
    return "standard input" if path == STDIN else printable(path)


def open_bytes(path: str) -> BinaryIO:
    """Open what `path` names; raises UsageError. Closing it leaves standard input open."""
    name = name_of(path)
    try:
        if path != STDIN and os.path.isdir(path):  # noqa: PTH112 - there may be very many
            raise UsageError(f"{name} is a directory.", "Name one recording in it.")
        file: BinaryIO = open(0 if path == STDIN else path, "rb", closefd=path != STDIN)  # noqa: SIM115
    except FileNotFoundError as exc:
        raise UsageError(f"There is no file {name}.", "Check its name and folder.") from exc
    except PermissionError as exc:
        hint = f"Check who may read it: `ls -l {name}`."
        raise UsageError(f"{name} may not be read: permission denied.", hint) from exc
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the path
        raise UsageError(f"{name} cannot be opened: {reason(exc)}.") from exc
    if file.isatty():
        file.close()
        hint = "Pipe a recording in, or name a file."
        raise UsageError(f"{name} is a terminal, not a recording.", hint)
    return file


def size_of(file: BinaryIO) -> int | None:
    """Return the bytes of a regular file, None for a pipe or a device."""
    status = os.fstat(file.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def spool(head: bytes, stream: BinaryIO, name: str) -> BinaryIO:
    """Return a nameless temporary file of `head` and all that `stream` still gives."""

    def fill(spooled: BinaryIO) -> None:
        spooled.write(head)
        shutil.copyfileobj(stream, spooled)

    return _temporary(fill, name)


def copied(file: BinaryIO, start: int, end: int, name: str) -> BinaryIO:
    """Return a nameless temporary file of these bytes of `file`."""

    def fill(copy: BinaryIO) -> None:
        file.seek(start)
        left = end - start
        while left and (step := file.read(min(left, 1 << 20))):
            copy.write(step)
            left -= len(step)

    return _temporary(fill, name)


def _temporary(fill: Callable[[BinaryIO], None], name: str) -> BinaryIO:
    try:
        spooled: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - it outlives this function
    except OSError as exc:
        raise _no_room(name, exc) from exc
    try:
        fill(spooled)
        spooled.seek(0)
    except BaseException as exc:
        spooled.close()
        if isinstance(exc, OSError):
            raise _no_room(name, exc) from exc
        raise
    return spooled


def _no_room(name: str, exc: OSError) -> WriteError:
    hint = "Set TMPDIR to a folder with more room, or name the file instead of piping it."
    folder = tempfile.tempdir or "a temporary file"
    return WriteError(f"{name} cannot be held in {folder}: {reason(exc)}.", hint)


def reason(exc: OSError | ValueError) -> str:
    """Return the system's words for what went wrong, without numbers and paths."""
    return getattr(exc, "strerror", None) or str(exc)
