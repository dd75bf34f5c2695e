"""Time in which nothing came of a device: the program was stopped, or a speaker stood still."""

from __future__ import annotations

import time

import pytest
from conversing import Story
from fakes import tone
from test_reopening import MicrophoneCard, Posted, Session, SpeakerCard

from s2s import clock, pcm
from s2s.audio.events import AudioCaptured, AudioPlayed, DevicePaused, StoodStill, Times
from s2s.audio.live.standstill import LONGEST_S
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.session.devices import Devices

OLD, NEW = tone(20, 880), tone(20)


class Clocked(Session):
    """A real microphone and a real speaker, whose time passes whatever the program does."""

    def __init__(self) -> None:
        self.time_ms = 10_000
        self.posted = Posted()
        self.devices = Devices(self.posted, now=lambda: self.time_ms / 1000, clocked=True)
        self.microphone, self.speaker = MicrophoneCard(), SpeakerCard()
        self.devices.open_microphone(self.microphone)
        self.devices.open_speaker(self.speaker)
        self.lives(2000)

    def stands_still(self, ms: int, *, kept: bool = True) -> None:
        """The program is stopped; what was captured meanwhile was `kept` for it, and comes now."""
        self.time_ms += ms
        for number in range(ms // 20 if kept else 0):
            self.time_ms += number % 50 == 49  # a burst takes some time, too
            self.microphone.post(AudioCaptured(OLD, times=Times(1_000_000)))

    @property
    def heard(self) -> list[bytes]:
        return [each.pcm for each in self.of(AudioCaptured) if isinstance(each, AudioCaptured)]

    @property
    def last_at_ms(self) -> int:
        chunks = [each for each in self.of(AudioCaptured) if isinstance(each, AudioCaptured)]
        assert chunks[-1].at is not None
        return pcm.duration_ms(chunks[-1].at)


@pytest.mark.parametrize("ms", [2500, 10_000, 60_000])
@pytest.mark.parametrize("kept", [True, False])
def test_what_waited_while_the_program_was_stopped_is_not_heard_as_if_it_were_now(
    ms: int, *, kept: bool
) -> None:
    session = Clocked()
    session.stands_still(ms, kept=kept)
    session.lives(3000)
    assert OLD not in session.heard
    assert session.heard.count(NEW) == pytest.approx((2000 + 3000 - 220) / 20, abs=2)
    (told,) = session.of(StoodStill)
    assert isinstance(told, StoodStill)
    assert told.ms == pytest.approx(ms + 220, abs=ms / 100 + 40)


@pytest.mark.parametrize("speaker", [True, False])
def test_the_recording_holds_silence_for_it_and_both_sides_lie_beside_each_other(
    *, speaker: bool
) -> None:
    session = Clocked()
    if not speaker:  # it rests
        session.devices.rests()
    session.stands_still(60_000)
    passed = session.time_ms - 12_000
    session.lives(3000, speaker=speaker)
    assert session.recorded_ms == pytest.approx(2000 + passed + 3000, abs=150)
    assert session.last_at_ms == pytest.approx(2000 + passed + 3000, abs=150)


def test_a_speaker_that_is_opened_at_that_moment_makes_up_for_nothing() -> None:
    session = Clocked()
    session.devices.rests()
    session.lives(1000, speaker=False)
    session.stands_still(10_000)
    passed = session.time_ms - 13_000
    session.speaker.begin_anew()
    session.lives(3000)
    assert session.recorded_ms == pytest.approx(3000 + passed + 3000, abs=150)


def test_a_machine_that_is_busy_for_a_second_costs_no_word() -> None:
    session = Clocked()
    session.stands_still(1500)
    session.lives(1000)
    assert session.heard.count(OLD) == 75
    assert not session.of(StoodStill)


def test_what_is_old_is_known_even_if_it_does_not_all_come_at_once() -> None:
    session = Clocked()
    session.time_ms += 10_000
    for part in range(4):
        for _ in range(125):
            session.microphone.post(AudioCaptured(OLD, times=Times(1_000_000)))
        session.time_ms += 150 if part % 2 else 350  # another program has the processor
    session.lives(3000)
    assert session.heard.count(OLD) <= 2


def test_a_microphone_that_was_away_has_nothing_old() -> None:
    session = Clocked()
    session.lose("microphone")
    session.lives(5000, microphone=False)
    session.open_another("microphone")
    session.lives(1000)
    assert session.heard.count(NEW) == 100 + 50
    assert not session.of(StoodStill)


def test_a_reply_goes_on_where_the_program_was_stopped() -> None:
    session = Clocked()
    reply = tone(2000, 660)
    session.devices.chain.play("part", reply)
    heard = b"".join(session.speaker.take() for _ in range(50))
    session.stands_still(10_000)
    heard += b"".join(session.speaker.take() for _ in range(150))
    assert heard == reply


def test_a_night_of_sleep_makes_up_little() -> None:
    session = Clocked()
    session.stands_still(8 * 3_600_000, kept=False)
    session.lives(1000)
    assert session.recorded_ms <= 2000 + LONGEST_S * 1000 + 1500


# --- the speaker alone


@pytest.mark.parametrize("ms", [200, 260, 300, 400, 900])
def test_a_speaker_that_stands_still_is_noticed_and_takes_silence_for_it(ms: int) -> None:
    session = Clocked()
    for _ in range(20):
        session.lives(ms, speaker=False)
        session.lives(1000)
    passed = session.time_ms - 10_000
    assert session.recorded_ms == pytest.approx(passed, abs=130)
    assert session.last_at_ms == pytest.approx(passed, abs=130)
    assert session.heard.count(NEW) * 20 == passed, "nothing of the microphone is lost"
    paused = [each.ms for each in session.of(DevicePaused) if isinstance(each, DevicePaused)]
    assert sum(paused) == pytest.approx(20 * ms, abs=20 * 25)


def test_a_speaker_that_catches_up_has_not_stood_still() -> None:
    session = Clocked()
    for _ in range(20):
        session.lives(180, speaker=False)
        for _ in range(18):
            session.speaker.take()
        session.lives(400)
    assert not session.of(DevicePaused)
    assert session.recorded_ms == pytest.approx(session.time_ms - 10_000, abs=130)


def test_one_that_is_late_by_a_little_again_and_again_is_noticed_too() -> None:
    session = Clocked()
    for _ in range(100):
        session.lives(40, speaker=False)
        session.lives(500)
    assert session.recorded_ms == pytest.approx(session.time_ms - 10_000, abs=250)
    assert session.of(DevicePaused)


def test_one_that_takes_two_blocks_at_once_after_each_stop_runs_away_from_no_clock() -> None:
    session = Clocked()
    for _ in range(100):
        session.lives(300, speaker=False)
        for _ in range(4):
            session.speaker.take()  # its buffers
        session.lives(500)
    assert session.recorded_ms == pytest.approx(session.time_ms - 10_000, abs=130)


def test_a_sound_server_that_stands_still_on_both_sides_makes_no_time_of_its_own() -> None:
    session = Clocked()
    for number in range(60):
        session.time_ms += 320
        if number % 3:
            session.speaker.take()
        for _ in range(16):  # what the microphone heard meanwhile comes at once
            session.microphone.give()
        session.lives(1000)
    assert session.recorded_ms == pytest.approx(session.time_ms - 10_000, abs=450)


def test_a_card_whose_clock_runs_a_little_slow_does_not_stand_still() -> None:
    session = Clocked()
    session.time_ms = 12_000
    for passed in range(600):
        session.lives(1000)
        session.time_ms += passed % 4 == 3  # 250 millionths
    assert not session.of(DevicePaused)


def test_what_stands_in_for_a_speaker_is_only_late() -> None:
    session = Session()
    session.lives(280, speaker=False)
    for _ in range(28):
        session.speaker.take()
    session.lives(1000)
    assert not session.of(DevicePaused)
    played = [each.pcm for each in session.of(AudioPlayed) if isinstance(each, AudioPlayed)]
    assert sum(map(len, played)) == pytest.approx(pcm.size_of(2280), abs=pcm.size_of(110))


# --- what is told, and by which clock


def test_the_user_is_told_that_nobody_heard_what_was_said_meanwhile() -> None:
    told = Story().talking().tell(on.StoodStill(60_250)).of(do.Warn)
    assert [each.message for each in told] == [
        "The program stood still for 60.2 s: what was said meanwhile was not heard."
    ]


def test_the_time_in_which_a_machine_sleeps_has_passed() -> None:
    if not hasattr(time, "CLOCK_BOOTTIME"):
        pytest.skip("only Linux has a monotonic clock that stops in sleep")
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert before <= clock.SystemClock().now() <= time.clock_gettime(time.CLOCK_BOOTTIME)
