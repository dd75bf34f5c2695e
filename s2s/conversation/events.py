"""What has happened: facts, in the past tense, from the endpoint, the recording, timers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from s2s.errors import S2SError


class Part(NamedTuple):
    """One piece of content of one item of one response; audio of different parts never mixes."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """The endpoint accepted the connection and opened a session."""

    session_id: str
    model: str


@dataclass(frozen=True, slots=True)
class SessionConfigured:
    """The endpoint took an update; it says which audio formats now hold, where it says so."""

    input_format: str = ""
    output_format: str = ""


@dataclass(frozen=True, slots=True)
class InputCommitted:
    """What was uploaded is now an item of the conversation."""

    item_id: str


@dataclass(frozen=True, slots=True)
class UserTranscribed:
    """The user's words are known."""

    item_id: str
    text: str
    usage: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class UserTranscriptionFailed:
    """The user's words will not be known."""

    item_id: str
    message: str


@dataclass(frozen=True, slots=True)
class ResponseStarted:
    response_id: str


@dataclass(frozen=True, slots=True)
class AudioReceived:
    part: Part
    pcm: bytes


@dataclass(frozen=True, slots=True)
class AudioEnded:
    """No more audio will come for this part."""

    part: Part


@dataclass(frozen=True, slots=True)
class TextReceived:
    """A piece of what the assistant says or writes."""

    part: Part
    text: str


@dataclass(frozen=True, slots=True)
class TextEnded:
    """The whole text of a part, for endpoints that send no pieces."""

    part: Part
    text: str


@dataclass(frozen=True, slots=True)
class ResponseEnded:
    """Always comes, whatever the outcome; `code` and `message` explain all but `completed`."""

    response_id: str
    status: str  # completed, cancelled, incomplete, failed
    code: str = ""
    message: str = ""
    usage: dict[str, Any] | None = None
    texts: tuple[tuple[Part, str], ...] = ()  # the final texts, for endpoints that sent none before


@dataclass(frozen=True, slots=True)
class RateLimitsUpdated:
    """How long until the tightest exhausted limit is reset."""

    reset_s: float


@dataclass(frozen=True, slots=True)
class ErrorReported:
    """The endpoint complains; most complaints leave the session open."""

    kind: str
    code: str
    message: str
    param: str = ""


@dataclass(frozen=True, slots=True)
class MessageUnreadable:
    """A message that could not be read; `lossy` if it may have carried a piece of the reply."""

    why: str
    lossy: bool = True


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The connection has ended, by the endpoint's word (`code`, `reason`) or without one."""

    code: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """So much of the recording has been handed to the network."""

    size: int  # bytes of PCM, in all


@dataclass(frozen=True, slots=True)
class UploadEnded:
    """The recording has been read and sent to its end."""

    size: int  # bytes of PCM, in all
    peak: float  # the loudest sample, 0.0 to 1.0


@dataclass(frozen=True, slots=True)
class UploadStalled:
    """The network has taken nothing for as long as the user wants to wait."""


@dataclass(frozen=True, slots=True)
class UploadFailed:
    """The recording could not be read on."""

    error: S2SError


@dataclass(frozen=True, slots=True)
class TimerFired:
    name: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event of the endpoint that means nothing to us; it still shows that somebody is there."""


Event = (
    SessionStarted
    | SessionConfigured
    | InputCommitted
    | UserTranscribed
    | UserTranscriptionFailed
    | ResponseStarted
    | AudioReceived
    | AudioEnded
    | TextReceived
    | TextEnded
    | ResponseEnded
    | RateLimitsUpdated
    | ErrorReported
    | MessageUnreadable
    | ConnectionLost
    | Uploaded
    | UploadEnded
    | UploadStalled
    | UploadFailed
    | TimerFired
    | Ignored
)
