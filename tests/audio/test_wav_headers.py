"""Recordings in: WAV headers that contradict themselves, the audio or the file."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from recorded import arriving, read, refusal, tone

AUDIO = (tone(24_000) * 32767).astype("<i2").tobytes()


def form(
    *, tag: int = 1, channels: int = 1, byte_rate: int = 48_000, block: int = 2, bits: int = 16,
    extra: bytes = b"",
) -> bytes:  # fmt: skip
    layout = (tag, channels, 24_000, byte_rate, block, bits)
    return chunk(b"fmt ", struct.pack("<HHIIHH", *layout) + extra)


def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(content) if size is None else size) + content


def wav(*chunks: bytes, size: int | None = None, container: bytes = b"RIFF") -> bytes:
    content = b"WAVE" + b"".join(chunks)
    return container + struct.pack("<I", len(content) if size is None else size) + content


def ds64(size: int) -> bytes:
    return chunk(b"ds64", struct.pack("<QQQI", size and size + 72, size, size // 2, 0))


DATA = chunk(b"data", AUDIO)
EXTENSION = struct.pack("<HHIH", 22, 16, 4, 1) + bytes.fromhex("000000001000800000aa00389b71")
SOUND = {
    "a block for bytes": wav(form(block=1), DATA),
    "a block for stereo": wav(form(block=4), DATA),
    "a block of nothing": wav(form(block=0), DATA),
    "a block of nonsense": wav(form(block=65_535), DATA),
    "no bits, but a block": wav(form(bits=0), DATA),
    "nonsense of a byte rate": wav(form(byte_rate=7), DATA),
    "an extension that is missing": wav(form(tag=0xFFFE), DATA),
    "an extension of no size": wav(form(tag=0xFFFE, extra=b"\0\0" + EXTENSION[2:]), DATA),
    "an odd chunk without padding": wav(form(), chunk(b"LIST", b"INFOx"), DATA),
    "an odd chunk with padding": wav(form(), chunk(b"LIST", b"INFOx") + b"\0", DATA),
    "a fact that is none": wav(form(), chunk(b"fact", b"\1\0\0\0"), DATA),
    "tags behind the audio": wav(form(), DATA, chunk(b"LIST", b"INFO" * 90)),
    "killed, RIFF size right": wav(form(), chunk(b"data", AUDIO, 0)),
    "killed, RIFF size nonsense": wav(form(), chunk(b"data", AUDIO, 0), size=123_456_789),
    "killed, RIFF size 0": wav(form(), chunk(b"data", AUDIO, 0), size=0),
    "killed, tags in front": wav(form(), chunk(b"LIST", b"INFO"), chunk(b"data", AUDIO, 0), size=4),
    "an empty data chunk before another": wav(
        form(), chunk(b"data", b""), chunk(b"LIST", b"INFO"), DATA
    ),
    "RF64, killed": wav(
        ds64(0), form(), chunk(b"data", AUDIO, 0xFFFF_FFFF), container=b"RF64", size=0xFFFF_FFFF
    ),
    "RF64, killed earlier": wav(ds64(0), form(), chunk(b"data", AUDIO, 0), container=b"RF64"),
    "RF64, a size in ds64 alone": wav(
        ds64(len(AUDIO)), form(), chunk(b"data", AUDIO, 0), container=b"RF64"
    ),
}


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("piped", [False, True])
def test_the_audio_is_there_and_is_heard(tmp_path: Path, name: str, piped: bool) -> None:
    path = tmp_path / "voice.wav"
    path.write_bytes(SOUND[name])
    if piped:
        with arriving(tmp_path, SOUND[name]) as fifo:
            heard, recording = read(fifo)
    else:
        heard, recording = read(path)
    assert heard == pytest.approx(np.frombuffer(AUDIO, "<i2") / 32768)
    assert (recording.seconds, recording.notices) == (1.0, [])


def test_24_bits_may_stand_in_four_bytes(tmp_path: Path) -> None:
    wide = (tone(24_000) * (1 << 31)).astype("<i4").tobytes()
    path = tmp_path / "voice.wav"
    path.write_bytes(wav(form(block=4, bits=24), chunk(b"data", wide)))
    assert read(path)[0] == pytest.approx(tone(24_000), abs=1 / 32768)


def test_more_audio_than_the_header_says_is_told(tmp_path: Path) -> None:
    path = tmp_path / "voice.wav"
    stray = np.random.default_rng(1).integers(-9000, 9000, 48_000, "<i2").tobytes()
    path.write_bytes(wav(form(), DATA) + b"\xf0" + stray)
    heard, recording = read(path)
    assert len(heard) == 24_000
    (notice,) = recording.notices
    assert "not sent: 2.0 s" in notice


@pytest.mark.parametrize(
    "header",
    [
        wav(DATA),
        wav(form(channels=0), DATA),
        wav(form(bits=0, block=0), DATA),
        wav(form(), chunk(b"data", b""), chunk(b"LIST", b"INFO")),
        wav(form(), chunk(b"data", b"")),
    ],
)
def test_a_header_that_leaves_nothing_to_be_read_is_refused(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "voice.wav").write_bytes(header)
    assert refusal(tmp_path / "voice.wav").hint
