"""Recordings in: what phones and browsers make, decoded by ffmpeg in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from recorded import arriving, read, recorded, refusal, tone

from s2s.audio.files.ffmpeg import FfmpegDecoder, find_ffmpeg
from s2s.audio.files.recording import open_recording
from s2s.audio.files.signatures import recognise
from s2s.errors import UsageError

FFMPEG = find_ffmpeg()
needs_ffmpeg = pytest.mark.skipif(FFMPEG is None, reason="there is no ffmpeg to decode with")


def converted(folder: Path, name: str, *options: str, seconds: float = 3.0) -> Path:
    """A tone of 44.1 kHz in whatever format the name and the options say."""
    soft = tone(44_100, seconds, level=0.25)  # some encoders overshoot where it begins
    source = recorded(folder / "source.wav", soft, 44_100)
    assert FFMPEG
    command = [FFMPEG, "-nostdin", "-v", "error", "-y", "-i", str(source), *options]
    subprocess.run([*command, str(folder / name)], check=True)
    return folder / name


@needs_ffmpeg
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("memo.m4a", []),
        ("video.mp4", ["-c:a", "aac"]),
        ("clip.mov", []),
        ("call.3gp", ["-ar", "8000", "-c:a", "aac"]),
        ("note.aac", []),
        ("browser.webm", []),
        ("film.mkv", []),
        ("old.wma", []),
    ],
)
@pytest.mark.parametrize("piped", [False, True])
def test_what_phones_and_browsers_record_is_heard(
    tmp_path: Path, name: str, options: list[str], piped: bool
) -> None:
    path = converted(tmp_path, name, *options)
    if piped:
        with arriving(tmp_path, path.read_bytes()) as fifo:
            heard, recording = read(fifo)
    else:
        heard, recording = read(path)
    assert len(heard) / 24_000 == pytest.approx(3.0, abs=0.1)
    assert recording.seconds == pytest.approx(3.0, abs=0.1)
    assert np.max(np.abs(heard[24_000:48_000])) == pytest.approx(0.25, abs=0.03)
    assert recording.notices == []


@needs_ffmpeg
def test_the_name_says_nothing_and_is_no_option(tmp_path: Path) -> None:
    memo = converted(tmp_path, "memo.m4a").read_bytes()
    for name in ("memo.wav", "-i", "http:", "a b%d.mp3", "concat:x|y"):
        (tmp_path / name).write_bytes(memo)
        heard, _ = read(tmp_path / name)
        assert len(heard) > 70_000


@needs_ffmpeg
def test_joined_memos_are_all_heard(tmp_path: Path) -> None:
    memo = converted(tmp_path, "memo.m4a").read_bytes()
    (tmp_path / "joined.m4a").write_bytes(memo * 3)
    heard, recording = read(tmp_path / "joined.m4a")
    assert len(heard) / 24_000 == pytest.approx(9.0, abs=0.2)
    assert recording.notices == []


@needs_ffmpeg
@pytest.mark.parametrize("name", ["memo.m4a", "browser.mka", "old.wma"])
def test_a_cut_download_is_heard_as_far_as_it_goes_and_says_so(tmp_path: Path, name: str) -> None:
    options = ["-movflags", "+faststart"] if name == "memo.m4a" else []
    path = converted(tmp_path, name, *options, seconds=20)
    os.truncate(path, path.stat().st_size * 6 // 10)
    heard, recording = read(path)
    assert 9 < len(heard) / 24_000 < 14
    (notice,) = recording.notices
    assert f"{len(heard) / 24_000:.1f} s" in notice


@needs_ffmpeg
def test_so_is_one_that_is_cut_between_two_packets(tmp_path: Path) -> None:
    path = converted(tmp_path, "old.wma", seconds=20)
    head = path.read_bytes()[:4096]
    properties = head.index(bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365"))
    packet = int.from_bytes(head[properties + 92 : properties + 96], "little")
    os.truncate(path, path.stat().st_size - packet * (path.stat().st_size // packet // 2))
    heard, recording = read(path)
    assert 8 < len(heard) / 24_000 < 12
    (notice,) = recording.notices
    assert f"{len(heard) / 24_000:.1f} s" in notice


@needs_ffmpeg
def test_a_memo_whose_table_is_missing_is_told_as_that(tmp_path: Path) -> None:
    path = converted(tmp_path, "memo.m4a")
    os.truncate(path, path.stat().st_size // 2)
    assert "table of contents" in refusal(path).message


@needs_ffmpeg
def test_a_video_without_sound_is_told_as_that(tmp_path: Path) -> None:
    silent = ["-f", "lavfi", "-i", "testsrc=duration=1:size=64x64:rate=5", "-map", "1:v"]
    path = converted(tmp_path, "silent.mp4", *silent, "-c:v", "mpeg4")
    assert "video without sound" in refusal(path).message


@needs_ffmpeg
def test_a_wav_that_libsndfile_cannot_decode_is_heard_through_ffmpeg(tmp_path: Path) -> None:
    heard, recording = read(converted(tmp_path, "camera.wav", "-c:a", "adpcm_swf", "-ar", "22050"))
    assert len(heard) / 24_000 == pytest.approx(3.0, abs=0.2)
    assert recording.format == "WAV ADPCM_SWF"


@needs_ffmpeg
def test_a_container_cannot_make_ffmpeg_open_another_file(tmp_path: Path) -> None:
    """A playlist in the clothes of a film is read by the demuxer of films."""
    secret = recorded(tmp_path / "secret.wav", tone(24_000))
    disguised = tmp_path / "memo.m4a"
    disguised.write_bytes(b"\0\0\0\x14ftypM4A \0\0\0\0M4A #EXTM3U\nfile:" + bytes(secret))
    refusal(disguised)


def test_without_ffmpeg_the_format_and_both_remedies_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)  # cannot be imported
    (tmp_path / "memo.m4a").write_bytes(b"\0\0\0\x1cftypM4A " + bytes(600))
    refused = refusal(tmp_path / "memo.m4a")
    assert "an M4A recording" in refused.message
    assert "Install ffmpeg" in refused.hint
    assert "pip install imageio-ffmpeg" in refused.hint
    assert "--raw" not in refused.hint


def fake_ffmpeg(folder: Path, script: str) -> Path:
    """A program that stands in for ffmpeg."""
    (folder / "bin").mkdir(exist_ok=True)
    path = folder / "bin" / "ffmpeg"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def memo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What begins as a memo does, and a fake ffmpeg is all there is to decode it."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    path = tmp_path / "memo.m4a"
    path.write_bytes(b"\0\0\0\x1cftypM4A " + bytes(600))
    yield path
    threads = [thread.name for thread in threading.enumerate()]
    assert "ffmpeg" not in threads  # nothing is left behind


# It says what it found, then a WAV header comes and a millisecond of silence.
WAV_HEADER = (
    "echo '[info] Stream mapping:' >&2; "
    + "printf 'RIFF\\377\\377\\377\\377WAVEfmt \\020\\0\\0\\0\\001\\0\\001\\0'"
    + (
        "; printf '\\300\\135\\0\\0\\200\\273\\0\\0\\002\\0\\020\\0data\\377\\377\\377\\377'"
        "; head -c 48 /dev/zero"
    )
)


def test_ffmpeg_is_given_one_file_and_nothing_else(tmp_path: Path, memo: Path) -> None:
    heard = f'echo "$@" > {tmp_path}/said; cat > {tmp_path}/typed; '
    fake_ffmpeg(tmp_path, heard + f"ps -o pid=,pgid= -p $$ > {tmp_path}/group; exit 1")
    refusal(memo)
    pid, group = (tmp_path / "group").read_text().split()
    assert pid == group  # Ctrl-C is for us to deal with
    said = (tmp_path / "said").read_text()
    assert f"-f mov -i file:{memo} -map 0:a:0 -vn -sn -dn" in said
    assert "-nostdin" in said
    assert "-protocol_whitelist file,pipe" in said
    assert (tmp_path / "typed").read_text() == ""  # its standard input is at its end


def test_its_words_are_translated(tmp_path: Path, memo: Path) -> None:
    fake_ffmpeg(tmp_path, "echo '[mov @ 0x1] [error] some gibberish' >&2; exit 1")
    assert "gibberish" not in refusal(memo).message
    fake_ffmpeg(tmp_path, "exec /nonexistent/program")
    assert "nothing in it can be decoded" in refusal(memo).message


def test_an_ffmpeg_that_cannot_be_started_is_told(tmp_path: Path, memo: Path) -> None:
    fake_ffmpeg(tmp_path, "").write_text("no script")
    assert "ffmpeg cannot be started" in refusal(memo).message


def test_an_ffmpeg_that_does_nothing_is_given_up(tmp_path: Path, memo: Path) -> None:
    program = fake_ffmpeg(tmp_path, f"{WAV_HEADER}; exec sleep 1000")
    kind = recognise(memo.read_bytes())
    assert kind
    # On a busy machine its first bytes may take as long: then it is given up before it is open.
    with memo.open("rb") as file, pytest.raises(UsageError, match="given nothing for"):
        decoder = FfmpegDecoder(str(program), file, str(memo), kind, "memo.m4a", stall_s=0.1)
        with contextlib.closing(decoder):
            decoder.read(100)


def test_what_was_decoded_before_ffmpeg_failed_is_heard(tmp_path: Path, memo: Path) -> None:
    fake_ffmpeg(tmp_path, f"{WAV_HEADER}; head -c 47952 /dev/zero; kill -SEGV $$")
    heard, recording = read(memo)
    assert len(heard) == 24_000
    (notice,) = recording.notices
    assert "1.0 s" in notice


def test_leaving_ends_ffmpeg_even_while_a_read_waits_for_it(tmp_path: Path, memo: Path) -> None:
    fake_ffmpeg(tmp_path, f"echo $$ > {tmp_path}/pid; {WAV_HEADER}; exec sleep 1000")
    waiting = threading.Event()

    def take() -> None:
        waiting.set()
        list(recording.chunks())

    with open_recording(str(memo)) as recording:
        reader = threading.Thread(target=lambda: _quietly(take))
        reader.start()
        waiting.wait()
    reader.join(30)
    assert not reader.is_alive()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def _quietly(take: object) -> None:
    try:
        assert callable(take)
        take()
    except UsageError:
        pass  # that it holds no audio


def test_ctrl_c_ends_ffmpeg(tmp_path: Path, memo: Path) -> None:
    fake_ffmpeg(tmp_path, f"echo $$ > {tmp_path}/pid; {WAV_HEADER}; exec sleep 1000")
    program = (
        "import sys; from s2s.audio.files.recording import open_recording\n"
        "with open_recording(sys.argv[1]) as recording:\n"
        "    print('open', flush=True)\n"
        "    for chunk in recording.chunks(): pass\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, memo],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdout
    assert child.stdout.readline() == b"open\n"
    child.send_signal(signal.SIGINT)
    child.wait(60)
    child.stdout.close()
    deadline = time.monotonic() + 60
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < deadline:
            os.kill(int((tmp_path / "pid").read_text()), 0)
            time.sleep(0.01)


@needs_ffmpeg
def test_a_long_memo_is_never_held_in_memory(tmp_path: Path) -> None:
    assert FFMPEG
    path = tmp_path / "long.m4a"
    silence = ["-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo", "-t", "600", "-c:a", "aac"]
    subprocess.run([FFMPEG, "-nostdin", "-v", "error", *silence, path], check=True)
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
    assert int(done.stdout) < 30_000_000  # decoded, it has 230 MB


@needs_ffmpeg
def test_standard_input_may_be_a_memo(tmp_path: Path) -> None:
    path = converted(tmp_path, "memo.m4a")
    program = (
        "import sys; from s2s.audio.files.recording import open_recording\n"
        "with open_recording(sys.argv[1]) as recording:\n"
        "    for chunk in recording.chunks(): sys.stdout.buffer.write(chunk)\n"
    )
    expected = read(path)[0]
    for name in ("-", "/dev/stdin"):
        with path.open("rb") as file:
            command = [sys.executable, "-c", program, name]
            done = subprocess.run(command, stdin=file, capture_output=True, check=True)
        assert np.array_equal(np.frombuffer(done.stdout, "<i2") / 32768, expected)
