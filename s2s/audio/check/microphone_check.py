"""Is a microphone of use? What it gave while somebody spoke, judged in words and figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from s2s.audio.level.meter import Measure, decibels

Word = Literal["dead", "quiet", "noisy", "clipping", "good"]

_VOICE = 0.95  # of the chunks are no louder: half a second of speech in ten is enough to find it
_ROOM = 0.10  # of the chunks are no louder: the pauses between words
_DEAD = 1.5 / 32768  # of a muted converter the last bit may flicker; a live one's noise is more
_QUIET_DB = -45.0  # a voice at arm's length gives -35 to -15; turn detection gives up below -60
_STANDS_OUT_DB = 10.0  # what turn detection wants between a voice and the room
_CLIPPED = 24  # samples, 1 ms in all: a knock on the table may do that, a voice must not

_INPUT_LEVEL = "the input level in your system's sound settings"


class Listening:
    """What a microphone gave, chunk by chunk; levels are 0.0 to 1.0."""

    def __init__(self) -> None:
        self.peak = 0.0
        self.clipped = 0  # samples
        self._levels: list[float] = []

    def hear(self, heard: Measure) -> None:
        """Take note of one chunk."""
        self.peak = max(self.peak, heard.peak)
        self.clipped += heard.clipped
        self._levels.append(heard.level)

    @property
    def voice(self) -> float:
        """The level of the loud chunks."""
        return self._quantile(_VOICE)

    @property
    def room(self) -> float:
        """The level of the soft chunks: the room, and the microphone's own noise."""
        return self._quantile(_ROOM)

    def _quantile(self, share: float) -> float:
        levels = sorted(self._levels)
        return levels[int(share * (len(levels) - 1))] if levels else 0.0


@dataclass(frozen=True, slots=True)
class MicrophoneVerdict:
    """One word, one sentence with the figures, and what to do if it is not `good`."""

    word: Word
    sentence: str
    remedy: str = ""


def judge(heard: Listening) -> MicrophoneVerdict:
    """Judge what was heard while somebody spoke."""
    if heard.peak < _DEAD:
        return MicrophoneVerdict("dead", "Dead: nothing but zeros came.")
    voice, room = _dbfs(heard.voice), _dbfs(heard.room)
    peak = f"peak {_dbfs(heard.peak)}"
    if heard.clipped >= _CLIPPED:
        return MicrophoneVerdict(
            "clipping",
            f"Clipping: {heard.clipped} samples are cut off (voice {voice}, room {room}, {peak}).",
            f"Speak from further away, or lower {_INPUT_LEVEL}.",
        )
    if decibels(heard.voice) < _QUIET_DB:
        return MicrophoneVerdict(
            "quiet",
            f"Quiet: the loudest parts reach {voice} (room {room}, {peak}).",
            f"Did you speak? Come closer, or raise {_INPUT_LEVEL}.",
        )
    above = decibels(heard.voice) - decibels(heard.room)
    if above < _STANDS_OUT_DB:
        return MicrophoneVerdict(
            "noisy",
            f"Noisy: the loudest parts, {voice}, stand only {above:.0f} dB above the room, {room} "
            f"({peak}).",
            "Did you speak? Bring the microphone closer, or go where it is quieter.",
        )
    clipped = "nothing clipped" if not heard.clipped else f"{heard.clipped} samples clipped"
    return MicrophoneVerdict(
        "good", f"Good: your voice arrives at {voice} (room {room}, {peak}, {clipped})."
    )


def _dbfs(level: float) -> str:
    return f"{round(decibels(level))} dBFS" if level else "silent"
