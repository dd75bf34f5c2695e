"""A settings file is opened, and read to its end, without ever waiting for somebody.

It may be a pipe that a program fills at the moment it is opened, as 1Password does; or one that
nobody ever fills, a folder, a device, or larger than any settings.
"""

from __future__ import annotations

import os
import select
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LIMIT = 2**16
"""Bytes of a file. Longer instructions have a file of their own (`@FILE`)."""
PATIENCE_S = 2.0
"""Seconds in all for a pipe."""
_PAUSE_S = 0.01  # a pipe that nobody has opened for writing cannot be waited for
_FLAGS = ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")  # not every system has all of them


class UnfitError(Exception):
    """There is something, and it is not the text of settings; `str()` says why."""


@contextmanager
def opened(path: Path) -> Iterator[tuple[int, os.stat_result]]:
    """Open a file or a pipe for reading; gives its descriptor and the status of what was opened.

    Raises `UnfitError` for what is neither, `OSError` for what is not there or does not open.
    """
    _check_kind(path.stat())  # to open a device may already do something
    number = os.open(path, os.O_RDONLY | sum(getattr(os, flag, 0) for flag in _FLAGS))
    try:
        status = os.fstat(number)
        _check_kind(status)
        yield number, status
    finally:
        os.close(number)


def read_text(number: int, status: os.stat_result, patience_s: float = PATIENCE_S) -> str:
    """Return the text of an opened file. Raises `UnfitError` if it is too long, too late, none."""
    is_pipe = stat.S_ISFIFO(status.st_mode)
    content = _of_pipe(number, patience_s) if is_pipe else _of_file(number)
    if len(content) > LIMIT:
        raise UnfitError(f"it is larger than {LIMIT // 1024} KiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnfitError("it is not UTF-8 text") from None


def path_of(text: str) -> Path:
    """Return the path that a setting names; `~` is the home directory, as in a shell."""
    return Path(os.path.expanduser(text))  # noqa: PTH111 - raises nothing where there is no such user


def _check_kind(status: os.stat_result) -> None:
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISFIFO(status.st_mode)):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no file"
        raise UnfitError(f"it is {kind}")


def _of_file(number: int) -> bytes:
    content = b""
    while len(content) <= LIMIT and (more := os.read(number, LIMIT + 1)):
        content += more
    return content


def _of_pipe(number: int, patience_s: float) -> bytes:
    content, give_up = b"", time.monotonic() + patience_s
    while (left_s := give_up - time.monotonic()) > 0:
        select.select([number], [], [], left_s)
        try:
            more = os.read(number, LIMIT + 1)
        except BlockingIOError:  # somebody has it open, and writes nothing
            continue
        if not more and content:
            return content
        if not more:  # nobody has opened it for writing yet
            time.sleep(_PAUSE_S)
        content += more
        if len(content) > LIMIT:
            return content
    raise UnfitError(f"it is a pipe, and its writer did not finish within {patience_s:g} s")
