"""A recording from a microphone that does what it is told, through the command's own code."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from fakes import read_wav, tone

from s2s import pcm
from s2s.app.options import RecordOptions
from s2s.audio.devices.choice import Device
from s2s.audio.devices.protocols import Microphone, Post
from s2s.audio.events import AudioCaptured, DeviceLost
from s2s.audio.recorder import PausePressed, Recorder, RecorderConfig
from s2s.cli.record_view import RecordView, run_record
from s2s.config import Sources
from s2s.conversation.events import Event, QuitPressed, StopPressed
from s2s.errors import SoundError, WriteError
from s2s.session.recorder import Ending, Inbox, Signalled, record

CHUNK = tone(20)
ROOM = Device(0, "Yeti", "ALSA", inputs=1, outputs=0, rate=48_000)


class ScriptedMicrophone:
    """Posts what it was given, all at once."""

    def __init__(self, *events: AudioCaptured | DeviceLost) -> None:
        self.open = False
        self._events = events

    def start(self, post: Post) -> None:
        self.open = True
        for event in self._events:
            post(event)

    def close(self) -> None:
        self.open = False


def captured(count: int) -> list[AudioCaptured]:
    return [AudioCaptured(CHUNK)] * count


def lost() -> DeviceLost:
    return DeviceLost("microphone", SoundError("The microphone is lost.", "Plug it in again."))


def options(output: Path, config: RecorderConfig, *, strict: bool = False) -> RecordOptions:
    return RecordOptions(Sources(), str(output), config, strict=strict)


def run(
    folder: Path,
    events: Sequence[AudioCaptured | DeviceLost],
    asked: RecordOptions | None = None,
    view: RecordView | None = None,
) -> ScriptedMicrophone:
    microphone = ScriptedMicrophone(*events)
    wanted = asked or options(folder / "take.wav", RecorderConfig())

    def opened(stack: ExitStack, _: RecordOptions) -> tuple[Device, Microphone]:
        return ROOM, microphone

    recorder = Recorder(wanted.config)
    run_record(view or RecordView(), recorder, lambda: wanted, wanted.output, opened)
    assert not microphone.open
    return microphone


def test_a_device_that_is_lost_keeps_what_came(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match="is lost") as caught:
        run(tmp_path, [*captured(10), lost()])
    assert caught.value.hint == f"Plug it in again. What was recorded is in {tmp_path}/take.wav."
    assert read_wav(tmp_path / "take.wav") == CHUNK * 10


def test_a_device_that_is_lost_at_once_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match="is lost"):
        run(tmp_path, [lost()])
    assert list(tmp_path.iterdir()) == []


def test_lost_samples_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = options(tmp_path / "take.wav", RecorderConfig(seconds=0.1))
    run(
        tmp_path,
        [*captured(2), AudioCaptured(CHUNK, overrun=True), *captured(9)],
        asked,
        RecordView(json=True),
    )
    out, err = capsys.readouterr()
    assert json.loads(out)["overruns"] == 1
    assert "Warning: Samples were lost once" in err
    assert len(read_wav(tmp_path / "take.wav")) == pcm.size_of(100)


def test_lost_samples_fail_a_strict_recording_whose_file_is_kept(tmp_path: Path) -> None:
    asked = options(tmp_path / "take.wav", RecorderConfig(seconds=0.1), strict=True)
    with pytest.raises(SoundError, match="--strict") as caught:
        run(tmp_path, [AudioCaptured(CHUNK, overrun=True), *captured(9)], asked)
    assert caught.value.exit_status == 4
    assert caught.value.hint.endswith(f"What was recorded is in {tmp_path}/take.wav.")
    assert len(read_wav(tmp_path / "take.wav")) == pcm.size_of(100)


def test_a_strict_recording_without_a_loss_is_good(tmp_path: Path) -> None:
    run(
        tmp_path,
        captured(6),
        options(tmp_path / "take.wav", RecorderConfig(seconds=0.1), strict=True),
    )


def test_a_sound_that_never_comes_leaves_no_file(tmp_path: Path) -> None:
    asked = options(tmp_path / "take.wav", RecorderConfig(wait_for_sound=True, max_minutes=0.01))
    faint = AudioCaptured(b"\1\0\0\0" * 240)
    with pytest.raises(SoundError, match=r"no sound was heard in 0\.6 s"):
        run(tmp_path, [faint] * 40, asked)
    assert list(tmp_path.iterdir()) == []


def test_quiet_is_quiet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clipped = AudioCaptured(b"\xff\x7f" * 480)
    run(
        tmp_path,
        [clipped] * 5,
        options(tmp_path / "a.wav", RecorderConfig(seconds=0.1)),
        RecordView(quiet=True),
    )
    assert capsys.readouterr() == ("", "")
    run(tmp_path, [clipped] * 5, options(tmp_path / "b.wav", RecorderConfig(seconds=0.1)))
    assert "2400 of 2400 samples are clipped" in capsys.readouterr().err


class Pages:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, samples: bytes) -> None:
        self.written += samples


def happened(*happenings: Event | PausePressed | Signalled) -> Inbox:
    inbox: Inbox = Inbox()
    for each in happenings:
        inbox.put(each)
    return inbox


@pytest.mark.parametrize("ending", [QuitPressed(), StopPressed(), Signalled(15), lost()])
def test_what_came_before_the_end_is_in_the_recording(ending: Ending) -> None:
    sink, inbox = Pages(), happened(*captured(3), ending, *captured(3))
    assert record(Recorder(RecorderConfig()), inbox, sink, lambda recorder: None) == ending
    assert sink.written == CHUNK * 3


def test_a_pause_lasts_until_the_key_is_pressed_again() -> None:
    inbox = happened(
        *captured(1), PausePressed(), *captured(5), PausePressed(), *captured(1), QuitPressed()
    )
    sink, seen = Pages(), []
    record(Recorder(RecorderConfig()), inbox, sink, lambda recorder: seen.append(recorder.paused))
    assert sink.written == CHUNK * 2
    assert seen == [False] + [True] * 6 + [False] * 2


def test_a_disk_that_stands_still_costs_no_sound() -> None:
    """The microphone posts and goes on, whatever the disk does."""
    inbox: Inbox = Inbox()
    everything_is_posted = threading.Event()

    class StuckDisk(Pages):
        def write(self, samples: bytes) -> None:
            assert everything_is_posted.wait(10)
            super().write(samples)

    def microphone() -> None:
        for chunk in captured(500):
            inbox.put(chunk)
        everything_is_posted.set()

    sink, thread = StuckDisk(), threading.Thread(target=microphone)
    thread.start()
    record(Recorder(RecorderConfig(seconds=10)), inbox, sink, lambda recorder: None)
    thread.join()
    assert sink.written == CHUNK * 500


def test_a_sink_that_fails_ends_the_recording() -> None:
    class FullDisk(Pages):
        def write(self, samples: bytes) -> None:
            raise WriteError("The disk is full.")

    with pytest.raises(WriteError):
        record(
            Recorder(RecorderConfig()), happened(*captured(1)), FullDisk(), lambda recorder: None
        )
