"""What to do about it: orders, in the imperative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from s2s.errors import S2SError


@dataclass(frozen=True, slots=True)
class ConfigureSession:
    """What must hold for the session: formats (always explicit), turns, instructions, voice."""

    voice: str = ""  # "": leave it to the endpoint
    instructions: str | None = None  # None: leave it to the endpoint
    text_only: bool = False


@dataclass(frozen=True, slots=True)
class ConfigureTranscription:
    """Ask for the user's words; alone in its update, so that a refusal costs nothing else."""

    model: str
    language: str = ""  # ISO-639-1; "": let the model guess


@dataclass(frozen=True, slots=True)
class StartUpload:
    """Begin to read the recording and send it."""


@dataclass(frozen=True, slots=True)
class CommitAudio:
    pass


@dataclass(frozen=True, slots=True)
class CreateResponse:
    pass


@dataclass(frozen=True, slots=True)
class WriteAudio:
    """Append this to the reply."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class RestartReply:
    """A new response replaces one that failed after it had begun to speak."""


@dataclass(frozen=True, slots=True)
class ShowText:
    """A piece of the transcript; `ends` closes the speaker's line."""

    role: Literal["user", "assistant"]
    text: str
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Warn:
    """Something the user should know that does not stop the work."""

    message: str


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Post `TimerFired(name)` after `ms`; a timer of that name that runs is started anew."""

    name: str
    ms: float


@dataclass(frozen=True, slots=True)
class CancelTimer:
    name: str


@dataclass(frozen=True, slots=True)
class End:
    """All is done, or nothing more can be: `error` says what failed."""

    error: S2SError | None = None


Command = (
    ConfigureSession
    | ConfigureTranscription
    | StartUpload
    | CommitAudio
    | CreateResponse
    | WriteAudio
    | RestartReply
    | ShowText
    | Warn
    | StartTimer
    | CancelTimer
    | End
)
