"""What has happened: facts, in the past tense; first those that the endpoint tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from s2s import pcm
from s2s.audio import events as sound
from s2s.conversation import deletions, network, presses, uploads
from s2s.conversation.causes import Cause
from s2s.conversation.phases import PhaseChanged
from s2s.conversation.usage import Usage
from s2s.errors import S2SError

ItemKind = Literal["message", "call", "other"]
Role = Literal["user", "assistant", "system", ""]  # "": nobody, as of a call
ResponseStatus = Literal["completed", "cancelled", "incomplete", "failed", ""]  # "": none of these


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
    expires_at: float | None = None  # seconds since 1970, by the endpoint's clock


@dataclass(frozen=True, slots=True)
class SessionConfigured:
    """The endpoint took an update; it says which audio formats now hold, where it says so."""

    input_format: str = ""
    output_format: str = ""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The endpoint hears the user speak; `item_id` is what the speech will become."""

    item_id: str
    start_ms: int | None  # of the audio sent in this session, prefix padding included


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The endpoint takes the user's turn for over."""

    item_id: str
    end_ms: int | None  # of the audio sent in this session, the pause that ended it included


@dataclass(frozen=True, slots=True)
class InputCommitted:
    """What was sent is now an item of the conversation."""

    item_id: str
    previous_id: str = ""


@dataclass(frozen=True, slots=True)
class ItemAdded:
    """An item has its place in the conversation; its content may still come."""

    item_id: str
    previous_id: str
    kind: ItemKind
    role: Role


@dataclass(frozen=True, slots=True)
class UserTextReceived:
    """A piece of the user's transcript, while it is being written."""

    item_id: str
    text: str
    whole: bool = False  # all of it so far, instead of what came before


@dataclass(frozen=True, slots=True)
class UserTranscribed:
    """The user's words are known."""

    item_id: str
    text: str
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class UserTranscriptionFailed:
    """The user's words will not be known."""

    item_id: str
    message: str


@dataclass(frozen=True, slots=True)
class ResponseStarted:
    response_id: str


@dataclass(frozen=True, slots=True, repr=False)
class AudioReceived(pcm.Elided):
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
class FunctionCalled:
    """The model wants a function called; the response may go on with other items."""

    response_id: str
    item_id: str
    call_id: str
    name: str
    arguments: str  # JSON, on one line
    values: dict[str, Any] | None = None  # the same, read; None: no JSON object


@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    """The model wants to use a tool of another server, and somebody to allow it."""

    response_id: str
    item_id: str
    server: str
    name: str
    arguments: str  # JSON, on one line
    values: dict[str, Any] | None = None  # the same, read; None: no JSON object


@dataclass(frozen=True, slots=True)
class ResponseEnded:
    """Always comes, whatever the outcome; `code` and `message` explain all but `completed`."""

    response_id: str
    status: ResponseStatus
    code: str = ""
    message: str = ""
    usage: Usage | None = None
    texts: tuple[tuple[Part, str], ...] = ()  # the final texts, for endpoints that sent none before
    item_ids: tuple[str, ...] = ()  # of the messages it consists of
    calls: tuple[FunctionCalled | ApprovalRequested, ...] = ()  # all of them, told before or not
    cause: Cause = Cause.UNKNOWN  # what `code` means


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
    about: str = ""  # the id of our message that it answers, where it says so
    cause: Cause = Cause.UNKNOWN  # what `code` and `kind` mean
    order: str = ""  # the `purpose` of the order that it answers; "": the endpoint does not say


@dataclass(frozen=True, slots=True)
class MessageUnreadable:
    """A message that could not be read; `lossy` if it may have carried a piece of the reply."""

    why: str
    lossy: bool = True


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    """There is no connection: the endpoint cannot be reached, or refuses us."""

    error: S2SError


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The connection has ended, by the endpoint's word (`code`, `reason`) or without one."""

    code: int | None = None
    reason: str = ""
    cause: Cause = Cause.UNKNOWN  # what they mean, where that is a refusal


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event of the endpoint that means nothing to us."""

    step: str = ""  # of a response that has come further by it: which one; "": none has


@dataclass(frozen=True, slots=True)
class TimerFired:
    name: str


AudioCaptured = sound.AudioCaptured
CaptureEnded = sound.CaptureEnded
MicrophoneDead = sound.MicrophoneDead
Side = sound.Side
DeviceLost = sound.DeviceLost
DeviceBack = sound.DeviceBack
DeviceStillGone = sound.DeviceStillGone
DevicePaused = sound.DevicePaused
StoodStill = sound.StoodStill
DevicesListed = sound.DevicesListed
Heard = sound.Heard
PartStarted = sound.PartStarted
PartPlayed = sound.PartPlayed
AudioPlayed = sound.AudioPlayed
PlayoutUnderrun = sound.PlayoutUnderrun
PlayoutCleared = sound.PlayoutCleared
PlayoutHeld = sound.PlayoutHeld
PlayoutResumed = sound.PlayoutResumed
VoiceStarted = sound.VoiceStarted
VoiceStopped = sound.VoiceStopped
EchoJudged = sound.EchoJudged

Uploaded = uploads.Uploaded
UploadEnded = uploads.UploadEnded
UploadStalled = uploads.UploadStalled
UploadFailed = uploads.UploadFailed
SendingStalled = uploads.SendingStalled

ItemDeleted = deletions.ItemDeleted
SessionExpires = network.SessionExpires
NextConnected = network.NextConnected
NextFailed = network.NextFailed
AudioDropped = network.AudioDropped

TalkPressed = presses.TalkPressed
MutePressed = presses.MutePressed
InterruptPressed = presses.InterruptPressed
TextEntered = presses.TextEntered
DevicesAsked = presses.DevicesAsked
DeviceChosen = presses.DeviceChosen
StopPressed = presses.StopPressed
QuitPressed = presses.QuitPressed

Event = (
    sound.Event | SessionStarted | SessionConfigured | SpeechStarted | SpeechStopped
    | InputCommitted | ItemAdded | UserTextReceived | UserTranscribed | UserTranscriptionFailed
    | ResponseStarted | AudioReceived | AudioEnded | TextReceived | TextEnded | FunctionCalled
    | ApprovalRequested | ResponseEnded | RateLimitsUpdated | ErrorReported | MessageUnreadable
    | ConnectFailed | ConnectionLost | Uploaded | UploadEnded | UploadStalled | UploadFailed
    | TalkPressed | MutePressed | InterruptPressed | TextEntered | StopPressed | QuitPressed
    | SessionExpires | NextConnected | NextFailed | AudioDropped
    | SendingStalled | TimerFired | Ignored | PhaseChanged | DevicesAsked | DeviceChosen
    | ItemDeleted
)  # fmt: skip
