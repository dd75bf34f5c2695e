"""Recordings in: what arrives in a pipe is heard as from its file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from recorded import PLAIN, arriving, read, recorded, refusal, tone

from s2s.audio.files.recording import RawFormat, open_recording


@pytest.mark.parametrize("subtype", PLAIN)
def test_a_wav_in_a_pipe_is_read_as_from_its_file(tmp_path: Path, subtype: str) -> None:
    path = recorded(tmp_path / "voice.wav", tone(44_100), 44_100, subtype)
    with arriving(tmp_path, path.read_bytes()) as fifo:
        heard, recording = read(fifo)
    assert np.array_equal(heard, read(path)[0])
    assert recording.seconds == 1


def test_a_wav_in_a_pipe_is_given_as_it_arrives(tmp_path: Path) -> None:
    path = recorded(tmp_path / "voice.wav", tone(24_000, seconds=2))
    os.mkfifo(tmp_path / "fifo")
    audio = path.read_bytes()
    writer = os.open(tmp_path / "fifo", os.O_RDWR)  # holds both ends, so nobody waits
    os.write(writer, audio[: 44 + 24_000])
    with open_recording(str(tmp_path / "fifo")) as recording:
        assert next(recording.chunks(500)) == audio[44 : 44 + 24_000]
    os.close(writer)


@pytest.mark.parametrize(
    ("ending", "subtype"),
    [("flac", "PCM_16"), ("ogg", "VORBIS"), ("mp3", "MPEG_LAYER_III"), ("aiff", "PCM_16")],
)
def test_other_formats_in_a_pipe_are_read_too(tmp_path: Path, ending: str, subtype: str) -> None:
    path = recorded(tmp_path / f"voice.{ending}", tone(24_000), subtype=subtype)
    with arriving(tmp_path, path.read_bytes()) as fifo:
        heard, _ = read(fifo)
    assert np.array_equal(heard, read(path)[0])


def test_a_telephone_wav_in_a_pipe_is_read_too(tmp_path: Path) -> None:
    path = recorded(tmp_path / "call.wav", tone(8_000), 8_000, "ULAW")
    with arriving(tmp_path, path.read_bytes()) as fifo:
        assert np.array_equal(read(fifo)[0], read(path)[0])


@pytest.mark.parametrize("kind", ["-t wav -b 16", "-t wav -b 24", "-t flac", "-t aiff"])
def test_what_sox_writes_into_a_pipe_is_heard(tmp_path: Path, kind: str) -> None:
    assert shutil.which("sox"), "these tests need sox"
    command = ["sox", "-n", "-r", "24000", *kind.split(), "-", "synth", "1", "sine", "1000"]
    made = subprocess.run(command, capture_output=True, check=True).stdout
    with arriving(tmp_path, made[:5], made[5:100], made[100:]) as fifo:
        heard, recording = read(fifo)
    assert len(heard) == 24_000
    assert recording.peak > 0.6
    assert recording.notices == []


def test_a_pipe_that_breaks_off_says_what_is_missing(tmp_path: Path) -> None:
    audio = recorded(tmp_path / "voice.wav", tone(24_000, seconds=3)).read_bytes()
    with arriving(tmp_path, audio[: 44 + 48_000]) as fifo:
        _, recording = read(fifo)
    assert recording.notices == ["the header promises 3.0 s, the file holds 1.0 s"]


def test_headerless_audio_needs_to_be_named_so(tmp_path: Path) -> None:
    audio = (tone(8_000) * 32767).astype("<i2").tobytes()
    with arriving(tmp_path, audio) as fifo:
        assert "--raw RATE[:CHANNELS]" in refusal(fifo).hint
    (tmp_path / "fifo").unlink()
    with arriving(tmp_path, audio) as fifo:
        heard, _ = read(fifo, RawFormat(8_000))
    assert len(heard) == 24_000
    (tmp_path / "voice.raw").write_bytes(audio)
    from_file, recording = read(tmp_path / "voice.raw", RawFormat(8_000))
    assert np.array_equal(heard, from_file)
    assert (recording.seconds, recording.format) == (1, "raw PCM_16")
    assert "--raw" in refusal(tmp_path / "voice.raw").hint


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
@pytest.mark.parametrize("piped", [False, True])
def test_standard_input_is_read_piped_or_redirected(tmp_path: Path, name: str, piped: bool) -> None:
    path = recorded(tmp_path / "voice.flac", tone(24_000))
    program = (
        "import sys; from s2s.audio.files.recording import open_recording\n"
        "with open_recording(sys.argv[1]) as recording:\n"
        "    for chunk in recording.chunks(): sys.stdout.buffer.write(chunk)\n"
    )
    command = [sys.executable, "-c", program, name]
    if piped:
        done = subprocess.run(command, input=path.read_bytes(), capture_output=True, check=True)
    else:
        with path.open("rb") as file:
            done = subprocess.run(command, stdin=file, capture_output=True, check=True)
    assert np.array_equal(np.frombuffer(done.stdout, "<i2") / 32768, read(path)[0])
