"""What is asked of each piece of work: one frozen dataclass each."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO, Literal

if TYPE_CHECKING:
    from s2s.audio.devices.protocols import LiveMicrophone, LiveSpeaker
    from s2s.audio.files.recording import RawFormat
    from s2s.audio.recorder import RecorderConfig
    from s2s.config import Settings, Sources
    from s2s.conversation.session_config import ContextLimit


@dataclass(frozen=True)
class SendOptions:
    """An exchange: a recording or a text goes to the model, one reply comes back."""

    settings: Sources | Settings
    """The settings, or the places they come from."""
    recording: str | BinaryIO | None = None
    """A path, "-" for standard input, or an open file; None: `text` is sent instead."""
    text: str = ""
    """What is said to the model in writing."""
    raw: RawFormat | None = None
    """The format of a recording without a header."""
    output: str | None = None
    """Where the spoken reply goes, "-" for standard output; None: it is kept in memory."""
    output_named: bool = False
    """The user has named the output: a reply without audio is then a mistake."""
    force: bool = False
    """Overwrite the output if it exists."""
    offline: bool = False
    """Talk to an endpoint on this machine, which is started for this."""
    allow_plain: bool = False
    """Allow unencrypted ws:// to another machine."""
    text_only: bool = False
    """Ask for a written reply."""
    retries: int = 0
    """How often a file is sent again after what may pass."""
    max_cost: Decimal | None = None
    """How many dollars may be spent; None: whatever it takes."""


@dataclass(frozen=True)
class TalkOptions:
    """A conversation. None: the endpoint, or the settings, decide."""

    settings: Sources | Settings
    """The settings, or the places they come from."""
    devices: Sources | None = None
    """The places that name the devices; None: the settings do."""
    turns: str = "server"
    """Who finds the end of a turn: server, semantic, or manual (a key)."""
    threshold: float | None = None
    """How loud speech must be, 0.0 to 1.0; with server turns, like the next three."""
    silence_ms: int | None = None
    """How long a pause ends a turn."""
    prefix_ms: int | None = None
    """How much of the sound before a turn belongs to it."""
    idle_timeout_s: float | None = None
    """After how many seconds of silence the model speaks by itself."""
    eagerness: str | None = None
    """How soon a semantic turn is taken for over: low, medium, high, auto."""
    barge_in: Literal["confirm", "instant", "never"] | None = None
    """What speech over a reply does: is confirmed before it interrupts, interrupts, or nothing."""
    confirm_ms: int | None = None
    """How long it must last to be confirmed."""
    backchannels: tuple[str, ...] = ()
    """Words that interrupt nobody, beside those that are known."""
    speed: float | None = None
    """How fast the assistant speaks, 0.25 to 1.5."""
    effort: str | None = None
    """How long a reasoning model may think."""
    noise_reduction: str | None = None
    """What the endpoint does about noise: near, far, off."""
    greet: bool = False
    """Let the assistant speak first."""
    half_duplex: bool = False
    """Send nothing while the assistant speaks: the same as `echo` half-duplex."""
    echo: str | None = None
    """What is done about the speaker's sound in the microphone: auto (which None means), cancel,
    half-duplex, off."""
    reconnect_s: float | None = None
    """How long a lost connection is tried to be made again; 0: not at all, None: 300 s, but not
    where something stands in for the microphone."""
    max_minutes: float | None = None
    """How long it may last."""
    microphone: LiveMicrophone | None = None
    """What stands in for a microphone; None: the device that the settings name."""
    speaker: LiveSpeaker | None = None
    """What stands in for a speaker; None: the device that the settings name."""
    recording: str | None = None
    """A recording instead of the microphone: a path, or "-" for standard input."""
    raw: RawFormat | None = None
    """The format of a recording without a header."""
    out: str | None = None
    """A file, or "-" for standard output, instead of the speaker."""
    force: bool = False
    """Overwrite `out` if it exists."""
    offline: bool = False
    """Talk to an endpoint on this machine, which is started for this."""
    allow_plain: bool = False
    """Allow unencrypted ws:// to another machine."""
    text_only: bool = False
    """Ask for written replies."""
    max_cost: Decimal | None = None
    """How many dollars may be spent; None: whatever it takes."""
    context_limit: ContextLimit | None = None
    """How much of the conversation is read again for each reply; None: the endpoint decides."""


@dataclass(frozen=True)
class RecordOptions:
    """A recording from the microphone."""

    settings: Sources
    """Where the name of the microphone comes from."""
    output: str
    """A .wav, .flac or .ogg file, a pipe, or "-" for standard output."""
    config: RecorderConfig
    """What the recording should be, and when it is over."""
    force: bool = False
    """Overwrite the output if it exists."""
    strict: bool = False
    """Fail if any samples were lost."""
    reconnect: bool = False
    """Go on when the microphone is lost and comes back."""


@dataclass(frozen=True)
class DeviceTestOptions:
    """A test of a microphone and a speaker."""

    settings: Sources
    """Where the names of the devices come from."""
    seconds: float = 4.0
    """How long to listen to the user."""
