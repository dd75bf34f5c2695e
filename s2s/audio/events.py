"""What microphone, speaker and playout tell: facts, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from s2s import pcm
from s2s.errors import S2SError

Part: TypeAlias = Any
"""A hashable name for sound that is queued and played as one; what it names, its giver knows."""


class Heard(NamedTuple):
    """How much of a part left the speaker before it was cleared; 0 ms: none of it."""

    part: Part
    ms: int


class Times(NamedTuple):
    """Which block of a device's stream this is, and when."""

    frame: int  # its first, counted from the opening of the stream
    at_s: float | None = None  # when that was captured or will sound, on the sound system's clock


@dataclass(frozen=True, slots=True)
class Opening:
    """How a device is opened; what is wanted of it in another format is converted."""

    rate: int  # Hz
    channels: int


# --- from the microphone and the speaker; `at_ms`: how much the speaker had taken until then


@dataclass(frozen=True, slots=True, repr=False)
class AudioCaptured(pcm.Elided):
    """One chunk from the microphone."""

    pcm: bytes
    overrun: bool = False  # samples were lost before this chunk
    times: Times | None = field(default=None, compare=False)
    at: int | None = field(default=None, compare=False)
    """Where it lies beside what the speaker took, bytes of PCM; None: behind the one before it."""
    raw: bytes | None = field(default=None, compare=False, repr=False)
    """The same before the speaker was taken out of it, where that was tried."""
    opening: Opening | None = field(default=None, compare=False)
    """What the device gave it in, if that is still to be turned into what is wanted."""

    @property
    def ms(self) -> float:
        """How long it is."""
        if self.opening is None:
            return pcm.seconds(len(self.pcm)) * 1000
        frame = pcm.SAMPLE_SIZE * self.opening.channels
        return len(self.pcm) / frame * 1000 / self.opening.rate


@dataclass(frozen=True, slots=True)
class CaptureEnded:
    """A recording that stands in for the microphone is over; silence follows."""


@dataclass(frozen=True, slots=True)
class MicrophoneDead:
    """Why the microphone gives nothing but zeros, as far as could be found out."""

    error: S2SError


Side = Literal["microphone", "speaker"]


@dataclass(frozen=True, slots=True)
class DeviceLost:
    """A device has stopped giving or taking sound and will not begin again by itself."""

    side: Side
    error: S2SError


@dataclass(frozen=True, slots=True)
class DeviceBack:
    """A side has a device again, or another one; for `gap_ms` it had none."""

    side: Side
    name: str
    gap_ms: int


@dataclass(frozen=True, slots=True)
class DeviceStillGone:
    """A device was looked for, and is not there or does not open; for `gap_ms` there was none."""

    side: Side
    error: S2SError
    gap_ms: int = 0


@dataclass(frozen=True, slots=True)
class DevicePaused:
    """A device that is well stood still so long.

    While the list of devices was made anew, say, or because the machine was too busy.
    """

    side: Side
    ms: int


@dataclass(frozen=True, slots=True)
class StoodStill:
    """The program stood still so long, or its machine; what was captured meanwhile is too old."""

    ms: int


@dataclass(frozen=True, slots=True)
class DevicesListed:
    """Which devices each side could have: pairs of a side and a name."""

    devices: tuple[tuple[Side, str], ...]


@dataclass(frozen=True, slots=True)
class PartStarted:
    """The speaker has taken the first samples of a part."""

    part: Part
    at_ms: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PartPlayed:
    """The speaker has taken the last samples of a part that had ended: it was heard whole."""

    part: Part
    ms: int
    at_ms: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, repr=False)
class AudioPlayed(pcm.Elided):
    """What the speaker has taken since the last time, silence included; ten times a second.

    A speaker that rests, or is lost, takes as much silence as is captured meanwhile.
    """

    pcm: bytes
    heard: Heard | None  # the part under the playhead, and how far into it that is


@dataclass(frozen=True, slots=True)
class PlayoutUnderrun:
    """The speaker asked in the middle of a part, and there was nothing."""

    part: Part
    ms: int  # of silence, until there was something again or the part ended


@dataclass(frozen=True, slots=True)
class PlayoutCleared:
    """The speaker fell silent; `heard` tells every part that was cut or never begun, in order."""

    heard: tuple[Heard, ...] = ()
    at_ms: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PlayoutHeld:
    """The speaker is silent and keeps its place: what is queued waits; `heard` is that place."""

    heard: Heard | None = None
    at_ms: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PlayoutResumed:
    """The speaker goes on where it was held."""

    at_ms: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class VoiceStarted:
    """The detector on this side hears somebody speak into the (cleaned) microphone."""

    at_ms: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class VoiceStopped:
    """The detector on this side hears nobody any more; `at_ms` is where the voice ended."""

    at_ms: int | None = field(default=None, compare=False)


Doing = Literal["judging", "cancelling", "headphones", "platform", "missing", "half-duplex", "off"]


@dataclass(frozen=True, slots=True)
class EchoJudged:
    """What is done from now on about the speaker's sound in the microphone.

    `doing` is judging (cancelled, and not known yet whether that is needed), cancelling,
    headphones (the speaker does not reach the microphone: nothing is done), platform (the system
    cancels), missing (what would cancel it cannot be loaded), half-duplex or off; `reduction_db`
    is how much is taken out, `leak_db` how loud the speaker arrives at the microphone beside what
    was played; None: not measured.
    """

    doing: Doing
    reduction_db: float | None = None
    leak_db: float | None = None


Event = (
    AudioCaptured | CaptureEnded | MicrophoneDead | DeviceLost | DeviceBack | DeviceStillGone
    | DevicePaused | StoodStill | DevicesListed | PartStarted | PartPlayed
    | AudioPlayed | PlayoutUnderrun | PlayoutCleared | PlayoutHeld | PlayoutResumed
    | VoiceStarted | VoiceStopped | EchoJudged
)  # fmt: skip
