"""`s2s` and `python -m s2s`: what must hold before anything heavy is imported."""

# ruff: noqa: E402
from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # else Ctrl-C in what follows were a traceback

import io
import os
import sys
from typing import NoReturn

from s2s import signals


def main() -> NoReturn:
    """Run the command line; see `s2s.signals` for what asks it to end."""
    signals.install()
    _open_closed_streams()
    from s2s.cli import run

    run()


def _open_closed_streams() -> None:
    """Put the null device where a standard stream is closed, lest a socket takes its number.

    A terminal that lacks a letter shows its number (`backslashreplace`).
    """
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(fd)
    sys.stdin = sys.stdin or open(0)  # noqa: SIM115 - for the life of the program
    sys.stdout = sys.stdout or open(1, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
