"""How loud 16-bit samples are: level, peak, peak hold, and what is clipped."""

from __future__ import annotations

import math
from typing import NamedTuple

from s2s import pcm

HOLD_MS = 1_500  # a peak stays this long on the meter
FALL_DB_PER_S = 20.0  # of the level on the meter: quick up, slow down, as the eye likes it
LOWEST_DB = -96.0  # what 16 bits can tell from silence
_FULL_SCALE = (32767, -32767, -32768)  # -32767: converters clip at the same magnitude on both sides


class Measure(NamedTuple):
    """What one chunk is like; `level` and `peak` are 0.0 to 1.0."""

    level: float
    peak: float
    clipped: int  # samples at full scale


def measure(samples: bytes) -> Measure:
    """Measure a chunk, whatever its channels."""
    values = memoryview(samples).cast("h").tolist()
    if not values:
        return Measure(0.0, 0.0, 0)
    lowest, highest = min(values), max(values)
    largest = max(highest, -lowest)
    clipped = sum(map(values.count, _FULL_SCALE)) if largest >= _FULL_SCALE[0] else 0
    return Measure(pcm.level(samples), largest / 32768, clipped)


def decibels(level: float) -> float:
    """Return a level of 0.0 to 1.0 in dB below full scale."""
    return max(LOWEST_DB, 20 * math.log10(level)) if level > 0 else LOWEST_DB


class Meter:
    """What a level meter shows of the sound that goes by."""

    def __init__(self) -> None:
        self.level = 0.0
        self.peak = 0.0  # the highest of the last `HOLD_MS`
        self._held_ms = 0.0

    def hear(self, heard: Measure, ms: float) -> None:
        """Take note of a chunk that lasts `ms`."""
        fallen = self.level * 10 ** (-FALL_DB_PER_S / 20 * ms / 1000)
        self.level = max(heard.level, fallen)
        self._held_ms += ms
        if heard.peak >= self.peak or self._held_ms > HOLD_MS:
            self.peak, self._held_ms = heard.peak, 0.0
