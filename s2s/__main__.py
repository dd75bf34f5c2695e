"""`s2s` and `python -m s2s`: what must hold before anything heavy is imported."""

from __future__ import annotations

import io
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from s2s.errors import Stopped, ending_signals


def main() -> NoReturn:
    """Run the command line. What asks it to end is `Stopped`, from the first moment on."""
    _open_closed_streams()
    for number in ending_signals():
        signal.signal(number, _stop)
    try:
        from s2s.cli import run
    except Stopped as stopped:
        sys.exit(stopped.exit_status)
    run()


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise Stopped(number)


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
