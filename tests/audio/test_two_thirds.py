"""From 24 kHz to 16 kHz, for a detector of speech."""

from __future__ import annotations

import numpy as np
import pytest
from room import Samples

from s2s.audio.echo.two_thirds import TwoThirds

RATE = 24_000


def tone(hz: float) -> Samples:
    found: Samples = 8000 * np.sin(2 * np.pi * hz * np.arange(RATE) / RATE)
    return found


def converted(samples: Samples, chunk: int = 480) -> Samples:
    resampler, heard = TwoThirds(), samples.astype(np.float32)
    pieces = [resampler.process(heard[at : at + chunk]) for at in range(0, len(heard), chunk)]
    found: Samples = np.concatenate(pieces).astype(np.float64)
    return found


def test_a_second_is_a_second_however_it_is_cut() -> None:
    whole = converted(tone(440), RATE)
    assert len(whole) == 16_000
    assert np.allclose(converted(tone(440)), whole, atol=1.0)


@pytest.mark.parametrize("hz", [100, 1000, 4000, 6000])
def test_a_voice_is_as_it_was(hz: int) -> None:
    late_s = 29.5 / 48_000
    expected = 8000 * np.sin(2 * np.pi * hz * (np.arange(16_000) / 16_000 - late_s))
    assert np.abs(converted(tone(hz)) - expected)[100:].max() < 8000 * 0.02


@pytest.mark.parametrize("hz", [8_700, 10_000, 11_900])
def test_what_16_khz_cannot_hold_does_not_come_back_as_something_else(hz: int) -> None:
    assert np.abs(converted(tone(hz)))[100:].max() < 8000 * 0.01
