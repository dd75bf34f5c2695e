"""Recordings in: files that say one thing and hold another, and what is no recording."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from recorded import arriving, read, recorded, refusal, tone

from s2s.audio.files.recording import RawFormat
from s2s.errors import UsageError


def test_a_file_cut_short_is_read_to_its_end_and_says_so(tmp_path: Path) -> None:
    path = recorded(tmp_path / "cut.wav", tone(24_000, seconds=10))
    os.truncate(path, 44 + 48_000 * 7 + 1)
    heard, recording = read(path)
    assert len(heard) == 7 * 24_000
    assert recording.seconds == 7
    assert recording.notices == ["the header promises 10.0 s, the file holds 7.0 s"]


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF, 0x7FFF_F000, 0x8000_0000])
def test_a_recorder_that_was_killed_leaves_no_size_but_all_its_audio(
    tmp_path: Path, size: int
) -> None:
    path = recorded(tmp_path / "killed.wav", tone(24_000))
    with path.open("r+b") as file:
        file.seek(4)
        file.write(struct.pack("<I", min(size + 36, 0xFFFF_FFFF)))
        file.seek(40)
        file.write(struct.pack("<I", size))
    heard, recording = read(path)
    assert (len(heard), recording.seconds, recording.notices) == (24_000, 1.0, [])


def test_what_follows_the_audio_in_a_wav_is_not_heard(tmp_path: Path) -> None:
    path = recorded(tmp_path / "tagged.wav", np.zeros(2400))
    with path.open("ab") as file:
        file.write(b"LIST" + struct.pack("<I", 200) + b"\x7f" * 200)
    heard, _ = read(path)
    assert len(heard) == 2400
    assert not heard.any()


@pytest.mark.parametrize(
    "ending", ["wav", "flac", "ogg", "opus", "mp3", "aiff", "au", "caf", "w64"]
)
@pytest.mark.parametrize("zeros", [False, True])
def test_a_cut_download_is_heard_as_far_as_it_goes_in_every_format(
    tmp_path: Path, ending: str, zeros: bool
) -> None:
    """Some programs make room for the whole file at once, which then ends in zeros."""
    noise = np.random.default_rng(4).uniform(-0.3, 0.3, 24_000 * 20)
    subtypes = {"ogg": "VORBIS", "opus": "OPUS", "mp3": "MPEG_LAYER_III"}
    path = tmp_path / f"whole.{'ogg' if ending == 'opus' else ending}"
    recorded(path, noise, subtype=subtypes.get(ending, "PCM_16"))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2].ljust(len(whole) if zeros else 0, b"\0"))
    heard, recording = read(path)
    if zeros and ending in ("wav", "aiff", "au", "caf", "w64"):
        return  # zeros are samples there
    assert 8 < len(heard) / 24_000 < 10.5
    (notice,) = [each for each in recording.notices if "clipped" not in each]
    assert f"{len(heard) / 24_000:.1f} s" in notice
    assert recording.seconds == pytest.approx(len(heard) / 24_000, abs=0.001)


@pytest.mark.parametrize(("ending", "offset", "layout"), [("au", 8, ">I"), ("caf", 4084, ">q")])
@pytest.mark.parametrize("size", [0, -1])
def test_other_recorders_that_were_killed_leave_all_their_audio_too(
    tmp_path: Path, ending: str, offset: int, layout: str, size: int
) -> None:
    path = recorded(tmp_path / f"killed.{ending}", tone(24_000))
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(struct.pack(layout, size & 0xFFFF_FFFF if layout == ">I" else size))
    heard, recording = read(path)
    assert (len(heard), recording.notices) == (24_000, [])


@pytest.mark.parametrize("ending", ["flac", "mp3"])
def test_damage_in_the_middle_is_told_with_its_place(tmp_path: Path, ending: str) -> None:
    subtype = "PCM_16" if ending == "flac" else "MPEG_LAYER_III"
    path = recorded(tmp_path / f"torn.{ending}", tone(44_100, seconds=10), 44_100, subtype)
    healthy = path.read_bytes()
    middle = len(healthy) // 2
    path.write_bytes(healthy[:middle] + bytes(3000) + healthy[middle + 3000 :])
    assert "is damaged after 4." in refusal(path).message


def test_a_damaged_mp3_is_silent_on_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = recorded(tmp_path / "torn.mp3", tone(44_100, 10), 44_100, "MPEG_LAYER_III")
    torn = bytearray(path.read_bytes())
    torn[2000:5000] = bytes(3000)
    path.write_bytes(torn)
    refusal(path)
    path.write_bytes(b"\xff\xfb" + bytes(3000))
    refusal(path)
    os.write(2, b"still there")
    assert capfd.readouterr().err == "still there"


@pytest.mark.parametrize("ending", ["wav", "rf64", "flac", "ogg", "mp3", "aiff", "au"])
@pytest.mark.parametrize("piped", [False, True])
def test_a_header_cut_anywhere_is_refused_or_read_but_never_a_crash(
    tmp_path: Path, ending: str, piped: bool
) -> None:
    subtype = {"ogg": "VORBIS", "mp3": "MPEG_LAYER_III"}.get(ending, "PCM_16")
    whole = recorded(tmp_path / f"whole.{ending}", tone(24_000), subtype=subtype).read_bytes()
    for size in range(61):
        folder = tmp_path / str(size)
        folder.mkdir()
        path = folder / "cut.wav"
        path.write_bytes(whole[:size])
        try:
            if piped:
                with arriving(folder, whole[:size]) as fifo:
                    heard, _ = read(fifo)
            else:
                heard, _ = read(path)
        except UsageError as refused:
            assert refused.hint
        else:
            assert ending in ("wav", "aiff", "au")
            assert len(heard) <= 60


def test_what_is_no_recording_is_refused_with_a_remedy(tmp_path: Path) -> None:
    empty = tmp_path / "empty.wav"
    empty.touch()
    assert "is empty" in refusal(empty).message
    assert "is a directory" in refusal(tmp_path).message
    assert "no file" in refusal(tmp_path / "missing.wav").message
    assert "cannot be opened" in refusal(tmp_path / "no\0name.wav").message
    soundfile.write(tmp_path / "none.wav", np.zeros(0), 24_000)
    assert "holds no audio" in refusal(tmp_path / "none.wav").message
    with arriving(tmp_path) as fifo:
        assert "holds no audio" in refusal(fifo, RawFormat(24_000)).message


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = recorded(tmp_path / "private.wav", tone(24_000))
    path.chmod(0)
    assert "permission" in refusal(path).message


@pytest.mark.parametrize(("rate", "channels"), [(0, 1), (10, 1), (4_000_000_000, 1), (24_000, 0)])
def test_a_rate_or_channel_count_that_makes_no_sense_is_refused(
    tmp_path: Path, rate: int, channels: int
) -> None:
    path = recorded(tmp_path / "odd.wav", tone(24_000))
    with path.open("r+b") as file:
        file.seek(22)
        file.write(struct.pack("<HI", channels, rate))
    refusal(path)
    refusal(path, RawFormat(rate, channels))


def test_an_encoding_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = recorded(tmp_path / "odd.wav", tone(24_000))
    with path.open("r+b") as file:
        file.seek(20)
        file.write(struct.pack("<H", 0x1234))
    assert "decode" in refusal(path).message  # by ffmpeg, where there is one
