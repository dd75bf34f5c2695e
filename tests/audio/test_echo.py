"""An echo of known delay and level is found; where there is none, none is made up."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
import pytest

from s2s import pcm
from s2s.audio.check.echo_measurement import LONGEST_MS, SOUND_MS, MeasuredEcho, chirps, find_echo
from s2s.local.synthesis import find_synthesiser

Samples = npt.NDArray[np.float64]
BEFORE_MS = 200  # of recording, until the speaker takes the first sample
LENGTH = pcm.size_of(BEFORE_MS + SOUND_MS + LONGEST_MS) // pcm.SAMPLE_SIZE
RATE = pcm.RATE // 1000  # samples per ms


def level(db: float) -> float:
    return float(10 ** (db / 20))


def noise(db: float, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).standard_normal(LENGTH) * level(db)


def silence() -> Samples:
    return np.zeros(LENGTH)


def echo(db: float, delay_ms: float, room: Samples | None = None) -> Samples:
    """Return what a microphone hears of the chirps, straight or through a room."""
    played = np.frombuffer(chirps(), "<i2") / 32768 * level(db)
    heard = played if room is None else np.convolve(played, room)
    recording, start = silence(), round((BEFORE_MS + delay_ms) * RATE)
    heard = heard[: LENGTH - start]
    recording[start : start + len(heard)] = heard
    return recording


def found(recording: Samples) -> MeasuredEcho:
    samples = np.clip(np.round(recording * 32768), -32768, 32767).astype("<i2")
    return find_echo(samples.tobytes(), BEFORE_MS * RATE)


@functools.cache
def speech() -> Samples:
    """Return a minute of somebody who does not stop."""
    text = (
        "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. "
        "It is easy to tell the depth of a well. Rice is often served in round bowls. Oh, oh, no. "
    )
    spoken = [b"".join(find_synthesiser(["flite"]).speak(text, name)) for name in ("alloy", "ash")]
    return np.frombuffer(b"".join(spoken * 4), "<i2") / 32768


def talk(at_ms: int) -> Samples:
    return speech()[at_ms * RATE : at_ms * RATE + LENGTH]


# In silence the search is exact: half a decibel, half a millisecond.
@pytest.mark.parametrize("db", [0, -10, -31.4, -50, -60])
@pytest.mark.parametrize("delay_ms", [0, 5, 123.5, 400, 999])
def test_delay_and_level_are_found(db: float, delay_ms: float) -> None:
    heard = found(echo(db, delay_ms))
    assert heard.coupling_db == pytest.approx(db, abs=0.5)
    assert heard.delay_ms == pytest.approx(delay_ms, abs=0.5)


def test_the_reverberation_of_a_room_counts_as_echo() -> None:
    random = np.random.default_rng(7)
    room = random.standard_normal(300 * RATE) * level(0) * np.exp(-np.arange(300 * RATE) / 1000)
    room[0] = 5.0  # the straight way
    room /= np.sqrt((room**2).sum())
    heard = found(echo(-20, 60, room) + noise(-60))
    assert heard.coupling_db == pytest.approx(-20, abs=1.5)  # the room colours what goes through
    assert heard.delay_ms == pytest.approx(60, abs=1)


def test_an_echo_15_db_below_the_noise_of_the_room_is_found() -> None:
    """The chirps' level is -17 dBFS."""
    heard = found(echo(-41, 80) + noise(-43))
    assert heard.coupling_db == pytest.approx(-41, abs=1)
    assert heard.delay_ms == pytest.approx(80, abs=0.5)


def test_an_echo_is_found_behind_a_voice_that_goes_on_softly() -> None:
    heard = found(echo(-10, 150) + talk(2000) * level(-12))
    assert heard.coupling_db == pytest.approx(-10, abs=3)
    assert heard.delay_ms == pytest.approx(150, abs=0.5)


@pytest.mark.parametrize("gap_ms", [0.4, 20, 40])
def test_a_gap_in_the_middle_does_not_hide_an_echo(gap_ms: float) -> None:
    """A busy machine inserts silence into what is played or recorded."""
    recording = echo(-31.4, 100)
    between_chirps, within_one = (round((BEFORE_MS + ms) * RATE) for ms in (1500, 1000))
    gap = np.zeros(round(gap_ms * RATE))

    def cut(at: int) -> MeasuredEcho:
        return found(np.concatenate([recording[:at], gap, recording[at:]])[:LENGTH])

    assert cut(between_chirps).coupling_db == pytest.approx(-31.4, abs=0.5)
    assert cut(between_chirps).delay_ms == pytest.approx(100, abs=0.5)
    # Half a chirp is found with each of the whole ones: either delay is true of most of the sound.
    assert cut(within_one).coupling_db == pytest.approx(-31.4, abs=2)
    assert cut(within_one).delay_ms in (
        pytest.approx(100, abs=0.5), pytest.approx(100 + gap_ms, abs=0.5),
    )  # fmt: skip


def test_a_clock_that_runs_200_ppm_off_does_not_hide_an_echo() -> None:
    recording = echo(-31.4, 100)
    at = np.arange(LENGTH) * (1 + 200e-6)
    heard = found(np.interp(at, np.arange(LENGTH), recording))
    assert heard.coupling_db == pytest.approx(-31.4, abs=1)
    assert heard.delay_ms == pytest.approx(100, abs=1)


@pytest.mark.parametrize("db", [-80, -60, -40, -20])
@pytest.mark.parametrize("seed", range(5))
def test_noise_alone_is_no_echo(db: float, seed: int) -> None:
    heard = found(noise(db, seed))
    assert (heard.coupling_db, heard.delay_ms) == (None, None)
    # The chirps' level is -17 dBFS: what hides in noise is 17 dB weaker than the noise.
    assert heard.limit_db == pytest.approx(db, abs=2.5)


def test_a_voice_alone_is_hardly_ever_taken_for_an_echo() -> None:
    """Of a hundred stretches, 300 ms apart, one is; every fifth is tried here."""
    pieces = [talk(at_ms) for at_ms in range(0, 30_000, 1_500)]
    assert sum(found(piece).coupling_db is not None for piece in pieces) <= 1
    assert sum(found(piece + noise(-50)).coupling_db is not None for piece in pieces) <= 1


def test_silence_is_no_echo_and_the_limit_is_what_16_bits_hold() -> None:
    heard = found(silence())
    assert heard.coupling_db is None
    assert heard.limit_db == pytest.approx(-82, abs=1)


def test_the_limit_is_kept() -> None:
    """What is above the limit is found, what is well below is not."""
    limit = found(noise(-50)).limit_db
    assert found(echo(limit + 3, 70) + noise(-50)).coupling_db == pytest.approx(limit + 3, abs=1.5)
    assert found(echo(limit - 6, 70) + noise(-50)).coupling_db is None


def test_what_is_harmless() -> None:
    assert found(echo(-50, 100)).harmless
    assert not found(echo(-30, 100)).harmless
    quiet, loud = found(noise(-60)), found(noise(-20))
    assert (quiet.harmless, quiet.uncertain) == (True, False)
    assert (loud.harmless, loud.uncertain) == (False, True)


def test_a_recording_that_is_too_short_holds_no_echo() -> None:
    assert find_echo(b"", 0).coupling_db is None


def test_the_chirps_do_not_click_and_are_no_louder_than_a_voice() -> None:
    samples = np.frombuffer(chirps(), "<i2") / 32768
    assert len(samples) == SOUND_MS * RATE
    assert np.abs(samples).max() == pytest.approx(0.2, abs=0.001)
    assert np.abs(samples[[0, -1]]).max() < 0.001
