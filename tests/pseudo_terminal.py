"""A program on a terminal that exists for one test: what it shows, and the keys one presses."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fakes import clean_environment
from virtual_audio import Waiting

_PROGRAM = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C is a signal
os.execvp(sys.argv[1], sys.argv[1:])
"""
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>]")
_WHERE_IS_THE_CURSOR = b"\x1b[6n"


class PseudoTerminal(Waiting):
    """`s2s`, or another program, with a terminal for standard input, output and error."""

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        environment: Mapping[str, str] | None = None,
        rows: int = 24,
        columns: int = 100,
        program: Sequence[str] = (sys.executable, "-m", "s2s"),
    ) -> None:
        super().__init__()
        self._shown = bytearray()
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._before = self._settings()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *program, *arguments],
            cwd=cwd,
            env=clean_environment(cwd, TERM="xterm-256color", **(environment or {})),
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
        )
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def __enter__(self) -> PseudoTerminal:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._slave)
        self._thread.join()
        os.close(self._master)

    @property
    def shown(self) -> str:
        """All that was shown so far, without what moves the cursor and colours."""
        return _CONTROL.sub("", self._shown.decode(errors="replace"))

    @property
    def restored(self) -> bool:
        """Whether the terminal echoes and edits lines as it did before."""
        return self._settings() == self._before

    def wait_for(self, text: str) -> None:
        assert self.wait(lambda: text in self.shown), f"no {text!r} in {self.shown!r}"

    def forget(self) -> None:
        """Let `wait_for` look only at what is shown from now on."""
        with self.changed:
            self._shown.clear()

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def leave(self) -> int:
        """Return the exit status of the program, which is about to end."""
        return self.process.wait(20)

    def _settings(self) -> list[Any]:
        return termios.tcgetattr(self._slave)

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # how a terminal whose other side is closed ends
            while piece := os.read(self._master, 4096):
                if _WHERE_IS_THE_CURSOR in piece:
                    os.write(self._master, b"\x1b[1;1R")
                with self.changed:
                    self._shown += piece
                    self.changed.notify_all()
