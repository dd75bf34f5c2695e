"""Live sound of other rates and channel counts."""

from __future__ import annotations

import math
from array import array

import pytest
from alignment import is_whole, noise
from fakes import tone

from s2s import pcm
from s2s.audio.devices.protocols import PCM, Opening
from s2s.audio.events import Times
from s2s.audio.live.resample import CaptureConverter, PlayoutConverter


def at_rate(rate: int, ms: int, *levels: float, hz: float = 440) -> bytes:
    """Return a sine of this rate, one level for each channel."""
    step = 2 * math.pi * hz / rate
    frames = range(rate * ms // 1000)
    return array(
        "h", (round(32767 * level * math.sin(step * n)) for n in frames for level in levels)
    ).tobytes()


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000, 96_000])
def test_a_device_of_any_rate_gives_chunks_of_20_ms_and_loses_nothing(rate: int) -> None:
    converter = CaptureConverter(Opening(rate, 1), PCM)
    sound = at_rate(rate, 1000, 0.5)
    size = rate // 50 * 2
    pieces = [sound[at : at + size] for at in range(0, len(sound), size)]
    chunks = [chunk for piece in pieces for chunk in converter.convert(piece)]
    assert {len(chunk) for chunk in chunks} == {960}
    assert len(chunks) == 49  # the rest is in the resampler
    assert pcm.level(b"".join(chunks[5:-5])) == pytest.approx(0.5 / math.sqrt(2), abs=0.005)


def test_two_channels_are_mixed_and_of_more_the_first_two_count() -> None:
    mixed = CaptureConverter(Opening(24_000, 2), PCM).convert(at_rate(24_000, 20, 0.4, 0.2))
    assert pcm.peak(mixed[0]) == pytest.approx(0.3, abs=0.01)
    many = at_rate(24_000, 20, 0.4, 0.2, 0.9, 0.9)
    assert CaptureConverter(Opening(24_000, 4), PCM).convert(many) == mixed


def test_a_mono_microphone_fills_both_channels_that_are_wanted() -> None:
    converter = CaptureConverter(Opening(24_000, 1), Opening(24_000, 2))
    assert converter.convert(at_rate(24_000, 20, 0.4)) == [at_rate(24_000, 20, 0.4, 0.4)]


def test_a_full_scale_step_is_clipped_and_does_not_wrap() -> None:
    step = array("h", [-32768] * 960 + [32767] * 2880).tobytes()
    chunks = CaptureConverter(Opening(48_000, 1), PCM).convert(step)
    samples = array("h", b"".join(chunks))
    assert max(samples[:470]) < 0
    assert len(samples) == 960 * 3 // 2
    assert min(samples[490:]) > 0


def test_what_goes_out_at_48_khz_and_comes_back_is_the_same_sound() -> None:
    signal = noise(500)
    there = bytearray(signal)

    def pull(frames: int, times: Times) -> bytes:
        size = 2 * frames
        taken = bytes(there[:size]).ljust(size, b"\0")
        del there[:size]
        return taken

    playout = PlayoutConverter(Opening(48_000, 2), pull)
    capture = CaptureConverter(Opening(48_000, 2), PCM)
    heard = b"".join(
        chunk for _ in range(60) for chunk in capture.convert(playout.fill(480, Times(0)))
    )
    assert is_whole(signal, heard, alike=0.99, drift=1)


def test_more_than_two_channels_get_the_sound_on_the_first_two() -> None:
    filled = PlayoutConverter(Opening(24_000, 6), lambda frames, times: tone(10)).fill(
        240, Times(0)
    )
    samples = array("h", filled)
    assert samples[0::6] == samples[1::6] == array("h", tone(10))
    assert not any(any(samples[channel::6]) for channel in range(2, 6))
