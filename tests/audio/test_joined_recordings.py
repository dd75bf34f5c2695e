"""Recordings in: files joined end to end, and lengths that are only guessed: all of it is heard."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from recorded import arriving, read, recorded, tone

KINDS = [
    *[("wav", "PCM_16"), ("wav", "PCM_24"), ("wav", "ULAW"), ("flac", "PCM_16")],
    *[("ogg", "VORBIS"), ("ogg", "OPUS"), ("mp3", "MPEG_LAYER_III")],
    *[("aiff", "PCM_16"), ("au", "PCM_16"), ("w64", "PCM_16"), ("caf", "PCM_16")],
]


def made(ending: str, subtype: str, seconds: float, rate: int = 24_000, hz: float = 1000) -> bytes:
    """A tone as a file: on the left only if the rate is not ours, for it is stereo then."""
    samples = tone(rate, seconds, hz)
    if rate != 24_000:
        samples = np.stack([samples, np.zeros(len(samples))], axis=1)
    file = BytesIO()
    soundfile.write(file, samples, rate, format=ending, subtype=subtype)
    return file.getvalue()


def pitch(samples: np.typing.NDArray[np.float64]) -> float:
    """The loudest frequency in the middle of it."""
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    return float(np.argmax(np.abs(np.fft.rfft(middle))) * 24_000 / len(middle))


@pytest.mark.parametrize(("ending", "subtype"), KINDS)
@pytest.mark.parametrize("piped", [False, True])
def test_all_parts_of_a_joined_file_are_heard_whatever_their_rate_and_channels(
    tmp_path: Path, ending: str, subtype: str, piped: bool
) -> None:
    first = made(ending, subtype, 2.0)
    second = made(ending, subtype, 1.0, 16_000, hz=400)
    path = tmp_path / f"joined.{ending}"
    path.write_bytes(first + second)
    if piped:
        with arriving(tmp_path, first, second) as fifo:
            heard, recording = read(fifo)
    else:
        heard, recording = read(path)
    assert len(heard) / 24_000 == pytest.approx(3.0, abs=0.01)
    assert recording.seconds == pytest.approx(3.0, abs=0.01)
    assert pitch(heard[: 2 * 24_000]) == pytest.approx(1000, abs=2)
    assert pitch(heard[2 * 24_000 :]) == pytest.approx(400, abs=3)
    assert recording.notices == []


def endless(size: int) -> bytes:
    """A WAV file as a recorder leaves it that writes into a pipe."""
    wav = bytearray(made("wav", "PCM_16", 1.0))
    wav[4:8] = wav[40:44] = struct.pack("<I", size)
    return bytes(wav)


@pytest.mark.parametrize("size", [0, 0x7FFF_F000, 0xFFFF_FFFF])
@pytest.mark.parametrize("piped", [False, True])
def test_joined_wav_files_without_a_size_are_told_apart_by_their_headers(
    tmp_path: Path, size: int, piped: bool
) -> None:
    whole = endless(size) * 3
    path = tmp_path / "joined.wav"
    path.write_bytes(whole)
    if piped:
        with arriving(tmp_path, whole[:48_045], whole[48_045:48_050], whole[48_050:]) as fifo:
            heard, _ = read(fifo)
    else:
        heard, _ = read(path)
    assert heard == pytest.approx(np.tile(tone(24_000), 3), abs=1 / 32768)


def test_what_stands_between_joined_wav_files_is_not_heard(tmp_path: Path) -> None:
    one = made("wav", "PCM_16", 1.0) + b"LIST" + struct.pack("<I", 301) + b"\x7f" * 301
    (tmp_path / "joined.wav").write_bytes(one + b"\0" + one)
    heard, recording = read(tmp_path / "joined.wav")
    assert heard == pytest.approx(np.tile(tone(24_000), 2), abs=1 / 32768)
    assert recording.seconds == 2


def test_a_part_that_cannot_be_read_costs_itself_and_a_notice(tmp_path: Path) -> None:
    (tmp_path / "joined.wav").write_bytes(made("wav", "PCM_16", 1.0) * 2 + b"RIFF\0\0\0\0WAVE")
    heard, recording = read(tmp_path / "joined.wav")
    assert len(heard) == 48_000
    (notice,) = recording.notices
    assert "not sent" in notice


def test_an_empty_wav_file_in_front_of_another_is_passed_over(tmp_path: Path) -> None:
    empty = BytesIO()
    soundfile.write(empty, np.zeros(0), 24_000, format="WAV")
    (tmp_path / "joined.wav").write_bytes(empty.getvalue() + made("wav", "PCM_16", 1.0))
    heard, _ = read(tmp_path / "joined.wav")
    assert len(heard) == 24_000


def id3(size: int) -> bytes:
    """A tag that holds a picture."""
    return (
        b"ID3\x04\0\0" + bytes([0, size >> 14 & 127, size >> 7 & 127, size & 127]) + b"\xff" * size
    )


def test_tags_and_pictures_between_mp3_files_are_passed_over(tmp_path: Path) -> None:
    one = made("mp3", "MPEG_LAYER_III", 2.0)
    trailer = b"TAG" + b"a title".ljust(125, b"\0")
    (tmp_path / "joined.mp3").write_bytes((id3(40_000) + one + trailer) * 3)
    heard, recording = read(tmp_path / "joined.mp3")
    assert len(heard) / 24_000 == pytest.approx(6.0, abs=0.01)
    assert recording.notices == []


def without_length(mp3: bytes) -> bytes:
    """An MP3 file without the first frame, which says how long it is."""
    return mp3[mp3.index(b"\xff\xf3", 10) :]


def loud_then_silent(seconds: int) -> np.typing.NDArray[np.float64]:
    """Noise takes many bits and silence few: the first frames tell nothing of the length."""
    noise = np.random.default_rng(1).uniform(-0.2, 0.2, 24_000)
    return np.concatenate([noise, np.zeros(24_000 * (seconds - 1))])


def test_an_mp3_that_does_not_say_its_length_is_heard_to_its_end(tmp_path: Path) -> None:
    file = BytesIO()
    soundfile.write(
        file, loud_then_silent(20), 24_000, format="MP3", bitrate_mode="VARIABLE",
        compression_level=0.5,
    )  # fmt: skip
    path = tmp_path / "piped.mp3"
    path.write_bytes(without_length(file.getvalue()))
    assert soundfile.info(path).duration < 15  # libmpg123's guess
    heard, recording = read(path)
    assert len(heard) / 24_000 == pytest.approx(20, abs=0.15)
    assert recording.seconds == pytest.approx(20, abs=0.15)
    assert recording.notices == []


def test_more_than_the_first_frame_of_an_mp3_counts_is_heard(tmp_path: Path) -> None:
    one = made("mp3", "MPEG_LAYER_III", 2.0)
    (tmp_path / "appended.mp3").write_bytes(one + without_length(one))
    heard, _ = read(tmp_path / "appended.mp3")
    assert len(heard) / 24_000 == pytest.approx(4.0, abs=0.15)


def test_a_part_that_is_cut_short_is_told_and_the_next_is_heard(tmp_path: Path) -> None:
    one = made("flac", "PCM_16", 4.0)
    (tmp_path / "joined.flac").write_bytes(one[: len(one) // 2] + one)
    heard, recording = read(tmp_path / "joined.flac")
    assert 5.0 < len(heard) / 24_000 < 6.5
    (notice,) = recording.notices
    assert notice == f"the header promises 8.0 s, the file holds {len(heard) / 24_000:.1f} s"


def test_recorded_tones_are_one_part(tmp_path: Path) -> None:
    path = recorded(tmp_path / "one.flac", tone(24_000))
    assert len(read(path)[0]) == 24_000
