"""Replies out: whatever happens, what came of a reply is on the disk and can be played."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import cast

import pytest
import soundfile

from s2s.audio.files.encode import encode
from s2s.audio.files.recording import open_recording
from s2s.audio.files.riff import pack_header
from s2s.audio.files.wav_writer import ReplySink, WavStream, WavWriter
from s2s.errors import Bug, UsageError, WriteError

SPEECH = bytes(range(256)) * 4


def played(path: Path) -> bytes:
    """What a player finds in `path`."""
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        return file.readframes(file.getnframes())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_complete_reply_takes_its_name(tmp_path: Path) -> None:
    writer = WavWriter(tmp_path / "reply.wav")
    writer.write(SPEECH)
    writer.write(SPEECH)
    assert names(tmp_path) == ["reply.partial.wav"]
    writer.complete()
    assert names(tmp_path) == ["reply.wav"]
    assert played(tmp_path / "reply.wav") == SPEECH * 2
    assert writer.size == len(SPEECH) * 2
    assert writer.abandon() is None


def test_a_reply_is_playable_while_it_comes(tmp_path: Path) -> None:
    writer = WavWriter(str(tmp_path / "reply.wav"))
    assert played(writer.partial_path) == b""
    for pieces in range(1, 20):
        writer.write(SPEECH)
        assert played(writer.partial_path) == SPEECH * pieces
    writer.abandon()


def test_a_reply_is_playable_after_a_kill_at_any_moment(tmp_path: Path) -> None:
    program = (
        "import sys; from s2s.audio.files.wav_writer import WavWriter\n"
        "writer = WavWriter(sys.argv[1])\n"
        "while True:\n"
        "    writer.write(bytes(range(256)) * 4)\n"
        "    print(writer.size, flush=True)\n"
    )
    chance = random.Random(1)
    for kill in range(25):
        folder = tmp_path / str(kill)
        folder.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(folder / "reply.wav")], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 300)):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
        lines = process.stdout.read().split()  # the last one came just before the kill
        process.stdout.close()
        audio = played(folder / "reply.partial.wav")
        assert len(audio) >= int(lines[-1] if lines else 0)
        assert audio == SPEECH * (len(audio) // len(SPEECH))
        assert audio


def test_the_rescue_of_an_earlier_run_is_never_overwritten(tmp_path: Path) -> None:
    for left_over in ("reply.partial.wav", "reply.partial-2.wav"):
        (tmp_path / left_over).write_bytes(b"precious")
    writer = WavWriter(tmp_path / "reply.wav")
    assert writer.partial_path == tmp_path / "reply.partial-3.wav"
    writer.complete()
    assert (tmp_path / "reply.partial.wav").read_bytes() == b"precious"
    assert (tmp_path / "reply.partial-2.wav").read_bytes() == b"precious"


def test_an_abandoned_reply_keeps_what_came(tmp_path: Path) -> None:
    writer = WavWriter(tmp_path / "reply.wav")
    writer.write(SPEECH)
    assert writer.abandon() == tmp_path / "reply.partial.wav"
    assert writer.abandon() == tmp_path / "reply.partial.wav"
    assert played(tmp_path / "reply.partial.wav") == SPEECH


def test_an_abandoned_reply_that_never_began_leaves_nothing(tmp_path: Path) -> None:
    assert WavWriter(tmp_path / "reply.wav").abandon() is None
    assert names(tmp_path) == []


def test_a_restarted_reply_leaves_its_first_attempt_behind(tmp_path: Path) -> None:
    writer = WavWriter(tmp_path / "reply.wav")
    assert writer.restart() is None
    writer.write(SPEECH)
    assert writer.restart() == tmp_path / "reply.partial.wav"
    assert writer.size == 0
    writer.write(SPEECH[:10])
    writer.complete()
    assert played(tmp_path / "reply.partial.wav") == SPEECH
    assert played(tmp_path / "reply.wav") == SPEECH[:10]


# Outputs that cannot be


def refusal(path: Path, *, force: bool = False) -> UsageError:
    with pytest.raises(UsageError) as caught:
        WavWriter(path, force=force)
    assert str(path) in caught.value.message or str(path.parent) in caught.value.message
    assert caught.value.hint
    return caught.value


def test_an_output_that_exists_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "reply.wav").write_bytes(b"precious")
    assert "--force" in refusal(tmp_path / "reply.wav").hint
    assert names(tmp_path) == ["reply.wav"]
    (tmp_path / "link.wav").symlink_to(tmp_path / "reply.wav")
    assert "--force" in refusal(tmp_path / "link.wav").hint


def test_force_replaces_an_output_once_the_reply_is_complete(tmp_path: Path) -> None:
    (tmp_path / "reply.wav").write_bytes(b"old")
    writer = WavWriter(tmp_path / "reply.wav", force=True)
    writer.write(SPEECH)
    assert (tmp_path / "reply.wav").read_bytes() == b"old"
    writer.complete()
    assert played(tmp_path / "reply.wav") == SPEECH
    assert names(tmp_path) == ["reply.wav"]


def test_a_link_is_written_through(tmp_path: Path) -> None:
    """The file it leads to is replaced; the partial file is beside that one."""
    (tmp_path / "there").mkdir()
    old = tmp_path / "there" / "old.wav"
    old.write_bytes(b"old")
    (tmp_path / "link.wav").symlink_to("there/old.wav")
    writer = WavWriter(tmp_path / "link.wav", force=True)
    writer.write(SPEECH)
    assert names(tmp_path / "there") == ["old.partial.wav", "old.wav"]
    writer.complete()
    assert (tmp_path / "link.wav").is_symlink()
    assert played(old) == SPEECH
    assert (names(tmp_path), names(tmp_path / "there")) == (["link.wav", "there"], ["old.wav"])


@pytest.mark.parametrize("force", [True, False])
def test_a_link_that_leads_nowhere_makes_its_file(tmp_path: Path, force: bool) -> None:
    (tmp_path / "link.wav").symlink_to("new.wav")
    writer = WavWriter(tmp_path / "link.wav", force=force)
    writer.write(SPEECH)
    writer.complete()
    assert (tmp_path / "link.wav").is_symlink()
    assert played(tmp_path / "new.wav") == SPEECH


def test_a_link_into_no_folder_or_in_a_circle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link.wav").symlink_to("missing/new.wav")
    assert "no folder" in refusal(tmp_path / "link.wav", force=True).message
    (tmp_path / "circle.wav").symlink_to("circle.wav")
    assert "cannot be created" in refusal(tmp_path / "circle.wav", force=True).message


@pytest.mark.parametrize("force", [True, False])
def test_what_has_become_a_link_meanwhile_is_not_replaced(tmp_path: Path, force: bool) -> None:
    (tmp_path / "other").write_bytes(b"somebody else's")
    writer = WavWriter(tmp_path / "reply.wav", force=force)
    writer.write(SPEECH)
    (tmp_path / "reply.wav").symlink_to("other")
    with pytest.raises(WriteError, match="is left as it is") as caught:
        writer.complete()
    assert str(writer.partial_path) in caught.value.hint
    assert (tmp_path / "reply.wav").is_symlink()
    assert (tmp_path / "other").read_bytes() == b"somebody else's"
    assert writer.abandon() == tmp_path / "reply.partial.wav"


def test_force_gives_a_new_file_the_name_of_a_hard_link(tmp_path: Path) -> None:
    (tmp_path / "kept.wav").write_bytes(b"old")
    os.link(tmp_path / "kept.wav", tmp_path / "reply.wav")
    WavWriter(tmp_path / "reply.wav", force=True).complete()
    assert (tmp_path / "kept.wav").read_bytes() == b"old"


def test_force_replaces_neither_a_directory_nor_a_device(tmp_path: Path) -> None:
    assert "is a directory" in refusal(tmp_path, force=True).message
    assert "no regular file" in refusal(Path(os.devnull), force=True).message


def test_an_output_in_no_folder_is_refused(tmp_path: Path) -> None:
    assert "no folder" in refusal(tmp_path / "missing" / "reply.wav").message
    (tmp_path / "file").touch()
    assert "no folder" in refusal(tmp_path / "file" / "reply.wav").message
    assert "cannot be created" in refusal(tmp_path / ("x" * 300 + ".wav")).message


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_an_output_in_a_protected_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "Permission denied" in refusal(tmp_path / "reply.wav").message


# Failures half way


def test_an_output_that_appears_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    writer = WavWriter(tmp_path / "reply.wav")
    writer.write(SPEECH)
    (tmp_path / "reply.wav").write_bytes(b"somebody else's")
    with pytest.raises(WriteError, match="has appeared meanwhile") as caught:
        writer.complete()
    assert str(writer.partial_path) in caught.value.hint
    assert (tmp_path / "reply.wav").read_bytes() == b"somebody else's"
    assert writer.abandon() == tmp_path / "reply.partial.wav"
    assert played(tmp_path / "reply.partial.wav") == SPEECH


@pytest.fixture
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def vanish(writer: WavWriter) -> None:
    writer.partial_path.unlink()
    writer.path.parent.rmdir()


def test_a_folder_that_vanishes_takes_nothing_along(tmp_path: Path, temporary_folder: Path) -> None:
    (tmp_path / "folder").mkdir()
    writer = WavWriter(tmp_path / "folder" / "reply.wav")
    writer.write(SPEECH)
    vanish(writer)
    with pytest.raises(WriteError, match="No such file or directory") as caught:
        writer.write(SPEECH)
    rescued = temporary_folder / "reply.partial.wav"
    assert caught.value.hint == f"What came is kept in {rescued}."
    assert writer.abandon() == rescued
    assert played(rescued) == SPEECH * 2


def test_a_folder_that_vanishes_at_the_end_takes_nothing_along(
    tmp_path: Path, temporary_folder: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (temporary_folder / "reply.partial.wav").write_bytes(b"precious")
    writer = WavWriter(tmp_path / "folder" / "reply.wav")
    writer.write(SPEECH)
    vanish(writer)
    with pytest.raises(WriteError, match="No such file or directory"):
        writer.complete()
    assert writer.abandon() == temporary_folder / "reply.partial-2.wav"
    assert played(temporary_folder / "reply.partial-2.wav") == SPEECH
    assert (temporary_folder / "reply.partial.wav").read_bytes() == b"precious"


def test_an_empty_reply_whose_folder_vanishes_leaves_nothing(
    tmp_path: Path, temporary_folder: Path
) -> None:
    (tmp_path / "folder").mkdir()
    writer = WavWriter(tmp_path / "folder" / "reply.wav")
    vanish(writer)
    with pytest.raises(WriteError) as caught:
        writer.complete()
    assert caught.value.hint == "Nothing could be kept."
    assert writer.abandon() is None
    assert names(temporary_folder) == []


@pytest.mark.parametrize("limit", [44, 45, 2000, 2001, 10_000])
def test_a_disk_that_fills_up_keeps_all_that_fitted(tmp_path: Path, limit: int) -> None:
    program = (
        "import resource, signal, sys; from s2s.audio.files.wav_writer import WavWriter\n"
        "from s2s.errors import WriteError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)\n"
        "writer = WavWriter(sys.argv[1])\n"
        "try:\n"
        "    while True: writer.write(bytes(range(256)) * 4)\n"
        "except WriteError as error: print(error.hint, writer.abandon(), error.exit_status)\n"
    )
    output = tmp_path / "reply.wav"
    done = subprocess.run(
        [sys.executable, "-c", program, str(output), str(limit)],
        capture_output=True,
        check=True,
        text=True,
    )
    if limit < 46:
        assert done.stdout == "Nothing could be kept. None 8\n"
        assert names(tmp_path) == []
    else:
        kept = tmp_path / "reply.partial.wav"
        assert done.stdout == f"What came is kept in {kept}. {kept} 8\n"
        assert played(kept) == (SPEECH * 10)[: (limit - 44) // 2 * 2]


def test_a_disk_without_room_for_a_header_is_refused_at_once(tmp_path: Path) -> None:
    program = (
        "import resource, signal, sys; from s2s.audio.files.wav_writer import WavWriter\n"
        "from s2s.errors import UsageError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))\n"
        "try: WavWriter(sys.argv[1])\n"
        "except UsageError as error: print(error)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "reply.wav")]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert "cannot be created" in done.stdout
    assert names(tmp_path) == []


def test_past_four_gigabytes_the_header_says_as_much_as_it_can() -> None:
    header = pack_header(5 << 30)
    assert header[4:8] == header[40:44] == b"\xff\xff\xff\xff"
    assert len(header) == 44


@pytest.mark.parametrize("size", [4, 1000, 0xFFFF_FFFF - 74, 0xFFFF_FFFF - 70, 5 << 30])
def test_a_long_recording_is_read_whole_by_us_and_by_others(tmp_path: Path, size: int) -> None:
    """A hole in the file stands for hours of silence."""
    path = tmp_path / "long.wav"
    size -= size % 4
    header = pack_header(size, 48_000, 2, can_be_long=True)
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + size)
    with open_recording(str(path)) as recording:
        assert recording.seconds == size / 4 / 48_000
        assert (recording.rate, recording.channels) == (48_000, 2)
    assert soundfile.info(str(path)).frames == size // 4
    assert header[:4] == (b"RF64" if size + 72 > 0xFFFF_FFFF else b"RIFF")


def test_a_recording_of_any_rate_and_channels_is_playable_while_it_comes(tmp_path: Path) -> None:
    writer = WavWriter(tmp_path / "take.wav", rate=44_100, channels=2, can_be_long=True)
    for pieces in range(1, 5):
        writer.write(SPEECH)
        with wave.open(str(writer.partial_path), "rb") as file:
            assert (file.getframerate(), file.getnchannels()) == (44_100, 2)
            assert file.readframes(file.getnframes()) == SPEECH * pieces
    writer.complete()
    assert names(tmp_path) == ["take.wav"]


# A reply into a pipe


def test_a_reply_in_a_pipe_is_heard_by_sox_without_a_complaint(tmp_path: Path) -> None:
    with (tmp_path / "pipe").open("wb", buffering=0) as file:
        stream: ReplySink = WavStream(file)
        stream.write(SPEECH)
        stream.write(SPEECH)
        stream.complete()
        assert stream.abandon() is None
    sox = subprocess.run(
        ["sox", "-t", "wav", "-", "-t", "raw", "-"],
        input=(tmp_path / "pipe").read_bytes(),
        capture_output=True,
        check=True,
    )
    assert sox.stdout == SPEECH * 2
    assert sox.stderr == b""


def test_an_empty_reply_in_a_pipe_is_still_a_wav(tmp_path: Path) -> None:
    with (tmp_path / "pipe").open("wb", buffering=0) as file:
        WavStream(file).complete()
    assert (tmp_path / "pipe").read_bytes()[:4] == b"RIFF"
    assert (tmp_path / "pipe").stat().st_size == 44


def test_a_reader_who_takes_nothing_does_not_hold_the_writer_up() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb", buffering=0) as pipe:
        stream = WavStream(pipe)
        for _ in range(100):
            stream.write(SPEECH)  # far more than a pipe holds
        os.close(reader)
        with pytest.raises(WriteError, match="has gone"):
            stream.complete()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_standard_output_on_a_full_disk_is_told() -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        stream = WavStream(full)
        with pytest.raises(WriteError, match="No space left"):
            stream.complete()


def test_a_mistake_on_the_way_to_a_pipe_is_no_success(tmp_path: Path) -> None:
    with (tmp_path / "pipe").open("wb", buffering=0) as file:
        stream = WavStream(file)
        stream.write(cast(bytes, "no samples"))
        with pytest.raises(Bug, match="The reply was cut off"):
            stream.complete()


@pytest.mark.skipif(os.name != "posix" or sys.platform == "darwin", reason="names are bytes there")
def test_a_name_that_is_no_utf_8_is_converted_as_well(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.flac")
    writer = WavWriter(path, encode=encode)
    writer.write(SPEECH)
    writer.complete()
    assert path.read_bytes()[:4] == b"fLaC"
