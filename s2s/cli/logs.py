"""The log: `<` in, `>` out, `=` state, `!` error; never a secret."""

from __future__ import annotations

import contextlib
import logging
import sys
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import cast

from s2s.errors import UsageError
from s2s.printable import printable, printable_report
from s2s.private import private
from s2s.secret import redact
from s2s.ui.terminal import tell

_Caught = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class _Formatter(logging.Formatter):
    """The last net: a line of the log is one line, whatever it quotes, and holds no key."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging names it
        return printable(redact(super().formatMessage(record)))

    def formatException(self, ei: _Caught) -> str:  # noqa: N802 - logging names it
        return printable_report(redact(super().formatException(ei)))


class _LogFile(logging.FileHandler):
    """A log file that cannot be written any more is told of once, and is not the end."""

    def _open(self) -> TextIOWrapper:
        # `open` of `logging`, but for the mode of the file, and for what is no plain file
        file = open(self.baseFilename, self.mode, encoding=self.encoding, opener=private)  # noqa: SIM115
        return cast("TextIOWrapper", file)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging names it
        exc = sys.exc_info()[1]
        logging.getLogger("s2s").removeHandler(self)
        with contextlib.suppress(OSError):  # what it still holds cannot be written either
            self.close()
        reason = getattr(exc, "strerror", None) or exc
        tell(f"Warning: the log file is not written any more: {reason}. All else goes on.")


def set_up(verbosity: int, log_file: str | None) -> None:
    """Log to standard error from `-v` on, and everything to `log_file` if there is one.

    Raises `UsageError` if the file cannot be written.
    """
    if logging.lastResort:  # a library's complaint that has no log of its own
        logging.lastResort.setFormatter(_Formatter())
    # What the library would say, the endpoint's errors say better; its tracebacks help nobody.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    root = logging.getLogger("s2s")
    everything = log_file or verbosity > 1
    root.setLevel(logging.DEBUG if everything else logging.INFO if verbosity else logging.WARNING)
    if verbosity:
        screen = logging.StreamHandler()
        screen.setLevel(logging.DEBUG if verbosity > 1 else logging.INFO)
        _add(root, screen, "%(relativeCreated)7.0f ms %(message)s")
    if log_file:
        try:
            file = _LogFile(Path(log_file), encoding="utf-8", errors="backslashreplace")
        except (OSError, ValueError) as exc:  # ValueError: a NUL in the path
            problem = getattr(exc, "strerror", None) or exc
            raise UsageError(
                f"The log file {log_file} cannot be written: {problem}.", "Check --log-file."
            ) from exc
        _add(root, file, "%(asctime)s %(levelname)-5s %(name)s %(message)s")
    if not verbosity and not log_file:
        root.addHandler(logging.NullHandler())


def _add(root: logging.Logger, handler: logging.Handler, layout: str) -> None:
    handler.setFormatter(_Formatter(layout))
    root.addHandler(handler)
