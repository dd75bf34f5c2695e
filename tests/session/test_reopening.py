"""How a lost device is looked for: first where it was, then elsewhere, then with PortAudio anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import pytest
from fakes import tone
from virtual_audio import Waiting

from s2s import pcm
from s2s.audio.devices.choice import Device, choose
from s2s.audio.devices.protocols import PCM, Post, Pull, Side, Source
from s2s.audio.events import (
    AudioCaptured,
    AudioPlayed,
    DeviceBack,
    DeviceLost,
    DevicePaused,
    DevicesListed,
    DeviceStillGone,
    Event,
    Times,
)
from s2s.audio.live.standstill import LONGEST_S
from s2s.errors import SoundError
from s2s.session.devices import Devices
from s2s.session.reopening import Reopening

BUILT_IN = Device(0, "Built-in", "ALSA", 2, 2, 48_000, default_input=True, default_output=True)
YETI = Device(1, "Yeti", "ALSA", 2, 2, 48_000)
LOST = SoundError("It is lost.")


class Posted(Waiting):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def answer(self) -> Event:
        """What has become of a device, once that is known."""
        kinds = (DeviceBack, DeviceStillGone, DevicesListed)
        assert self.wait(lambda: any(isinstance(each, kinds) for each in self.events))
        at, answer = next((n, e) for n, e in enumerate(self.events) if isinstance(e, kinds))
        del self.events[: at + 1]
        return answer


class System:
    """PortAudio: knows what was there when it was started, and opens what is there and not busy."""

    def __init__(self, *there: Device) -> None:
        self.there, self.known = list(there), list(there)
        self.busy: set[str] = set()
        self.stale: set[str] = set()  # known, but only a start makes it usable
        self.starts = self.looks = 0
        self.stuck = False
        self.posted = Posted()
        self.tries = 0
        self.meanwhile: Callable[[], None] = lambda: None  # what happens during a look
        self.started: list[tuple[Side, str]] = []
        self.running: set[Side] = {"microphone", "speaker"}

    def devices(self) -> list[Device]:
        return self.known

    def restart(self) -> None:
        self.starts += 1
        self.known = list(self.there)
        self.stale.clear()

    def start(self, side: Side, device: Device) -> None:
        self.tries += 1
        present = device.name in {each.name for each in self.there}
        if not present or device.name in self.busy | self.stale:
            raise SoundError(f"The {side} {device.name} does not open.")
        self.started.append((side, device.name))

    # what a child sees

    def look(self) -> list[Device]:
        self.looks += 1
        self.meanwhile()
        return list(self.there)

    # what Devices knows

    def runs(self, side: Side) -> bool:
        return side in self.running

    def gap_ms(self, side: Side) -> int:
        return 700

    def expect(self, side: Side, name: str) -> None:
        self.posted(DeviceBack(side, name, 1200))

    def pause(self, leaving: Side) -> None:
        pass

    def stand_still(self) -> None:
        pass


class Child:
    def __init__(self, system: System) -> None:
        self._system = system
        self.closed = False

    def devices(self) -> list[Device]:
        return self._system.look()

    def close(self) -> None:
        self.closed = True


class Search:
    def __init__(self, *there: Device, wanted: str | None = None) -> None:
        self.system = System(*there)
        self.posted = self.system.posted
        self.child = Child(self.system)

        def chosen(devices: Sequence[Device], side: Side) -> Device:
            return choose(devices, wanted, side)

        self.reopening = Reopening(
            self.system, self.child, self.system, chosen, self.system.start, self.posted,
            opened={}, named={},
        )  # fmt: skip

    def again(self, side: Side = "microphone", name: str = "") -> Event:
        self.reopening.reopen(side, name)
        return self.posted.answer()


@pytest.fixture(autouse=True)
def no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what this machine lacks nothing is to be found out."""
    monkeypatch.setenv("PULSE_SERVER", "none")


def test_what_is_there_again_is_opened_where_it_was_and_nothing_else_is_asked() -> None:
    search = Search(YETI)
    search.system.running.clear()
    assert search.again() == DeviceBack("microphone", "Yeti", 1200)
    assert (search.system.looks, search.system.starts) == (0, 0)


def test_while_the_other_side_runs_only_what_a_child_sees_is_tried() -> None:
    """PortAudio may take a failure for a success then, and aborts the process."""
    search = Search(BUILT_IN, YETI, wanted="yeti")
    search.system.there.remove(YETI)
    for _ in range(5):
        search.again()
    assert (search.system.tries, search.system.starts) == (0, 0)
    search.system.there.append(YETI)
    assert search.again() == DeviceBack("microphone", "Yeti", 1200)
    assert (search.system.tries, search.system.starts) == (1, 0), "where it was"


def test_where_no_child_can_look_it_is_tried_all_the_same() -> None:
    search = Search(YETI)

    def hang() -> None:
        raise SoundError("No list.")

    search.system.meanwhile = hang
    for _ in range(2):
        assert isinstance(search.again(), DeviceStillGone), "the next look may tell more"
    assert search.again() == DeviceBack("microphone", "Yeti", 1200)


def test_what_is_nowhere_is_waited_for_and_disturbs_nobody() -> None:
    search = Search(BUILT_IN, YETI, wanted="yeti")
    search.system.there.remove(YETI)
    for _ in range(9):
        answer = search.again()
        assert isinstance(answer, DeviceStillGone)
        assert answer.gap_ms == 700
        assert "yeti" in answer.error.message
    assert (search.system.looks, search.system.starts) == (9, 0)


def test_what_was_plugged_in_anew_is_found_by_a_child_and_opened_after_a_start() -> None:
    search = Search(BUILT_IN, YETI, wanted="yeti")
    search.system.there.remove(YETI)
    search.again()
    search.system.there.append(YETI)
    search.system.stale.add("Yeti")
    assert search.again() == DeviceBack("microphone", "Yeti", 1200)
    assert search.system.starts == 1


def test_another_place_of_the_same_card_is_the_same_device() -> None:
    there, again = (dataclasses.replace(YETI, name=f"Yeti (hw:{n},0)") for n in (1, 2))
    search = Search(BUILT_IN, there, wanted="Yeti (hw:1,0)")
    search.system.there = [BUILT_IN, again]
    assert search.again() == DeviceBack("microphone", "Yeti (hw:2,0)", 1200)
    assert search.system.starts == 1


def test_the_default_follows_the_default() -> None:
    search = Search(dataclasses.replace(YETI, default_input=True), BUILT_IN)
    search.system.known[1] = dataclasses.replace(BUILT_IN, default_input=False)
    search.system.there = [BUILT_IN]
    assert search.again() == DeviceBack("microphone", "Built-in", 1200)
    assert search.system.starts == 0, "it was known, and did not have to be looked for"


def test_a_device_that_another_program_holds_costs_the_other_side_one_start_at_most() -> None:
    search = Search(BUILT_IN, YETI, wanted="yeti")
    search.system.busy.add("Yeti")
    for _ in range(12):
        assert isinstance(search.again(), DeviceStillGone)
    assert search.system.starts == 1, "what is known of it might have been stale"
    assert search.system.tries == 13, "it is tried once each time, and once more then"
    search.system.busy.clear()
    assert isinstance(search.again(), DeviceBack)


def test_a_device_that_comes_back_in_use_costs_the_other_side_one_start() -> None:
    search = Search(BUILT_IN, YETI, wanted="yeti")
    search.system.there.remove(YETI)
    search.again()
    search.system.there.append(YETI)
    search.system.busy.add("Yeti")
    for _ in range(2):
        assert isinstance(search.again(), DeviceStillGone)
    assert search.system.starts == 1


def test_a_start_that_disturbs_nobody_is_made_at_once() -> None:
    search = Search(BUILT_IN, YETI, wanted="yeti")
    search.system.stale.add("Yeti")
    search.system.running.clear()
    assert isinstance(search.again(), DeviceBack)


def test_a_sound_system_that_hangs_is_asked_again_later() -> None:
    search = Search(YETI)
    search.system.stale.add("Yeti")
    search.system.stuck = True
    assert isinstance(search.again(), DeviceStillGone)
    assert (search.system.looks, search.system.starts) == (0, 0)


def test_another_device_may_be_chosen_and_is_looked_for_from_then_on() -> None:
    search = Search(BUILT_IN, YETI)
    assert search.again("speaker", "Yeti") == DeviceBack("speaker", "Yeti", 1200)
    assert search.again("speaker") == DeviceBack("speaker", "Yeti", 1200)
    assert search.again("microphone") == DeviceBack("microphone", "Built-in", 1200)
    assert search.reopening.devices == {"speaker": YETI, "microphone": BUILT_IN}


def test_a_choice_that_does_not_open_leaves_the_one_before() -> None:
    search = Search(BUILT_IN, YETI)
    search.system.busy.add("Yeti")
    assert isinstance(search.again("speaker", "Yeti"), DeviceStillGone)
    assert search.again("speaker") == DeviceBack("speaker", "Built-in", 1200)


def test_what_there_is_to_choose_is_what_is_there_now() -> None:
    search = Search(BUILT_IN)
    search.system.there = [BUILT_IN, dataclasses.replace(YETI, outputs=0)]
    search.reopening.list(["microphone", "speaker"])
    assert search.posted.answer() == DevicesListed(
        (
            ("microphone", "default"),
            ("microphone", "Built-in"),
            ("microphone", "Yeti"),
            ("speaker", "default"),
            ("speaker", "Built-in"),
        )
    )


def test_who_leaves_opens_nothing_more_and_ends_the_child() -> None:
    search = Search(YETI)
    search.again()
    search.reopening.close()
    search.reopening.reopen("microphone")
    assert search.child.closed
    assert search.system.started == [("microphone", "Yeti")]


def test_who_leaves_while_a_child_looks_opens_nothing_that_it_finds() -> None:
    search = Search(BUILT_IN, YETI, wanted="yeti")
    search.system.stale.add("Yeti")
    search.system.running.clear()
    search.system.meanwhile = search.reopening.close
    assert isinstance(search.again(), DeviceStillGone)
    assert not search.system.started


# --- what the time without a device is, and what is recorded of it


class Card:
    latency_ms = 25.0

    def __init__(self) -> None:
        self.post: Post
        self.pull: Pull
        self.closed = self.resting = False
        self._given = 0

    def rest(self) -> None:
        self.resting = True

    def wake(self) -> None:
        self.resting = False

    def close(self) -> None:
        self.closed = True

    def begin_anew(self) -> None:
        self._given = 0


class MicrophoneCard(Card):
    def start(self, post: Post) -> None:
        self.post = post

    def give(self) -> None:
        self.post(AudioCaptured(tone(20), times=Times(self._given)))
        self._given += 480


class SpeakerCard(Card):
    def start(self, source: Source, post: Post) -> None:
        self.post, self.source, self.pull = post, source, source.opened(PCM)

    def take(self) -> bytes:
        self._given += 240
        return self.pull(240, Times(self._given - 240))

    def begin_anew(self) -> None:
        super().begin_anew()
        self.source.rests()
        self.pull = self.source.opened(PCM)


class Session:
    """A microphone and a speaker on a clock that is turned by hand."""

    def __init__(self) -> None:
        self.time_ms = 10_000
        self.posted = Posted()
        self.devices = Devices(self.posted, now=lambda: self.time_ms / 1000)
        self.microphone, self.speaker = MicrophoneCard(), SpeakerCard()
        self.devices.open_microphone(self.microphone)
        self.devices.open_speaker(self.speaker)
        self.lives(1000)

    def lives(self, ms: int, *, microphone: bool = True, speaker: bool = True) -> None:
        """Time passes; in 100 ms a speaker takes ten blocks, a microphone gives five chunks."""
        for _ in range(ms // 20):
            self.time_ms += 20
            if speaker:
                self.speaker.take()
                self.speaker.take()
            if microphone:
                self.microphone.give()

    @property
    def recorded_ms(self) -> int:
        played = [each for each in self.posted.events if isinstance(each, AudioPlayed)]
        return sum(pcm.duration_ms(len(each.pcm)) for each in played)

    def of(self, kind: type) -> list[Event]:
        return [each for each in self.posted.events if isinstance(each, kind)]

    def lose(self, side: Side) -> None:
        card = self.microphone if side == "microphone" else self.speaker
        card.post(DeviceLost(side, LOST))

    def open_another(self, side: Side) -> None:
        if side == "microphone":
            self.microphone = MicrophoneCard()
            self.devices.open_microphone(self.microphone)
        else:
            self.speaker = SpeakerCard()
            self.devices.open_speaker(self.speaker)


@pytest.mark.parametrize("lost", [("microphone",), ("speaker",), ("microphone", "speaker")])
@pytest.mark.parametrize("first", [0, -1])
def test_the_recording_is_as_long_as_the_conversation_whatever_was_lost(
    lost: tuple[Side, ...], first: int
) -> None:
    session = Session()
    for side in lost:
        session.lose(side)
    session.lives(4000, microphone="microphone" not in lost, speaker="speaker" not in lost)
    back = [lost[first], *(side for side in lost if side != lost[first])]
    for side in back:
        session.open_another(side)
    session.lives(1000)
    assert session.recorded_ms == pytest.approx(6000, abs=120)
    chunks = [each for each in session.of(AudioCaptured) if isinstance(each, AudioCaptured)]
    last = chunks[-1].at
    assert last is not None
    assert pcm.duration_ms(last) == pytest.approx(6000, abs=150), "both sides are side by side"


def test_the_time_in_which_both_are_away_is_recorded_while_it_passes() -> None:
    session = Session()
    session.lose("microphone")
    session.lose("speaker")
    for passed in range(1, 60):
        session.time_ms += 1000
        session.devices.stand_still()
        assert session.recorded_ms == pytest.approx(1000 + passed * 1000, abs=120)


def test_a_program_that_stood_still_itself_makes_up_little() -> None:
    session = Session()
    session.lose("microphone")
    session.lose("speaker")
    session.time_ms += 3_600_000
    session.devices.stand_still()
    assert session.recorded_ms <= 1200 + 1000 * LONGEST_S


def test_a_device_that_runs_makes_up_for_the_other_by_itself() -> None:
    session = Session()
    session.lose("speaker")
    session.lives(3000, speaker=False)
    session.devices.stand_still()
    assert session.recorded_ms == pytest.approx(4000, abs=120)


def test_how_long_a_side_was_away_is_counted_from_its_last_sound() -> None:
    session = Session()
    session.lives(1000, speaker=False)  # it is noticed late
    session.lose("speaker")
    session.lives(3000, speaker=False)
    session.open_another("speaker")
    session.devices.expect("speaker", "Yeti")
    assert not session.of(DeviceBack), "it is open, and takes nothing yet"
    session.speaker.take()
    assert session.of(DeviceBack) == [DeviceBack("speaker", "Yeti", 4000)]


def test_a_device_that_gives_sound_at_once_is_back_at_once() -> None:
    session = Session()
    session.lose("microphone")
    session.open_another("microphone")
    session.time_ms += 500
    session.microphone.give()
    session.devices.expect("microphone", "Yeti")
    assert session.of(DeviceBack) == [DeviceBack("microphone", "Yeti", 500)]


def test_one_that_was_replaced_before_it_gave_anything_is_not_back() -> None:
    session = Session()
    session.lose("microphone")
    session.open_another("microphone")
    session.devices.expect("microphone", "Yeti")
    session.open_another("microphone")
    session.microphone.give()
    assert not session.of(DeviceBack)


def test_a_microphone_that_stood_still_for_the_others_sake_gives_silence_for_the_gap() -> None:
    session = Session()
    session.lose("speaker")
    session.devices.pause("speaker")
    session.time_ms += 180
    session.microphone.begin_anew()
    before = len(session.of(AudioCaptured))
    session.time_ms += 20
    session.microphone.give()
    assert session.of(DevicePaused) == [DevicePaused("microphone", 180)]
    silence, chunk = session.of(AudioCaptured)[before:]
    assert silence == AudioCaptured(pcm.silence(180), overrun=True)
    assert chunk == AudioCaptured(tone(20))


def test_a_speaker_that_stood_still_for_the_others_sake_goes_on_where_it_was() -> None:
    session = Session()
    session.devices.chain.play("part", tone(2000))
    heard = b"".join(session.speaker.take() for _ in range(50))
    session.lose("microphone")
    session.devices.pause("microphone")
    session.time_ms += 200
    session.speaker.begin_anew()
    heard += b"".join(session.speaker.take() for _ in range(50))
    assert session.of(DevicePaused) == [DevicePaused("speaker", 200)]
    assert heard == tone(2000)[: pcm.size_of(1000)]
    assert session.recorded_ms == pytest.approx(1000 + 500 + 200 + 500, abs=120)


def test_a_speaker_that_was_lost_and_calls_all_the_same_steals_no_sound() -> None:
    session = Session()
    session.devices.chain.play("part", tone(500))
    session.lose("speaker")
    assert session.speaker.take() == pcm.silence(10)
    session.open_another("speaker")
    assert session.speaker.take() == tone(500)[: pcm.size_of(10)]


def test_a_device_that_did_not_stand_still_after_all_makes_up_nothing() -> None:
    session = Session()
    session.lose("microphone")
    session.devices.pause("microphone")
    for _ in range(10):
        session.lives(100, microphone=False)
        session.time_ms += 30  # until the next block
        session.devices.stand_still()
    assert session.recorded_ms == pytest.approx(2000, abs=120)


def test_a_speaker_that_had_rested_did_not_stand_still_for_anybody() -> None:
    session = Session()
    session.devices.rest()
    session.lives(1000, speaker=False)
    session.devices.wake()
    session.speaker.begin_anew()
    session.speaker.take()
    assert not session.of(DevicePaused)


def test_what_is_opened_while_nobody_speaks_rests_as_well() -> None:
    session = Session()
    session.devices.rest()
    for side in ("microphone", "speaker"):
        session.open_another(side)
        session.devices.expect(side, "Yeti")
        card: Card = session.microphone if side == "microphone" else session.speaker
        assert not card.resting, "it would never begin"
    session.lives(20)
    assert session.microphone.resting
    assert session.speaker.resting
    assert len(session.of(DeviceBack)) == 2
