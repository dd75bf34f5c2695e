"""Single keys from the terminal, which is left as it was, however the program ends."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import threading
from collections.abc import Callable, Mapping


def are_possible() -> bool:
    """Whether somebody sits at a terminal who can press keys for this program."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import termios  # noqa: F401 - not on every platform

        fd = sys.stdin.fileno()
        # Whoever reads from the terminal in the background is stopped by the system.
        return os.isatty(fd) and os.tcgetpgrp(fd) == os.getpgrp()
    return False


class Keys:
    """Calls what belongs to a key that is pressed, on a thread of its own, from `with` to its end.

    Ctrl-C stays a signal. Ctrl-Z does nothing: a program that stands still loses sound.
    """

    def __init__(self, actions: Mapping[str, Callable[[], None]]) -> None:
        self._actions = actions
        self._fd = sys.stdin.fileno()
        self._ended, self._end = os.pipe()
        self._thread = threading.Thread(target=self._read, name="keys", daemon=True)

    def __enter__(self) -> Keys:
        import termios

        self._before = termios.tcgetattr(self._fd)
        changed = termios.tcgetattr(self._fd)
        changed[3] &= ~(termios.ICANON | termios.ECHO)
        changed[6][termios.VSUSP] = os.fpathconf(self._fd, "PC_VDISABLE").to_bytes(1, "big")
        termios.tcsetattr(self._fd, termios.TCSANOW, changed)
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        import termios

        os.close(self._end)
        self._thread.join()
        with contextlib.suppress(termios.error):  # the terminal has gone
            termios.tcsetattr(self._fd, termios.TCSANOW, self._before)

    def _read(self) -> None:
        with os.fdopen(self._ended, "rb") as ended, contextlib.suppress(OSError):
            while True:
                readable, _, _ = select.select([self._fd, ended], [], [])
                if ended in readable or not (pressed := os.read(self._fd, 64)):
                    return
                if pressed.startswith(b"\x1b"):  # an arrow, say: several bytes that mean one key
                    continue
                for key in pressed.decode("latin-1"):
                    if action := self._actions.get(key):
                        action()
