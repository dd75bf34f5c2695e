"""The rules of a recording: chunks go in, what is to be written comes out, and when it is over."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal, NamedTuple

from s2s import pcm
from s2s.audio.level.meter import Measure, Meter, decibels, measure
from s2s.audio.level.sound_detector import SoundDetector
from s2s.errors import S2SError

PREROLL_MS = 300  # kept from before the sound that was waited for, lest its first syllable is cut
LONGEST_MISS_MS = 15_000  # of a gap at a time: beyond that it was the program that stood still
QUIET_PEAK = 0.03  # -30 dBFS; speech into a microphone that is set up well peaks above -12

End = Literal["seconds", "silence", "max-minutes"]


@dataclass(frozen=True, slots=True)
class RecorderConfig:
    """What a recording should be, and when it is over."""

    rate: int = pcm.RATE  # Hz
    channels: int = 1
    seconds: float | None = None  # exactly this long
    until_silence: float | None = None  # until this many seconds without sound follow a sound
    wait_for_sound: bool = False  # begin with a sound, not at once
    max_minutes: float | None = None  # of capture, waiting and pauses included


@dataclass(frozen=True, slots=True)
class PausePressed:
    """The pause key: nothing is kept until the next time."""


@dataclass
class Gap:
    """The microphone was gone: so many seconds of silence, from `at` seconds of it on."""

    at: float
    seconds: float = 0.0


class _Chunk(NamedTuple):
    samples: bytes
    measure: Measure
    overrun: bool


class Recorder:
    """One recording. Whatever is captured goes through `hear`, in order."""

    def __init__(self, config: RecorderConfig) -> None:
        self.config = config
        self.meter = Meter()
        self.began = not config.wait_for_sound
        self.paused = False
        self.end: End | None = None
        self.heard_ms = 0.0  # captured, whether it was kept or not
        self.only_zeros = True  # in all that was captured
        self.frames = 0  # kept, as are all that follow
        self.peak = 0.0
        self.clipped = 0  # samples
        self.overruns = 0
        self.lost: S2SError | None = None  # why there is no microphone
        self.gaps: list[Gap] = []
        self._missed_ms = 0  # of the gap that goes on
        self._frame_size = pcm.SAMPLE_SIZE * config.channels
        self._frames_wanted = (
            None if config.seconds is None else round(config.seconds * config.rate)
        )
        self._detector = SoundDetector()
        self._preroll: deque[_Chunk] = deque()
        self._preroll_ms = 0.0
        self._sounded = False
        self._silent_ms = 0.0

    @property
    def seconds(self) -> float:
        """How long the recording is."""
        return self.frames / self.config.rate

    def toggle_pause(self) -> None:
        """Leave out what comes, until the next time."""
        self.paused = not self.paused

    def hear(self, samples: bytes, *, overrun: bool = False) -> bytes:
        """Take a chunk of whole frames; return what is to be written now, perhaps nothing."""
        if self.end:
            return b""
        chunk = _Chunk(samples, measure(samples), overrun)
        ms = self._ms(samples)
        self.heard_ms += ms
        self.only_zeros = self.only_zeros and chunk.measure.peak == 0.0
        self.meter.hear(chunk.measure, ms)
        sound = self._detector.hears(chunk.measure.level, ms)
        kept = b""
        if not self.paused:
            if not self.began:
                self._remember(chunk)
                self.began = sound
                if sound:
                    kept = b"".join(map(self._keep, self._preroll))
            else:
                kept = self._keep(chunk)
            self._count_silence(sound, ms)
        self._end_in_time()
        return kept

    def _end_in_time(self) -> None:
        if self.config.max_minutes and self.heard_ms >= self.config.max_minutes * 60_000:
            self.end = self.end or "max-minutes"

    def lose(self, error: S2SError) -> None:
        """The microphone is gone, and waited for: silence stands for what it would have given."""
        if self.lost is None:
            self.gaps.append(Gap(self.seconds))
            self._missed_ms = 0
            self._preroll.clear()
            self._preroll_ms = 0.0
        self.lost = error

    def miss(self, gap_ms: int) -> bytes:
        """It has been gone for `gap_ms`; return what is to be written now.

        That is no pause of who speaks: silence is not waited for meanwhile.
        """
        if self.end or self.lost is None:
            return b""
        ms, self._missed_ms = max(0, gap_ms - self._missed_ms), max(gap_ms, self._missed_ms)
        ms = min(ms, LONGEST_MISS_MS)
        self.heard_ms += ms
        silence = b""
        if self.began and not self.paused:
            silence = bytes(round(ms * self.config.rate / 1000) * self._frame_size)
            silence = self._keep(_Chunk(silence, Measure(0.0, 0.0, 0), overrun=False))
            frames = len(silence) // self._frame_size
            self.gaps[-1].seconds += frames / self.config.rate
        self._end_in_time()
        return silence

    def find(self) -> None:
        """There is a microphone again."""
        self.lost = None

    @property
    def notices(self) -> list[str]:
        """What the user should know of the recording, as sentences."""
        notices = []
        if self.overruns:
            notices.append(
                f"Samples were lost {_times(self.overruns)}: this machine was too busy, "
                "or its microphone stalled."
            )
        if self.clipped:
            notices.append(
                f"{self.clipped} of {self.frames * self.config.channels} samples are clipped: "
                "turn the microphone down, or step back."
            )
        if 0 < self.peak < QUIET_PEAK:
            notices.append(
                f"It is very quiet: the loudest sample is at {round(decibels(self.peak))} dB of "
                "full scale. Turn the microphone up, or come closer."
            )
        return notices

    def _keep(self, chunk: _Chunk) -> bytes:
        samples, measured, overrun = chunk
        if self._frames_wanted is not None:
            room = (self._frames_wanted - self.frames) * self._frame_size
            if len(samples) >= room:
                self.end = "seconds"
                samples = samples[:room]
                measured = measure(samples)
        self.frames += len(samples) // self._frame_size
        self.peak = max(self.peak, measured.peak)
        self.clipped += measured.clipped
        self.overruns += overrun
        return samples

    def _remember(self, chunk: _Chunk) -> None:
        self._preroll.append(chunk)
        self._preroll_ms += self._ms(chunk.samples)
        while self._preroll_ms - self._ms(self._preroll[0].samples) >= PREROLL_MS:
            self._preroll_ms -= self._ms(self._preroll.popleft().samples)

    def _count_silence(self, sound: bool, ms: float) -> None:
        self._sounded = self._sounded or sound
        self._silent_ms = 0.0 if sound else self._silent_ms + ms
        if self.config.until_silence is None or not self._sounded or self.end:
            return
        long_enough = self._silent_ms >= self.config.until_silence * 1000
        if long_enough and not self._detector.undecided:
            self.end = "silence"

    def _ms(self, samples: bytes) -> float:
        return len(samples) / self._frame_size / self.config.rate * 1000


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
