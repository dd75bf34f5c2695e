"""A file that has a partial name until it is complete, and how it gets its own."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from io import FileIO
from itertools import count
from pathlib import Path

from s2s.destination import Destination, replace
from s2s.errors import UsageError


def check_output(given: Path, place: Destination, *, force: bool) -> None:
    """Raise UsageError if `place`, to which `given` leads, is none for a file."""
    path = place.path
    if path.is_dir():
        raise UsageError(f"{given} is a directory.", f"Name a file, such as {given / 'reply.wav'}.")
    if place.is_stream:
        raise UsageError(f"{given} is no regular file.", "Use `-o -` to write to a pipe.")
    if os.path.lexists(path) and not force:
        raise UsageError(f"{given} exists already.", "Choose another name, or add --force.")
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}.", f"Create it: mkdir -p {path.parent}")


def create_partial(path: Path, ending: str = ".wav") -> tuple[FileIO, Path]:
    """Create a partial file beside `path`, leaving those of earlier runs alone."""
    for number in count(1):
        mark = ".partial" if number == 1 else f".partial-{number}"
        partial = path.with_name(path.stem + mark + ending)
        with suppress(FileExistsError):
            return FileIO(partial, "x+"), partial
    raise AssertionError("there is always another number")


def publish(partial: str | Path, path: str | Path, *, force: bool) -> None:
    """Rename without overwriting what has appeared meanwhile, unless that was asked for.

    Raises FileExistsError; so it does for what is no plain file, a link among them, whatever was
    asked for: where that would lead nobody has looked.
    """
    if force:
        replace(partial, path)
        return
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        replace(partial, path)
    else:
        os.unlink(partial)  # noqa: PTH108 - it may be text
