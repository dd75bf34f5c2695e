"""The chain in computed rooms: what is taken out of the microphone, what is heard, and decided."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from room import HEADPHONES, ROOMS, Room, Samples, Simulated, as_pcm, as_samples, dbfs, speech

from s2s import pcm
from s2s.audio.echo.aec3 import DELAY
from s2s.audio.echo.ears import Ears, Wanted
from s2s.audio.events import EchoJudged, Event, VoiceStarted, VoiceStopped
from s2s.audio.live.chain import Taken

pytestmark = pytest.mark.skipif(not shutil.which("flite"), reason="flite speaks here")

REPLY = "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background."
WORDS = "Wait, please tell me about the train"
LATE = DELAY // pcm.SAMPLE_SIZE
NOISY_HEADPHONES = (
    replace(HEADPHONES[0], name="headphones in noise", noise_dbfs=-50),
    replace(HEADPHONES[1], name="closed headphones in loud noise", noise_dbfs=-40),
)


class Talk:
    """Replies one after another in a room; the speaker rests between them."""

    def __init__(self, room: Room, wanted: Wanted = "auto", hint_ms: float | None = None) -> None:
        self.by_system = wanted == "platform"
        ears = partial(
            Ears, wanted=wanted, hint_ms=lambda: hint_ms, cancelled=lambda: self.by_system
        )
        self.room = Simulated(room, ears)
        self.begins: list[float] = []
        self.ends: list[float] = []

    def reply(self, *, said: Samples | None = None, after_ms: float = 0, at_once: int = 2) -> None:
        """One reply is heard, perhaps with something said into it, and the speaker rests."""
        n = len(self.begins)
        self.room.wake(at_once=at_once)
        self.room.run(600 + 3.7 * n)  # nothing falls together with anything by chance
        self.begins.append(self.room.now_ms)
        if said is not None:
            self.room.say(said, self.room.now_ms + after_ms)
        self.room.reply(n, speech(REPLY))
        self.room.until_heard(n)
        self.ends.append(self.room.now_ms)
        self.room.run(1200)
        self.room.rest()
        self.room.run(1500 + 7.3 * n)

    def reduction_db(self, n: int) -> float:
        """How much was taken out of the microphone while a reply sounded."""
        between = self.begins[n], self.ends[n]
        return dbfs(self.room.raw(*between)) - dbfs(self.room.sent(*between))

    def voices(self, since: int = 0) -> list[float]:
        """When somebody was heard to speak, from a reply on, in ms since it began."""
        begin = self.begins[since]
        return [at - begin for at, _ in self.room.of(VoiceStarted, begin)]

    @property
    def doings(self) -> list[str]:
        return [each.doing for _, each in self.room.of(EchoJudged)]

    def like(self, said: Samples, n: int, after_ms: float) -> float:
        """How much what was sent is what was said, as a ratio in dB."""
        begin = self.begins[n] + after_ms
        clean = as_samples(as_pcm(said))
        sent = self.room.sent(begin)[LATE : LATE + len(clean)]
        gain = (sent @ clean) / (clean @ clean)
        rest = sent - gain * clean
        return float(10 * np.log10(gain**2 * (clean @ clean) / (rest @ rest)))


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_in_a_room_the_assistant_does_not_hear_itself(room: Room) -> None:
    talk = Talk(room)
    for _ in range(2):
        talk.reply()
    assert talk.doings[:2] == ["judging", "cancelling"]
    assert "headphones" not in talk.doings
    assert talk.voices(since=1) == []
    least = 17 if room.name == "noisy" else 28  # noise is not taken out
    assert talk.reduction_db(1) > least


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_who_speaks_into_a_reply_is_noticed_within_400_ms(room: Room) -> None:
    talk = Talk(room)
    talk.reply()
    talk.reply(said=speech(WORDS, "slt", -25), after_ms=2500)
    assert talk.voices(since=1), "noticed"
    assert 0 <= talk.voices(since=1)[0] - 2500 <= 400


@pytest.mark.parametrize("room", HEADPHONES + NOISY_HEADPHONES, ids=lambda room: room.name)
@pytest.mark.parametrize("after_ms", [800, 1900])
def test_with_headphones_the_first_reply_leaves_the_user_as_without_a_canceller(
    room: Room, after_ms: float
) -> None:
    said = speech(WORDS, "slt", -25)
    talk = Talk(room)
    talk.reply(said=said, after_ms=after_ms)
    alone = 10 * np.log10((said**2).mean() / 10 ** (room.noise_dbfs / 10))
    assert talk.like(said, 0, after_ms) > min(25, alone) - 3
    first = talk.voices()[0] - after_ms
    assert 0 <= first <= 200


@pytest.mark.parametrize("after_ms", [0, 300])
def test_with_headphones_who_speaks_as_the_first_reply_begins_is_left_alone_half_a_second_later(
    after_ms: float,
) -> None:
    said = speech(WORDS, "slt", -25)
    talk = Talk(HEADPHONES[0])
    talk.reply(said=said, after_ms=after_ms)
    late = said[round((600 - after_ms) * 24) :]
    assert talk.like(late, 0, 600) > 20


@pytest.mark.parametrize("room", HEADPHONES, ids=lambda room: room.name)
def test_with_headphones_nobody_is_cancelled_who_begins_when_most_echoes_would_have_come(
    room: Room,
) -> None:
    said = speech(WORDS, "slt", -25)
    talk = Talk(room)
    talk.reply(said=said, after_ms=240)
    assert talk.like(said[: 80 * 24], 0, 240) > 30


@pytest.mark.parametrize(
    ("voice", "words"),
    [("slt", WORDS), ("slt", "count to ten"), ("awb", "count to ten"), ("kal16", WORDS)],
)
def test_with_headphones_a_quiet_voice_that_begins_early_is_no_echo_of_a_delay_that_was_silent(
    voice: str, words: str
) -> None:
    """What it has of the reply by chance stands out where no echo can be by then."""
    said = speech(words, voice, -34)
    talk = Talk(HEADPHONES[1])
    talk.reply(said=said, after_ms=270)
    assert talk.like(said, 0, 270) > 30


def test_an_echo_that_comes_later_than_most_is_let_through_for_a_moment_and_is_no_voice() -> None:
    far = next(room for room in ROOMS if room.name == "far")
    talk = Talk(far)
    talk.reply()
    begin = talk.begins[0]
    assert dbfs(talk.room.sent(begin + 290, begin + 330)) > -40
    assert dbfs(talk.room.sent(begin + 430, begin + 480)) < -70
    assert talk.voices() == []


def test_what_is_left_of_an_echo_while_the_canceller_is_new_does_not_last_long_enough() -> None:
    clipped = next(room for room in ROOMS if room.name == "clipped")
    for seed in (2, 3):  # a detector of speech hears some of it, after 1.2 and 1.9 s
        talk = Talk(replace(clipped, seed=seed))
        talk.reply()
        assert talk.voices() == []


@pytest.mark.parametrize("room", HEADPHONES, ids=lambda room: room.name)
def test_headphones_are_recognised_within_the_first_second_and_for_good(room: Room) -> None:
    talk = Talk(room)
    for _ in range(3):
        talk.reply()
    assert talk.doings == ["judging", "headphones"]
    (_, _), (at, judged) = talk.room.of(EchoJudged)
    assert at - talk.begins[0] < 1000
    assert judged.leak_db is not None
    assert judged.leak_db <= -45
    assert talk.voices() == []
    assert abs(talk.reduction_db(1)) < 0.5, "nothing is done"


@pytest.mark.parametrize("echo_db", [-25, -30, -35])
def test_an_echo_that_a_detector_would_hear_is_never_taken_for_headphones(echo_db: float) -> None:
    talk = Talk(Room(echo_db=echo_db))
    talk.reply(said=speech(WORDS, "slt", -20), after_ms=0)
    talk.reply(said=speech(WORDS, "slt", -30), after_ms=700)
    talk.reply()
    assert "headphones" not in talk.doings


def test_a_microphone_that_is_switched_off_says_nothing_about_headphones() -> None:
    talk = Talk(ROOMS[1])
    talk.room.air.muted = True
    talk.reply()
    assert talk.doings == ["judging"]


def test_a_microphone_that_is_muted_while_a_reply_sounds_does_not_become_headphones() -> None:
    talk = Talk(ROOMS[1])
    talk.reply()
    talk.room.air.muted = True
    talk.reply()
    talk.room.air.muted = False
    talk.reply()
    assert "headphones" not in talk.doings
    assert talk.voices(since=1) == []


@pytest.mark.parametrize("room", [ROOMS[1], ROOMS[3], ROOMS[4]], ids=lambda room: room.name)
def test_a_speaker_that_is_opened_again_with_more_or_less_in_its_buffers_fools_nobody(
    room: Room,
) -> None:
    talk = Talk(room)
    for at_once in (2, 3, 2, 3, 3, 2):
        talk.reply(at_once=at_once)
    assert talk.voices(since=1) == []


class Attentive:
    """An engine that takes nothing out and remembers what it heard beside what."""

    speech_probability = 0.0

    def __init__(self, heard: list[tuple[bytes, bytes]]) -> None:
        self._heard = heard

    def process(self, near: bytes, far: bytes) -> bytes:
        self._heard.append((near, far))
        return near


def test_what_was_heard_beside_the_wrong_reference_is_heard_again_beside_the_right_one() -> None:
    heard: list[tuple[bytes, bytes]] = []
    room = Simulated(
        replace(ROOMS[1], walls=False),
        lambda post: Ears(post, "cancel", engine=lambda _: Attentive(heard)),
    )
    for at_once in (2, 6):  # the second reply sounds 40 ms later than the first did
        room.wake(at_once=at_once)
        room.run(600)
        heard.clear()
        room.reply(at_once, speech(REPLY))
        room.until_heard(at_once)
        room.run(1200)
        room.rest()
        room.run(2500)

    def distance_ms(pairs: list[tuple[bytes, bytes]]) -> float:
        near, far = (as_samples(b"".join(side)) for side in zip(*pairs, strict=True))
        size = 2 * len(near)
        echo = np.fft.irfft(np.fft.rfft(near, size) * np.conj(np.fft.rfft(far, size)))
        return float(echo.argmax() / 24)

    nears = [near for near, _ in heard]
    first = next(n for n, near in enumerate(nears) if near in nears[:n])
    size = first - nears.index(nears[first])
    assert 10 <= size <= 50
    assert nears[first : first + size] == nears[first - size : first]
    wrong, right = heard[first - size : first], heard[first : first + size]
    goes_on = heard[first + size : first + 2 * size]
    assert distance_ms(wrong) - distance_ms(right) == pytest.approx(40, abs=0.5)
    assert distance_ms(right) == pytest.approx(distance_ms(goes_on), abs=0.1)


@pytest.mark.parametrize("ms", [5, 20, 40])
def test_an_underrun_between_replies_fools_nobody(ms: float) -> None:
    talk = Talk(ROOMS[1])
    talk.reply()
    talk.room.wake()
    talk.room.run(300)
    talk.room.underrun(ms)
    talk.room.run(1000)
    talk.room.reply("late", speech(REPLY))
    begin = talk.room.now_ms
    talk.room.until_heard("late")
    assert talk.room.of(VoiceStarted, begin) == []
    raw, sent = talk.room.raw(begin + 500), talk.room.sent(begin + 500)
    assert dbfs(raw) - dbfs(sent) > 20


def test_outside_of_replies_the_user_is_sent_to_the_sample_9_ms_later() -> None:
    talk = Talk(replace(ROOMS[1], noise_dbfs=-120))
    said = speech(WORDS, "slt", -25)
    talk.reply()
    begin = talk.room.now_ms
    talk.room.say(said, begin)
    talk.room.run(3000)
    heard = talk.room.raw(begin)[: len(said)]
    assert np.array_equal(talk.room.sent(begin)[LATE : LATE + len(said)], heard)
    assert not talk.room.of(VoiceStarted), "outside of a reply that is the endpoint's to notice"


def test_a_voice_that_was_noticed_is_heard_out() -> None:
    talk = Talk(ROOMS[1])
    talk.reply()
    talk.reply(said=speech(WORDS, "slt", -25), after_ms=3000)
    started = talk.room.of(VoiceStarted, talk.begins[1])
    stopped = talk.room.of(VoiceStopped, talk.begins[1])
    assert len(started) == len(stopped) >= 1
    for (_, begun), (_, ended) in zip(started, stopped, strict=True):
        assert begun.at_ms is not None
        assert ended.at_ms is not None
        assert begun.at_ms <= ended.at_ms


def test_other_devices_are_judged_anew() -> None:
    talk = Talk(HEADPHONES[1])
    talk.reply()
    talk.room.chain.reopened()
    assert talk.doings == ["judging", "headphones", "judging"]
    talk.reply()
    assert talk.doings[-1] == "headphones"


def test_where_the_system_cancels_nothing_is_done_but_to_listen() -> None:
    talk = Talk(replace(HEADPHONES[1], noise_dbfs=-70), "platform")
    said = speech(WORDS, "slt", -25)
    talk.reply(said=said, after_ms=1000)
    assert talk.doings == ["platform"]
    assert np.array_equal(talk.room.sent(), talk.room.raw())
    assert 0 <= talk.voices()[0] - 1000 <= 200


@pytest.mark.parametrize(
    ("wanted", "then"), [("auto", "judging"), ("cancel", "cancelling"), ("platform", "off")]
)
def test_other_devices_are_cancelled_by_the_system_or_not(wanted: Wanted, then: str) -> None:
    talk = Talk(ROOMS[1], wanted)
    talk.by_system = True
    talk.room.chain.reopened()
    talk.reply()
    assert talk.doings[-1] == "platform"
    assert np.array_equal(talk.room.sent(), talk.room.raw())
    talk.by_system = False
    talk.room.chain.reopened()
    assert talk.doings[-1] == then, "of the microphone that is used now nothing is cancelled"


def test_a_canceller_that_does_not_load_leaves_the_microphone_as_it_is_and_says_so() -> None:
    posted: list[Event] = []
    ears = Ears(posted.append, "auto", loads=lambda: False)
    ears.load()
    assert posted == [EchoJudged("missing")]
    said = as_pcm(speech(WORDS, "slt", -25))[: pcm.size_of(20)]
    assert ears.cleaned(said, 0, Taken(0, 0)) == said


def test_what_is_taken_out_is_told_after_a_reply() -> None:
    talk = Talk(ROOMS[1], "cancel")
    talk.reply()
    talk.reply()
    told = [each.reduction_db for _, each in talk.room.of(EchoJudged)]
    assert told[0] is None
    assert told[1] == pytest.approx(talk.reduction_db(0), abs=3)
