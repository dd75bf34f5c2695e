"""The detector on this side: does somebody speak into the (cleaned) microphone?"""

from __future__ import annotations

import logging
from typing import Protocol

from s2s import pcm
from s2s.audio.echo.two_thirds import TwoThirds
from s2s.audio.events import VoiceStarted, VoiceStopped
from s2s.silero import WINDOW, has_silero, network

log = logging.getLogger("s2s.sound")

SPEECH = 0.5  # of silero, for one window: 32 ms
STILL = 0.35  # what is less than this is speech no more
_STOPS_MS = 60  # of no speech, until it has stopped
_SURE, _SURE_MS = 0.7, 30  # of the canceller's own probability
_LASTS_MS = 250  # what begins when an echo may be left
SILENCE = 0.001  # -60 dBFS: a network hears words in what no endpoint takes for sound
_BEFORE = 10  # chunks that a detector hears first: it is sure of nothing in its first words
_AT_ONCE = 25  # silent chunks that it hears together: one by one they cost twice as much

Fact = VoiceStarted | VoiceStopped
Chunk = tuple[bytes, float]  # 20 ms, and how sure of speech in it the canceller is


class Detector(Protocol):
    """Says whether there is speech."""

    def hears(self, chunks: list[Chunk]) -> bool:
        """Take what comes next, and return whether there is speech at its end."""

    def reset(self) -> None:
        """Forget what was heard."""


class Silero:
    """A small network; coughs, slams and clicks are none to it."""

    def __init__(self) -> None:
        self._network = network()
        self.reset()

    def reset(self) -> None:
        self._network.reset()
        self._resampler = TwoThirds()
        self._waiting = b""
        self._speech = False

    def hears(self, chunks: list[Chunk]) -> bool:
        import numpy as np

        heard = b"".join(chunk for chunk, _ in chunks)
        samples = np.frombuffer(heard, "<i2").astype(np.float32)
        resampled = self._resampler.process(samples)
        self._waiting += np.rint(resampled).clip(-32768, 32767).astype("<i2").tobytes()
        while len(self._waiting) >= WINDOW:
            window, self._waiting = self._waiting[:WINDOW], self._waiting[WINDOW:]
            found = self._network.process_chunk(window)
            self._speech = found >= (STILL if self._speech else SPEECH)
        return self._speech


class ByProbability:
    """What the canceller knows by the way, where silero has no wheel."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._sure_ms = 0

    def hears(self, chunks: list[Chunk]) -> bool:
        for chunk, probability in chunks:
            sure = probability >= _SURE
            self._sure_ms = self._sure_ms + pcm.duration_ms(len(chunk)) if sure else 0
        return self._sure_ms >= _SURE_MS


def best_detector() -> Detector:
    """Return the network where it is installed, and loads."""
    try:
        return Silero() if has_silero() else ByProbability()
    except (ImportError, OSError) as exc:
        log.warning("! silero does not load: %s", exc)
        return ByProbability()


class Voice:
    """When a voice begins and ends, of chunks whose places are known."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._unheard: list[Chunk] = []  # what the detector has yet to hear
        self._listens = False
        self.speaks = False
        """Somebody does, now, and that was told."""
        self._began: int | None = None  # where a voice did, told or not
        self._lasts = 0  # how long it must be to be told
        self._still_ms = 0
        self._ended = 0  # where it was last heard

    def hear(
        self,
        chunk: bytes,
        at: int,
        probability: float,
        *,
        wanted: bool,
        sure: bool,
        least: float = SILENCE,
    ) -> Fact | None:
        """Take a chunk that lies `at`; while nobody wants to know, only a voice is heard out.

        What begins while that is not `sure` may be what is left of an echo: it has to last. What
        is no louder than `least`, 1.0 is full scale, begins nothing.
        """
        self._unheard.append((chunk, probability))
        if self._began is None and not wanted:
            self._listens = False
            del self._unheard[:-_BEFORE]
            return None
        goes_on = self._began is not None or pcm.level(chunk) > max(least, SILENCE)
        if not goes_on and len(self._unheard) < _AT_ONCE:
            return None
        if not self._listens:
            self._detector.reset()
            self._listens = True
        speech = self._detector.hears(self._unheard)
        self._unheard = []
        if speech and goes_on:
            return self._heard(at, at + len(chunk), sure=sure)
        self._still_ms += pcm.duration_ms(len(chunk))
        if self._began is None or self._still_ms < _STOPS_MS:
            return None
        told, self.speaks, self._began = self.speaks, False, None
        return VoiceStopped(pcm.duration_ms(max(0, self._ended))) if told else None

    def _heard(self, at: int, end: int, *, sure: bool) -> Fact | None:
        if self._began is None:
            self._began, self._lasts = at, 0 if sure else pcm.size_of(_LASTS_MS)
        self._still_ms, self._ended = 0, end
        if self.speaks or end - self._began < self._lasts:
            return None
        self.speaks = True
        return VoiceStarted(pcm.duration_ms(max(0, self._began)))
