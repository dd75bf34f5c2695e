"""`record --reconnect`: a lost microphone leaves a gap of silence, and the recording goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fakes import read_wav, tone
from test_reopening import YETI, Child, Posted, System

from s2s import pcm
from s2s.app.options import RecordOptions
from s2s.audio.devices.choice import Device, choose
from s2s.audio.devices.protocols import Microphone, Post, Side
from s2s.audio.events import AudioCaptured, DeviceBack, DeviceLost, DeviceStillGone, Event
from s2s.audio.recorder import LONGEST_MISS_MS, PausePressed, Recorder, RecorderConfig
from s2s.cli.record_view import RecordView, run_record
from s2s.config import Sources
from s2s.conversation.events import QuitPressed
from s2s.errors import Bug, S2SError, SoundError
from s2s.session.lasting import LastingMicrophone
from s2s.session.recorder import Inbox, record

CHUNK = tone(20)
HEARD = AudioCaptured(CHUNK)
LOST = DeviceLost("microphone", SoundError("The microphone is lost: Yeti has stopped.", "Look."))


def still(gap_ms: int) -> DeviceStillGone:
    return DeviceStillGone("microphone", LOST.error, gap_ms)


def back(gap_ms: int) -> DeviceBack:
    return DeviceBack("microphone", "Yeti", gap_ms)


class Scripted:
    def __init__(self, events: Sequence[Any]) -> None:
        self._events = events

    def start(self, post: Post) -> None:
        for event in self._events:
            post(event)

    def close(self) -> None:
        pass


def recorded(
    folder: Path, *events: Event, config: RecorderConfig | None = None, reconnect: bool = True
) -> S2SError | None:
    """Record what a microphone gives, and a device that fails for good at the end of it."""
    wanted = RecordOptions(
        Sources(), str(folder / "take.wav"), config or RecorderConfig(), reconnect=reconnect
    )

    def opened(stack: ExitStack, _: RecordOptions) -> tuple[Device, Microphone]:
        return YETI, Scripted([*events, QuitPressed()])

    try:
        run_record(
            RecordView(json=True), Recorder(wanted.config), lambda: wanted, wanted.output, opened
        )
    except S2SError as error:
        return error
    return None


def test_what_is_missed_is_silence_of_the_same_length(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gap: list[Event] = [LOST, still(400), still(1400), back(2000)]
    events: list[Event] = [*[HEARD] * 5, *gap, *[HEARD] * 5]
    assert recorded(tmp_path, *events) is None
    assert read_wav(tmp_path / "take.wav") == CHUNK * 5 + pcm.silence(2000) + CHUNK * 5
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert report["gaps"] == [{"at": 0.1, "seconds": 2.0}]
    assert report["exit_status"] == 0
    assert "Yeti has stopped. Silence is recorded until it is back." in err
    assert "again, after 2.0 s" in err
    assert len(report["warnings"]) >= 2, "they are kept for the report as well"


def test_without_the_wish_a_loss_ends_the_recording(tmp_path: Path) -> None:
    error = recorded(tmp_path, HEARD, LOST, back(100), HEARD, reconnect=False)
    assert error is LOST.error
    assert read_wav(tmp_path / "take.wav") == CHUNK


def test_who_ends_the_recording_before_it_is_back_is_told_and_has_what_there_is(
    tmp_path: Path,
) -> None:
    error = recorded(tmp_path, HEARD, LOST, still(1000))
    assert error is not None
    assert (error.exit_status, "has not come back" in error.message) == (4, True)
    assert "take.wav" in error.hint
    assert read_wav(tmp_path / "take.wav") == CHUNK + pcm.silence(1000)


def test_a_bug_is_no_loss(tmp_path: Path) -> None:
    bug = Bug("The microphone was stopped", ValueError())
    assert recorded(tmp_path, HEARD, DeviceLost("microphone", bug)) is bug


def test_a_recording_of_a_length_ends_in_a_gap_too(tmp_path: Path) -> None:
    error = recorded(
        tmp_path, HEARD, LOST, still(700), still(1700), config=RecorderConfig(seconds=1.0)
    )
    assert error is not None, "nobody knows whether the microphone works again"
    assert read_wav(tmp_path / "take.wav") == CHUNK + pcm.silence(980)


def test_a_gap_counts_for_the_time_that_a_recording_may_last() -> None:
    recorder = Recorder(RecorderConfig(max_minutes=0.1))
    recorder.lose(LOST.error)
    recorder.miss(5999)
    assert recorder.end is None
    recorder.miss(6000)
    assert recorder.end == "max-minutes"


def test_a_gap_is_no_pause_of_who_speaks() -> None:
    recorder = Recorder(RecorderConfig(until_silence=0.5))
    for _ in range(50):
        recorder.hear(tone(20))
    recorder.lose(LOST.error)
    recorder.miss(9000)
    recorder.find()
    assert recorder.end is None
    for _ in range(40):
        recorder.hear(pcm.silence(20))
    assert recorder.end == "silence"


def test_before_the_first_sound_and_in_a_pause_a_gap_is_nothing() -> None:
    waiting = Recorder(RecorderConfig(wait_for_sound=True))
    waiting.hear(pcm.silence(20))
    waiting.lose(LOST.error)
    assert waiting.miss(3000) == b""
    paused = Recorder(RecorderConfig())
    paused.toggle_pause()
    paused.lose(LOST.error)
    assert paused.miss(3000) == b""
    assert [gap.seconds for gap in (*waiting.gaps, *paused.gaps)] == [0.0, 0.0]


def test_what_was_heard_before_a_gap_is_no_beginning_of_what_is_heard_after_it() -> None:
    recorder = Recorder(RecorderConfig(wait_for_sound=True))
    for _ in range(10):
        recorder.hear(b"\1\0" * 480)
    recorder.lose(LOST.error)
    recorder.miss(5000)
    recorder.find()
    kept = b"".join(recorder.hear(CHUNK) for _ in range(20))
    assert b"\1\0" * 480 not in kept
    assert kept


def test_a_program_that_stood_still_itself_makes_up_little() -> None:
    recorder = Recorder(RecorderConfig())
    recorder.lose(LOST.error)
    assert len(recorder.miss(3_600_000)) == pcm.size_of(LONGEST_MISS_MS)


def test_two_losses_are_two_gaps_and_keep_the_format() -> None:
    recorder = Recorder(RecorderConfig(rate=48_000, channels=2))
    for _ in range(2):
        recorder.hear(bytes(48_000 * 4))
        recorder.lose(LOST.error)
        recorder.lose(LOST.error)  # it was opened, and gave nothing
        assert len(recorder.miss(500)) == 24_000 * 4
        recorder.find()
    assert [(gap.at, gap.seconds) for gap in recorder.gaps] == [(1.0, 0.5), (2.5, 0.5)]


def test_a_pause_may_be_pressed_while_the_microphone_is_gone() -> None:
    recorder, inbox, written = Recorder(RecorderConfig()), Inbox(), bytearray()

    class Sink:
        def write(self, samples: bytes) -> None:
            written.extend(samples)

    for each in (
        HEARD,
        LOST,
        PausePressed(),
        still(900),
        PausePressed(),
        back(1000),
        QuitPressed(),
    ):
        inbox.put(each)
    record(recorder, inbox, Sink(), lambda _: None, reconnect=True)
    assert bytes(written) == CHUNK + pcm.silence(100)


# --- the microphone that outlives its device


class Shelf(System):
    """Microphones that are made of devices, and given by hand."""

    def __init__(self, *there: Device) -> None:
        super().__init__(*there)
        self.time_ms = 0
        self.posts: list[Post] = []
        self.open = 0

    def make(self, device: Device) -> Microphone:
        shelf = self

        class Made:
            def start(self, post: Post) -> None:
                shelf.start("microphone", device)
                shelf.posts.append(post)
                shelf.open += 1

            def close(self) -> None:
                shelf.open -= 1

        return Made()


def meant(devices: Sequence[Device], side: Side) -> Device:
    return choose(devices, "yeti", side)


def test_a_microphone_that_lasts_tells_how_long_its_device_was_gone() -> None:
    shelf, posted = Shelf(YETI), Posted()
    microphone = LastingMicrophone(
        shelf.make, YETI, shelf, Child(shelf), meant, {},
        now=lambda: shelf.time_ms / 1000, again_s=0.01,
    )  # fmt: skip
    microphone.start(posted)
    shelf.posts[0](HEARD)
    shelf.there.clear()
    shelf.time_ms += 900
    shelf.posts[0](LOST)
    answer = posted.answer()
    assert isinstance(answer, DeviceStillGone)
    assert answer.gap_ms == 900
    assert posted.wait(lambda: len(posted.events) > 3), "it is looked for again and again"
    shelf.there.append(YETI)
    assert posted.wait(lambda: len(shelf.posts) == 2)
    posted.events.clear()
    shelf.time_ms += 1000
    for _ in range(1000):  # as often as a microphone gives a chunk
        shelf.posts[1](HEARD)
        if any(isinstance(each, DeviceBack) for each in posted.events):
            break
        with posted.changed:
            posted.changed.wait(0.02)
    assert DeviceBack("microphone", "Yeti", 1900) in posted.events
    heard = len(posted.events)
    shelf.posts[0](HEARD)
    assert len(posted.events) == heard, "one that was replaced says nothing more"
    microphone.close()
    assert shelf.open <= 0, "each is closed"
