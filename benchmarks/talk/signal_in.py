"""The signal that the speaker plays, and what can be read off it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE, HZ, PEAK = 24_000, 440, 9_830  # a tone at 0.3 of full scale
LOUD = 300  # the tone is louder than this 0.1 ms after it began
FAINT = 3  # and what is fainter than this has faded
LARGEST_STEP = PEAK * 2 * np.pi * HZ / RATE  # from one sample to the next, without a click


def tone(ms: float) -> bytes:
    """Return `ms` of the tone as PCM."""
    samples = PEAK * np.sin(2 * np.pi * HZ * np.arange(int(ms * RATE / 1000)) / RATE)
    return bytes(np.rint(samples).astype("<i2").tobytes())


def onset(heard: NDArray[np.int16]) -> int | None:
    """Return the position of the first loud sample."""
    loud = np.flatnonzero(np.abs(heard.astype(np.int32)) > LOUD)
    return int(loud[0]) if len(loud) else None


def end(heard: NDArray[np.int16]) -> int:
    """Return the position behind the last sample that can be told from silence."""
    return int(np.flatnonzero(np.abs(heard.astype(np.int32)) > FAINT)[-1]) + 1


def clicks(heard: NDArray[np.int16]) -> bool:
    """Whether a step between samples is larger than any the tone has."""
    return bool(np.abs(np.diff(heard.astype(np.int32))).max(initial=0) > 1.1 * LARGEST_STEP)
