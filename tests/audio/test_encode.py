"""FLAC and OGG, made of a recording that is complete."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import soundfile
from alignment import noise

from s2s.audio.files.encode import encode
from s2s.audio.files.wav_writer import WavWriter
from s2s.errors import WriteError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_flac_holds_every_sample(tmp_path: Path) -> None:
    said = noise(1500)
    writer = WavWriter(tmp_path / "take.flac", rate=44_100, channels=2, encode=encode)
    writer.write(said)
    assert names(tmp_path) == ["take.partial.wav"]
    writer.complete()
    assert writer.abandon() is None
    assert names(tmp_path) == ["take.flac"]
    samples, rate = soundfile.read(str(tmp_path / "take.flac"), dtype="int16")
    assert (samples.tobytes(), rate) == (said, 44_100)


def test_ogg_takes_minutes_in_steps_that_do_not_crash_it(tmp_path: Path) -> None:
    writer = WavWriter(tmp_path / "take.ogg", encode=encode)
    for _ in range(120):
        writer.write(noise(1000))
    writer.complete()
    assert soundfile.info(str(tmp_path / "take.ogg")).frames == 120 * 24_000


def test_what_cannot_be_converted_stays_a_wav(tmp_path: Path) -> None:
    writer = WavWriter(tmp_path / "take.flac", channels=9, encode=encode)
    writer.write(bytes(18_000))
    with pytest.raises(WriteError, match="cannot be converted to FLAC") as caught:
        writer.complete()
    assert str(tmp_path / "take.partial.wav") in caught.value.hint
    assert writer.abandon() == tmp_path / "take.partial.wav"
    assert names(tmp_path) == ["take.partial.wav"]
    assert soundfile.info(str(tmp_path / "take.partial.wav")).frames == 1000


def test_a_link_is_converted_through_and_its_own_name_says_to_what(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link.flac").symlink_to("there/sound")
    writer = WavWriter(tmp_path / "link.flac", encode=encode)
    writer.write(bytes(4_800))
    assert names(tmp_path / "there") == ["sound.partial.wav"]
    writer.complete()
    assert names(tmp_path / "there") == ["sound"]
    assert (tmp_path / "link.flac").is_symlink()
    assert soundfile.info(str(tmp_path / "there" / "sound")).format == "FLAC"


def test_a_name_that_has_appeared_meanwhile_is_left_alone(tmp_path: Path) -> None:
    writer = WavWriter(tmp_path / "take.flac", encode=encode)
    writer.write(bytes(4_800))
    (tmp_path / "take.flac").write_bytes(b"somebody else's")
    with pytest.raises(WriteError, match="has appeared meanwhile"):
        writer.complete()
    assert writer.abandon() == tmp_path / "take.partial.wav"
    assert (tmp_path / "take.flac").read_bytes() == b"somebody else's"
    assert names(tmp_path) == ["take.flac", "take.partial.wav"]


@pytest.mark.parametrize("ending", ["flac", "ogg"])
def test_a_disk_that_is_full_at_the_end_leaves_the_wav(tmp_path: Path, ending: str) -> None:
    """What is converted to is larger than the limit, what is converted is there already."""
    program = (
        "import pathlib, resource, signal, sys; from s2s.audio.files.encode import encode\n"
        "from s2s.audio.files.wav_writer import WavWriter\n"
        "from s2s.errors import WriteError\n"
        "import os; import soundfile\n"
        "writer = WavWriter(sys.argv[1], encode=encode)\n"
        "writer.write(os.urandom(1_000_000))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try: writer.complete()\n"
        "except WriteError as error: print(error.message, writer.abandon())\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / f"take.{ending}")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"The recording cannot be converted to {ending.upper()}: ")
    assert done.stdout.endswith(f" {tmp_path}/take.partial.wav\n")
    assert names(tmp_path) == ["take.partial.wav"]
    assert soundfile.info(str(tmp_path / "take.partial.wav")).frames == 500_000
