"""Recordings in: what is none is called what it is, whatever its name says."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorded import arriving, read, recorded, refusal, tone

from s2s.audio.files.recording import RawFormat
from s2s.audio.files.signatures import recognise

NO_RECORDINGS = [
    (b"Dear diary, today I renamed a file.\n" * 50, "text"),
    ("Liebes Tagebuch, heute änderte ich".encode("utf-16"), "text"),
    (b"\xef\xbb\xbfDear diary", "text"),
    ("ä".encode() * 400, "text"),
    (b"<!DOCTYPE html>\n<html><head>", "a web page"),
    (b"  <HTML>", "a web page"),
    (b'{"error": {"message": "not found"}}', "a JSON file"),
    (b"[1, 2]", "a JSON file"),
    (b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', "an XML file"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a Git LFS pointer"),
    (b"/annex/objects/SHA256E-s1--1.wav\n", "a git-annex pointer"),
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document"),
    (b"\x89PNG\r\n\x1a\n" + bytes(90), "a picture"),
    (b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(90), "a picture"),
    (b"\0\0\0\x18ftypheic" + bytes(90), "a picture"),
    (b"RIFF\0\0\0\0WEBPVP8 ", "a picture"),
    (b"PK\x03\x04" + bytes(90), "a ZIP archive"),
    (b"\x1f\x8b\x08" + bytes(90), "an archive"),
    (b"MThd\0\0\0\6", "a MIDI file"),
    (bytes(4000), "zeros"),
    (b"#EXTM3U\n#EXT-X-VERSION:3\nfile:///etc/hosts\n", "a playlist"),
    (b"ffconcat version 1.0\nfile '/etc/hosts'\n", "a playlist"),
    (b"file '/etc/hosts'\n", "a playlist"),
    (b'<?xml version="1.0"?>\n<!-- x --><MPD xmlns="urn:mpeg:dash">', "a playlist"),
    (b"[playlist]\nFile1=http://127.0.0.1/\n", "a playlist"),
    (b"http://127.0.0.1/voice.mp3\n", "a playlist"),
    (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "a description of a session"),
    (b"\0\0\0\x18stypmsdh" + bytes(90), "a piece of a stream"),
]


@pytest.mark.parametrize(("content", "name"), NO_RECORDINGS)
@pytest.mark.parametrize("piped", [False, True])
def test_what_is_no_recording_is_called_what_it_is(
    tmp_path: Path, content: bytes, name: str, piped: bool
) -> None:
    path = tmp_path / "voice.wav"
    path.write_bytes(content)
    if piped:
        with arriving(tmp_path, content) as fifo:
            refused = refusal(fifo)
    else:
        refused = refusal(path)
    assert f"is no recording but {name}" in refused.message
    assert refused.hint
    assert "--raw" not in refused.hint


def test_a_name_cannot_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[2J.wav").write_bytes(b"<html>")
    assert "a\\x1b[2J.wav" in refusal(tmp_path / "a\x1b[2J.wav").message


def test_a_container_read_as_headerless_samples_is_warned_of(tmp_path: Path) -> None:
    path = recorded(tmp_path / "voice.wav", tone(24_000))
    heard, recording = read(path, RawFormat(24_000))
    assert len(heard) == 24_022  # the header is noise of 22 samples
    (notice,) = recording.notices
    assert "begins as a WAV file does" in notice
    with arriving(tmp_path, b"\0\0\0\x1cftypM4A " + bytes(900)) as fifo:
        _, recording = read(fifo, RawFormat(24_000))
    assert "begins as an M4A recording does" in recording.notices[0]


def test_headerless_samples_may_begin_with_any_two_bytes(tmp_path: Path) -> None:
    """Loud samples look like the frames of MP3 and AAC, and are none."""
    for first in (b"\xff\xfb\x90\x64", b"\xff\xf1\x50\x80", b"\x0b\x77\x12\x34", bytes(4)):
        (tmp_path / "voice.raw").write_bytes(first + bytes(range(256)) * 9)
        _, recording = read(tmp_path / "voice.raw", RawFormat(24_000))
        assert recording.notices == []


def test_a_recording_behind_a_tag_is_found(tmp_path: Path) -> None:
    tag = b"ID3\x04\0\0\0\0\x02\x00" + bytes(256)
    for ending in ("flac", "mp3", "wav"):
        path = recorded(tmp_path / f"voice.{ending}", tone(24_000), subtype=None)
        path.write_bytes(tag + path.read_bytes())
        assert len(read(path)[0]) == pytest.approx(24_000, abs=100)


@pytest.mark.parametrize(
    ("head", "demuxer"),
    [
        (b"\0\0\0\x1cftypM4A ", "mov"),
        (b"\0\0\0\x14ftypqt  ", "mov"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "mov"),
        (b"\0\0\0\x18ftyp3gp4", "mov"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "matroska"),
        (b"#!AMR\n", "amr"),
        (b"#!AMR-WB\n", "amr"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
        (b"\xff\xf1\x50\x80", "aac"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
    ],
)
def test_ffmpeg_is_told_what_to_read_it_as(head: bytes, demuxer: str) -> None:
    kind = recognise(head + bytes(500))
    assert kind
    assert kind.demuxer == demuxer
