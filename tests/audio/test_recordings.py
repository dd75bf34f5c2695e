"""Recordings in: whatever the format is like, what is sent is what was recorded."""

from __future__ import annotations

import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from recorded import PLAIN, read, recorded, tone

from s2s import pcm
from s2s.audio.files.recording import open_recording


@pytest.mark.parametrize(
    ("ending", "subtype"),
    [
        *[("wav", subtype) for subtype in [*PLAIN, "ULAW", "ALAW", "IMA_ADPCM"]],
        *[("rf64", subtype) for subtype in PLAIN],
        *[("aiff", "PCM_16"), ("aiff", "FLOAT"), ("au", "PCM_24"), ("caf", "PCM_16")],
        *[("w64", "PCM_16"), ("flac", "PCM_16"), ("flac", "PCM_24")],
        *[("ogg", "VORBIS"), ("mp3", "MPEG_LAYER_III")],
    ],
)
def test_a_tone_comes_out_of_any_format(tmp_path: Path, ending: str, subtype: str) -> None:
    path = recorded(tmp_path / f"tone.{ending}", tone(24_000), subtype=subtype)
    heard, recording = read(path)
    assert heard[4000:8000] == pytest.approx(tone(24_000)[4000:8000], abs=0.06)
    assert recording.format == f"{ending.upper()} {subtype}"
    assert recording.seconds == pytest.approx(1, abs=0.03)
    assert recording.peak == pytest.approx(0.5, abs=0.06)
    assert recording.notices == []


def test_a_float_recording_is_not_sent_as_silence(tmp_path: Path) -> None:
    for subtype in ("FLOAT", "DOUBLE"):
        heard, _ = read(recorded(tmp_path / "voice.wav", tone(24_000), subtype=subtype))
        assert heard == pytest.approx(tone(24_000), abs=1 / 32768)


def test_an_extensible_wav_is_read_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "voice.wav"
    soundfile.write(path, tone(24_000), 24_000, subtype="PCM_24", format="WAVEX")
    heard, recording = read(path)
    assert heard == pytest.approx(tone(24_000), abs=1 / 32768)
    assert recording.format == "WAV PCM_24"


@pytest.mark.parametrize("ending", ["wav", "flac", "aiff"])
def test_pcm_is_passed_on_bit_for_bit(tmp_path: Path, ending: str) -> None:
    samples = np.arange(-32768, 32768, dtype=np.int16)
    soundfile.write(tmp_path / f"all.{ending}", samples, pcm.RATE)
    with open_recording(str(tmp_path / f"all.{ending}")) as recording:
        assert b"".join(recording.chunks()) == samples.tobytes()


def test_a_stereo_recording_keeps_what_only_one_channel_holds(tmp_path: Path) -> None:
    left_only = np.stack([tone(24_000, level=0.8), np.zeros(24_000)], axis=1)
    heard, recording = read(recorded(tmp_path / "left.wav", left_only))
    assert heard == pytest.approx(tone(24_000, level=0.4), abs=2 / 32768)
    assert recording.channels == 2


@pytest.mark.parametrize("rate", [24_000, 44_100])
@pytest.mark.parametrize("ms", [20, 500])
@pytest.mark.parametrize("inverted", [-1.0, -0.85])
def test_of_channels_that_cancel_out_the_louder_one_is_heard(
    tmp_path: Path, rate: int, ms: int, inverted: float
) -> None:
    voice = tone(rate, level=0.4)
    path = recorded(tmp_path / "call.wav", np.stack([voice * inverted, voice], axis=1), rate)
    with open_recording(str(path)) as recording:
        heard = np.frombuffer(b"".join(recording.chunks(ms)), "<i2") / 32768
    assert np.max(np.abs(heard[2400:-2400])) == pytest.approx(0.4, abs=0.001)
    (notice,) = recording.notices
    assert ("alone is sent" if inverted == -1 else "channel 2 alone is sent") in notice


def test_the_same_offset_on_channels_that_cancel_out_hides_nothing(tmp_path: Path) -> None:
    voice = tone(24_000, level=0.3)
    path = recorded(tmp_path / "call.wav", np.stack([0.1 + voice, 0.1 - voice], axis=1))
    heard, recording = read(path)
    assert np.ptp(heard) == pytest.approx(0.6, abs=0.001)
    assert recording.notices


def test_a_channel_once_chosen_is_kept(tmp_path: Path) -> None:
    """No back and forth: it would be heard."""
    voice, other = tone(24_000, level=0.4), tone(24_000, hz=300, level=0.1)
    left, right = np.concatenate([voice, voice]), np.concatenate([-voice, other])
    heard, _ = read(recorded(tmp_path / "call.wav", np.stack([left, right], axis=1)))
    assert heard == pytest.approx(left, abs=2 / 32768)


def test_unlike_channels_are_mixed_however_many_there_are(tmp_path: Path) -> None:
    noise = np.random.default_rng(2).normal(0, 0.1, (24_000, 8))
    voices = np.zeros((24_000, 8))
    voices[:, 5] = tone(24_000)
    for name, samples in (("noise", noise), ("voice", voices)):
        heard, recording = read(recorded(tmp_path / f"{name}.wav", samples))
        assert heard == pytest.approx(samples.mean(axis=1), abs=2 / 32768)
        assert recording.notices == []


def test_silence_is_mixed_even_if_its_last_bits_cancel_out(tmp_path: Path) -> None:
    """So that a voice on the other side is not lost later."""
    hiss = np.random.default_rng(3).choice([-2, 2, 4], 24_000) / 32768
    left = np.concatenate([hiss, np.zeros(24_000)])
    right = np.concatenate([-hiss + 1 / 32768, tone(24_000)])
    heard, recording = read(recorded(tmp_path / "call.wav", np.stack([left, right], axis=1)))
    assert np.max(np.abs(heard[30_000:])) == pytest.approx(0.25, abs=0.001)
    assert recording.notices == []


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_a_tone_keeps_its_pitch_length_and_purity_at_any_rate(tmp_path: Path, rate: int) -> None:
    path = recorded(tmp_path / "tone.wav", tone(rate, seconds=2), rate, "FLOAT")
    heard, recording = read(path)
    assert recording.rate == rate
    assert abs(len(heard) - 48_000) <= 2
    steady = heard[4800:43200]
    at = 2 * np.pi * 1000 * np.arange(len(steady)) / pcm.RATE
    basis = np.stack([np.sin(at), np.cos(at)], axis=1)
    fit, *_ = np.linalg.lstsq(basis, steady, rcond=None)
    noise = steady - basis @ fit
    assert np.hypot(*fit) == pytest.approx(0.5, abs=0.001)
    assert 10 * np.log10(np.mean(steady**2) / np.mean(noise**2)) > 80


def test_a_full_scale_square_wave_saturates_and_never_wraps(tmp_path: Path) -> None:
    square = np.sign(np.sin(2 * np.pi * 100 * (np.arange(48_000) + 0.5) / 48_000))
    heard, recording = read(recorded(tmp_path / "square.wav", square, 48_000, "FLOAT"))
    middle = np.arange(len(heard)) % 120  # a half wave is 120 samples
    steady = (middle > 20) & (middle < 100)
    expected = np.sign(np.sin(2 * np.pi * 100 * (np.arange(len(heard)) + 0.5) / 24_000))
    assert np.all(heard[steady] * expected[steady] > 0.8)
    assert recording.peak == 1.0


def test_samples_beyond_full_scale_are_clipped_and_counted(tmp_path: Path) -> None:
    path = recorded(tmp_path / "loud.wav", np.array([0.5, 1.5, -3.0, 1.0]), subtype="FLOAT")
    heard, recording = read(path)
    assert list(heard) == [0.5, 32767 / 32768, -1.0, 32767 / 32768]
    assert recording.notices == ["2 samples beyond full scale were clipped"]


@pytest.mark.parametrize("rate", [24_000, 44_100])
def test_what_is_no_number_becomes_silence_not_noise(tmp_path: Path, rate: int) -> None:
    samples = np.zeros((rate, 2))
    samples[100] = [np.nan, 0.5]
    samples[200] = [np.inf, -np.inf]
    samples[300] = [1e300, 0]
    heard, recording = read(recorded(tmp_path / "odd.wav", samples, rate, "DOUBLE"))
    assert np.max(np.abs(heard)) <= 0.26
    assert np.max(np.abs(heard[12_000:])) == 0
    assert recording.notices == ["4 samples that are no numbers were made silent"]


def test_huge_float_samples_do_not_silence_the_rest(tmp_path: Path) -> None:
    samples = tone(44_100)
    samples[100] = 3e38
    heard, _ = read(recorded(tmp_path / "odd.wav", samples, 44_100, "FLOAT"))
    assert heard[2400:-100] == pytest.approx(tone(24_000)[2400:-100], abs=0.001)


@given(
    channels=st.integers(1, 4),
    rate=st.sampled_from([8_000, 24_000, 44_100]),
    frames=st.integers(1, 9_000),
    ms=st.integers(1, 700),
)
def test_chunks_are_as_long_as_asked_for_and_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, channels: int, rate: int, frames: int, ms: int
) -> None:
    path = tmp_path_factory.mktemp("lengths") / "noise.wav"
    noise = np.random.default_rng(frames).uniform(-0.5, 0.5, (frames, channels))
    recorded(path, noise, rate)
    with open_recording(str(path)) as recording:
        chunks = list(recording.chunks(ms))
    assert {len(chunk) for chunk in chunks[:-1]} <= {pcm.size_of(ms)}
    assert all(len(chunk) <= pcm.size_of(ms) for chunk in chunks)
    assert abs(recording.size_read // 2 - frames * pcm.RATE / rate) <= 2


def test_silence_and_very_short_recordings_are_the_callers_to_judge(tmp_path: Path) -> None:
    heard, recording = read(recorded(tmp_path / "short.wav", np.zeros(10)))
    assert (len(heard), recording.size_read, recording.peak) == (10, 20, 0.0)


def test_a_long_recording_is_never_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 44_100, 0, "NONE", ""))
        for _ in range(600):
            file.writeframesraw(bytes(44_100 * 4))
    program = (
        "import resource, sys; from s2s.audio.files.recording import open_recording\n"
        "held = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "with open_recording(sys.argv[1]) as recording:\n"
        "    chunks = recording.chunks(); next(chunks); before = held()\n"
        "    for _ in chunks: pass\n"
        "print((held() - before) * (1 if sys.platform == 'darwin' else 1024))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, check=True
    )
    assert int(done.stdout) < 30_000_000  # the file has 106 MB
