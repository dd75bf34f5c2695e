"""One run at a time in a folder: the manifest is locked while a run lasts."""

from __future__ import annotations

import errno
import os
import sys

from s2s.errors import UsageError
from s2s.printable import printable

_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)


class Lock:
    """Holds a file that is open until it is left, or the process ends, however it ends."""

    def __init__(self, file: int, path: str) -> None:
        """Raises `UsageError` if another run holds it. Where nothing can be locked, none is."""
        self._file = file
        try:
            _take(file)
        except OSError as exc:
            if exc.errno in _TAKEN:
                folder = printable(os.path.dirname(path) or ".")
                raise UsageError(
                    f"Another run of s2s writes its replies into {folder}.",
                    "Wait for it, or name another folder with -o.",
                    code="locked",
                ) from exc

    def leave(self) -> None:
        """Let others have it."""
        _let_go(self._file)


if sys.platform != "win32":
    import fcntl

    def _take(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _let_go(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)

else:
    import msvcrt

    def _take(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

    def _let_go(file: int) -> None:
        """It goes with the file."""
