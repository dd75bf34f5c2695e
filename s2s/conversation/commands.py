"""What to do about it: orders, in the imperative."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from s2s import pcm
from s2s.conversation.bill import ShowCost as ShowCost  # noqa: PLC0414
from s2s.conversation.events import Part
from s2s.conversation.session_config import ConfigureOption as ConfigureOption  # noqa: PLC0414
from s2s.conversation.session_config import ConfigureSession as ConfigureSession  # noqa: PLC0414
from s2s.conversation.session_config import (
    ConfigureTranscription as ConfigureTranscription,  # noqa: PLC0414
)
from s2s.conversation.session_config import ConfigureTurns as ConfigureTurns  # noqa: PLC0414
from s2s.errors import S2SError
from s2s.printable import printable
from s2s.secret import redact

State = Literal[
    "connecting", "connecting again", "listening", "hearing you", "thinking", "speaking"
]

# --- for the endpoint


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a connection; the answer is `SessionStarted` or `ConnectFailed`.

    A conversation gives up the one before it, an exchange goes on over one that stands.
    """


@dataclass(frozen=True, slots=True)
class ConnectNext:
    """Open another connection beside the one that stands.

    The answer is `NextConnected` or `NextFailed`.
    """


@dataclass(frozen=True, slots=True)
class SwitchOver:
    """Go on over the connection beside the one that stands, which is given up.

    What that has brought comes now, `SessionStarted` first.
    """


@dataclass(frozen=True, slots=True, repr=False)
class SeedItem(pcm.Elided):
    """Tell a new session of an item of the one before it: as text, or a user's as sound."""

    item_id: str  # as it was, so that it is the same item for all who watch
    role: Literal["user", "assistant"]
    text: str = ""
    pcm: bytes = b""
    after: str = ""  # the item that it stands behind; "": the last


@dataclass(frozen=True, slots=True, repr=False)
class SendAudio(pcm.Elided):
    """Append this to the endpoint's input audio buffer."""

    pcm: bytes
    captured_at: int | None = field(default=None, compare=False)
    """How many bytes had been captured before it; None: nobody said it."""
    again: bool = False
    """It was sent before, to a session that is gone."""


@dataclass(frozen=True, slots=True)
class ClearInput:
    """Forget the audio that was sent and not committed."""


@dataclass(frozen=True, slots=True)
class CreateUserText:
    """Add a typed message of the user to the conversation."""

    text: str


@dataclass(frozen=True, slots=True)
class CreateFunctionOutput:
    """Answer a function call."""

    call_id: str
    answer: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DeclineApproval:
    """Refuse what an item of the model wants approved."""

    item_id: str


@dataclass(frozen=True, slots=True)
class AskForSign:
    """Ask for what the endpoint must answer, to see whether it is still there."""


@dataclass(frozen=True, slots=True)
class CancelResponse:
    response_id: str


@dataclass(frozen=True, slots=True)
class TruncateItem:
    """Let the endpoint forget what the user did not hear of an item."""

    item_id: str
    content_index: int
    heard_ms: int


@dataclass(frozen=True, slots=True)
class DeleteItem:
    item_id: str


@dataclass(frozen=True, slots=True)
class StartUpload:
    """Begin to read the recording and send it."""


@dataclass(frozen=True, slots=True)
class CommitAudio:
    pass


@dataclass(frozen=True, slots=True)
class CreateResponse:
    pass


# --- for the speaker


@dataclass(frozen=True, slots=True, repr=False)
class PlayAudio(pcm.Elided):
    """Queue this behind what is queued already."""

    part: Part
    pcm: bytes


@dataclass(frozen=True, slots=True)
class EndPart:
    """No more audio comes for this part: play what is left, however short."""

    part: Part


@dataclass(frozen=True, slots=True)
class ClearPlayout:
    """Drop what is queued and fall silent; the speaker answers with `PlayoutCleared`."""


@dataclass(frozen=True, slots=True)
class HoldPlayout:
    """Fade to silence and keep the place; the speaker answers with `PlayoutHeld`."""


@dataclass(frozen=True, slots=True)
class ResumePlayout:
    """Go on where it was held, not a sample lost; the speaker answers with `PlayoutResumed`."""


# --- for the microphone


@dataclass(frozen=True, slots=True)
class ExamineMicrophone:
    """Find out why it gives nothing but zeros; the answer is `MicrophoneDead`."""


@dataclass(frozen=True, slots=True)
class CloseMicrophone:
    """Nothing more is captured: the time is up."""


# --- for both


@dataclass(frozen=True, slots=True)
class ReopenDevice:
    """Open a side's device again, or the one called `name`.

    The answer is `DeviceBack` or `DeviceStillGone`.
    """

    side: Literal["microphone", "speaker"]
    name: str = ""


@dataclass(frozen=True, slots=True)
class ListDevices:
    """Look which devices these sides could have; the answer is `DevicesListed`."""

    sides: tuple[Literal["microphone", "speaker"], ...]


@dataclass(frozen=True, slots=True)
class RestDevices:
    """Nobody has spoken for a while: the devices may take their ease, but miss nothing."""


@dataclass(frozen=True, slots=True)
class WakeDevices:
    """A turn has begun: every millisecond counts again."""


# --- for a reply's file


@dataclass(frozen=True, slots=True, repr=False)
class WriteAudio(pcm.Elided):
    """Append this to the reply."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class RestartReply:
    """A new response replaces one that failed after it had begun to speak."""


# --- for everybody


@dataclass(frozen=True, slots=True)
class ShowText:
    """A piece of the transcript; `ends` closes the speaker's line."""

    role: Literal["user", "assistant"]
    text: str
    ends: bool = False


@dataclass(frozen=True, slots=True)
class ShowState:
    """What the conversation is doing, for the user to see."""

    state: State
    muted: bool = False
    talking: bool = False  # a push-to-talk turn is under way
    gone: tuple[str, ...] = ()  # sides whose device is lost and waited for


@dataclass(frozen=True, slots=True)
class Warn:
    """Something the user should know that does not stop the work."""

    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", printable(redact(self.message)))


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
    Connect | ConnectNext | SwitchOver | SeedItem | ConfigureSession | ConfigureOption
    | ConfigureTranscription | ConfigureTurns | SendAudio | ClearInput | CreateUserText
    | CreateFunctionOutput | DeclineApproval | AskForSign | CancelResponse | TruncateItem
    | DeleteItem | StartUpload | CommitAudio | CreateResponse | PlayAudio | EndPart | ClearPlayout
    | HoldPlayout | ResumePlayout | ExamineMicrophone | CloseMicrophone | RestDevices | WakeDevices
    | WriteAudio | RestartReply | ShowText | ShowState | ShowCost | Warn | StartTimer | CancelTimer
    | End | ReopenDevice | ListDevices
)  # fmt: skip


def purpose(command: Command) -> str:
    """Return the word by which an error of the endpoint says which order it is about."""
    return command.name if isinstance(command, ConfigureOption) else type(command).__name__
