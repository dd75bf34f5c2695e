"""What is asked of a session: its settings, and what the user wants besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from s2s.conversation.prices import Money
from s2s.errors import S2SError

CONFIRM_MS = 400.0  # short sounds are over by then, and a sentence is not
_EAGERNESS_MS = {"low": 8_000, "high": 2_000}  # the longest wait for a turn's end; else 4 s

# --- who ends the turns


@dataclass(frozen=True, slots=True)
class ServerVad:
    """The endpoint ends a turn after a silence."""

    threshold: float = 0.5
    """How sure it must be of speech, 0.0 to 1.0."""
    prefix_ms: int = 300
    """How much from before the speech belongs to it."""
    silence_ms: int = 500
    """How long a silence ends the turn."""
    idle_timeout_ms: int | None = None
    """After how much silence the model speaks by itself; None: never."""
    decides: bool = True
    """Whether it also answers a turn, and stops a reply for one, by itself."""

    @property
    def pause_ms(self) -> int:
        return self.silence_ms


@dataclass(frozen=True, slots=True)
class SemanticVad:
    """The endpoint ends a turn when what was said sounds complete."""

    eagerness: str = "auto"
    """How soon: low, medium, high or auto."""
    decides: bool = True
    """Whether it also answers a turn, and stops a reply for one, by itself."""

    @property
    def pause_ms(self) -> int:
        return _EAGERNESS_MS.get(self.eagerness, 4_000)


@dataclass(frozen=True, slots=True)
class ByKey:
    """The user begins and ends the turns."""

    @property
    def pause_ms(self) -> int:
        return 500


TurnDetection = ServerVad | SemanticVad | ByKey
BargeInMode = Literal["confirm", "instant", "never"]

# --- what an endpoint may refuse


@dataclass(frozen=True, slots=True)
class NoiseReduction:
    """What the endpoint does about noise before it listens."""

    microphone: Literal["near", "far"] | None
    """Where the microphone is; None: nothing is done."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast the model speaks."""

    factor: float
    """1.0 is as it is by nature."""


@dataclass(frozen=True, slots=True)
class ReasoningEffort:
    """How long the model thinks."""

    level: str
    """As the model names it, such as low or high."""


@dataclass(frozen=True, slots=True)
class ContextLimit:
    """How much of the conversation the model reads again before each response."""

    tokens: int
    """What is more makes the oldest be forgotten; the instructions do not count."""
    keep: float = 0.8
    """How much of that many is kept then, 0.0 to 1.0: what is left is not cached any more."""


Option = NoiseReduction | Speed | ReasoningEffort | ContextLimit

# --- orders


@dataclass(frozen=True, slots=True)
class ConfigureSession:
    """What must hold for the session; the formats of the sound are always asked for with it."""

    voice: str = ""
    """Empty: leave it to the endpoint."""
    instructions: str | None = None
    """None: leave them to the endpoint."""
    text_only: bool = False
    """The model writes, and does not speak."""
    turn_detection: TurnDetection = ByKey()
    """Who ends the turns."""


@dataclass(frozen=True, slots=True)
class ConfigureTurns:
    """Let turns be taken differently from now on; nothing else changes."""

    turn_detection: TurnDetection
    """Who ends the turns, and who decides about them."""


@dataclass(frozen=True, slots=True)
class ConfigureOption:
    """One setting that may be refused; alone in its update, so that it costs itself only."""

    name: str
    """As the user knows it; whoever asks for it says it."""
    setting: Option
    """What is asked for."""


@dataclass(frozen=True, slots=True)
class ConfigureTranscription:
    """Ask for the user's words; alone in its update, so that a refusal costs nothing else."""

    model: str
    """What listens beside the model that answers."""
    language: str = ""
    """ISO-639-1; empty: let the model guess."""


# --- wishes


@dataclass(frozen=True, slots=True)
class Wishes:
    """The session's settings, those that may fail, and how long the endpoint may take."""

    session: ConfigureSession = field(default_factory=ConfigureSession)
    """What must hold."""
    transcription: tuple[ConfigureTranscription, ...] = ()
    """Tried in turn until one is taken."""
    timeout_ms: float = 30_000.0
    """How long the endpoint may be silent while we wait for it."""
    hints: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    """What to say instead of the rules' own hints, by code: the edge knows how settings are set."""

    money: Money | None = field(default=None, kw_only=True)
    """What it costs, and may cost; None: nobody asks."""

    def advised(self, error: S2SError | None) -> S2SError | None:
        """Return `error` with the hint that whoever wishes wants for it."""
        if error and error.code in self.hints:
            error.hint = self.hints[error.code]
        return error


@dataclass(frozen=True, slots=True)
class TalkWishes(Wishes):
    """The same for a conversation."""

    options: tuple[ConfigureOption, ...] = ()
    """Each may be refused."""
    greet: bool = False
    """The model speaks first."""
    half_duplex: bool = False
    """Nothing is sent while the assistant speaks."""
    barge_in: BargeInMode | None = None
    """What speech does to a reply that sounds; None: confirm it where the echo is under control."""
    confirm_ms: float = CONFIRM_MS
    """How long it must last to interrupt, where that is confirmed."""
    backchannels: tuple[str, ...] = ()
    """Words that interrupt nobody, beside those that are known."""
    max_ms: float | None = None
    """How long the conversation may last; None: as long as it likes."""
    reconnect_ms: float = 0.0
    """How long a lost connection is tried to be made again; 0: it is not."""
    chance: float = 0.0
    """A number drawn for this conversation, 0.0 to 1.0: not all who were cut off come at once."""
    recorded: bool = False
    """A recording stands in for the microphone: it wants its answers."""
    returns: tuple[Literal["microphone", "speaker"], ...] = ()
    """The sides whose device may be lost and come back; what stands in for one does not."""

    @property
    def by_key(self) -> bool:
        """Whether the user begins and ends the turns."""
        return isinstance(self.session.turn_detection, ByKey)

    @property
    def pause_ms(self) -> int:
        """Return the longest silence after which the endpoint takes a turn for over."""
        return self.session.turn_detection.pause_ms
