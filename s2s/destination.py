"""Where the path of an output leads: to a plain file, or to what is written to and never replaced.

A link is followed to its end, and there the file is replaced, or made. `-`, `/dev/stdout`,
`/dev/fd/N`, `/proc/self/fd/N`, or a link to one of them, mean an open descriptor: not the file
that it writes to, which is not ours to replace.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

STDOUT = 1
_MOST_LINKS = 40  # as Linux has it
_DESCRIPTORS = re.compile(r"/dev/fd|/proc/\d+(/task/\d+)?/fd")


class Destination(NamedTuple):
    """What a path leads to."""

    path: Path  # as given, or where its links lead
    is_stream: bool  # a descriptor, a device, a named pipe, a socket
    descriptor: int | None = None  # of this process, if it is one

    def open(self) -> int:
        """Return a new descriptor of a stream; waits for a pipe's reader. Raises OSError."""
        if self.descriptor is not None:
            return _duplicate(self.descriptor)
        if self.path.is_socket():
            return _connect(self.path)
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOCTTY", 0))

    def status(self) -> os.stat_result | None:
        """Return what the system knows of it, None if there is nothing yet."""
        with suppress(OSError):
            return self.path.stat() if self.descriptor is None else os.fstat(self.descriptor)
        return None


def follow(given: str | os.PathLike[str]) -> Destination:
    """Follow `given` to what it means. Raises OSError for links that lead in a circle."""
    path = Path(given)
    if os.fspath(given) == "-":
        return Destination(path, True, STDOUT)
    for _ in range(_MOST_LINKS):
        folder = os.path.realpath(path.parent)
        if _DESCRIPTORS.fullmatch(folder) and re.fullmatch("[0-9]+", path.name):
            own = folder in ("/dev/fd", os.path.realpath("/proc/self/fd"))
            return Destination(path, True, int(path.name) if own else None)
        try:
            link = path.readlink()
        except OSError:  # no link, or nothing at all
            return Destination(path, _is_stream(path))
        path = Path(folder, link)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), os.fspath(given))


def standard(given: str) -> str:
    """Return `-` for every name of standard output, any other path as it is."""
    with suppress(OSError, ValueError):  # of which whoever opens it will tell
        return "-" if follow(given).descriptor == STDOUT else given
    return given


def replace(new: str | Path, path: str | Path) -> None:
    """Rename `new` to `path`. Raises FileExistsError if there is anything but a plain file now."""
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(path))
    os.replace(new, path)  # noqa: PTH105 - it may be text


def _is_stream(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _duplicate(descriptor: int) -> int:
    """Return another of the same."""
    try:
        import fcntl
    except ImportError:  # Windows
        return os.dup(descriptor)
    if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return os.dup(descriptor)


def _connect(path: Path) -> int:
    import socket

    with socket.socket(socket.AF_UNIX) as connected:
        connected.connect(os.fspath(path))
        return connected.detach()
