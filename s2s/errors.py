"""Every failure a user can meet, and the exit status of each.

    S2SError                      status
    ├── UsageError                2   bad option, no key, unreadable or refused input, output exists
    ├── RefusedError              3   the endpoint refuses: key, permission, quota, billing, model
    ├── SoundError                4   no device, busy, lost, impossible rate, only zeros
    ├── NetworkError              5   cannot reach, 5xx at the handshake, no answer, dropped
    ├── ResponseError             6   the model's response failed or was incomplete
    ├── LimitError                7   what the user wanted to spend at most is spent
    ├── WriteError                8   writing failed half way: disk full, directory gone
    ├── Bug                       1   a mistake in s2s, on a thread of its own
    └── Stopped                   130 Ctrl-C, 143 SIGTERM, 129 the terminal has closed

A message is one sentence that names the problem, a hint one that names the remedy. Foreign text in
either passes the filter here, and neither ever holds a secret. They are raised at the edge where
the foreign error appears and caught in one place, the error boundary of `s2s.cli`.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from s2s.printable import printable
from s2s.secret import redact

if TYPE_CHECKING:
    import os


class Came(Protocol):
    """What of a reply had come when something failed."""

    user_text: str
    text: str
    audio: bytes
    path: Path | None

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the audio to a file."""


class S2SError(Exception):
    """A failure the user can understand: one sentence, one hint, one exit status."""

    status: ClassVar[int] = 1
    code: str = "error"
    """What kind of failure it is, in a word that stays the same whatever the sentence says."""
    reply: Came | None = None
    """What of the reply had come until then, if anything was asked."""
    retry_after_s: float | None = None
    """How long the endpoint wants to be left alone, where it says so."""

    def __init__(self, message: str, hint: str = "", *, code: str = "") -> None:
        super().__init__(printable(redact(message)))
        self.hint = hint
        self.code = code or self.code
        self.is_told = False  # already, or there is no need to

    @property
    def message(self) -> str:
        return str(self)

    @property
    def hint(self) -> str:
        return self._hint

    @hint.setter
    def hint(self, hint: str) -> None:
        self._hint = printable(redact(hint))

    @property
    def exit_status(self) -> int:
        return self.status


class UsageError(S2SError):
    """The command cannot start as it was asked for."""

    status = 2
    code = "usage"


class RefusedError(S2SError):
    """The endpoint answered, and the answer is no."""

    status = 3
    code = "refused"


class SoundError(S2SError):
    """The sound itself, or the device it comes from, is of no use."""

    status = 4
    code = "sound"


class NetworkError(S2SError):
    """The endpoint cannot be reached, or the connection was lost."""

    status = 5
    code = "network"


class ResponseError(S2SError):
    """The model's response failed or is incomplete."""

    status = 6
    code = "response"


class LimitError(S2SError):
    """A limit that the user has set is reached."""

    status = 7
    code = "limit"


class WriteError(S2SError):
    """An output could not be written to its end."""

    status = 8
    code = "write"


class Bug(S2SError):
    """A mistake in s2s, met on a thread of its own; `__cause__` is what was raised there."""

    code = "bug"

    def __init__(self, what: str, cause: BaseException) -> None:
        super().__init__(
            f"{what} by a mistake in s2s: {cause!r}.", "Please report it, with the traceback."
        )
        self.__cause__ = cause


class Stopped(S2SError):
    """The user, or the system, ended the program with a signal."""

    code = "stopped"

    def __init__(self, signal_number: int, hint: str = "") -> None:
        super().__init__("Stopped." if signal_number != 2 else "Interrupted.", hint)
        self.signal_number = signal_number

    @property
    def exit_status(self) -> int:
        return 128 + self.signal_number


def ending_signals() -> list[int]:
    """Return the signals that ask a program to end; a hangup unless it is ignored (`nohup`)."""
    hangup = getattr(signal, "SIGHUP", None)  # Windows has none
    if hangup is None or signal.getsignal(hangup) is signal.SIG_IGN:
        return [signal.SIGINT, signal.SIGTERM]
    return [signal.SIGINT, signal.SIGTERM, hangup]
