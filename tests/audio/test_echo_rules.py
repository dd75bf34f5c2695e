"""The parts of echo cancelling by themselves: when each begins, and what it takes for certain."""

from __future__ import annotations

import pytest
from fakes import tone
from test_echo_parts import Scripted

from s2s import pcm
from s2s.audio.echo.canceller import TAIL, WARM, RestingCanceller
from s2s.audio.echo.judge import Leak
from s2s.audio.echo.reduction import Reduction
from s2s.audio.echo.verdict import Verdict
from s2s.audio.echo.voice import ByProbability, Chunk, Fact, Voice
from s2s.audio.events import VoiceStarted, VoiceStopped

STILL = pcm.silence(20)
ROOM = b"\1\0" * 480


class Engine:
    """Takes out all that there is, and remembers what it was given."""

    speech_probability = 0.9

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def process(self, near: bytes, far: bytes) -> bytes:
        self.heard.append(near)
        return bytes(len(near))


def made(*, ready: bool = False) -> tuple[RestingCanceller, Engine]:
    engine = Engine()
    canceller = RestingCanceller(lambda: engine)
    canceller.ready = ready
    return canceller, engine


def works(canceller: RestingCanceller) -> bool:
    """Whether what was given last went through the engine."""
    return canceller.speech_probability > 0


def test_a_new_engine_hears_a_second_of_the_room_before_it_rests() -> None:
    canceller, engine = made(ready=True)
    for _ in range(WARM):
        canceller.clean(ROOM, STILL, TAIL)
        assert works(canceller)
    for _ in range(20):
        canceller.clean(ROOM, STILL, TAIL)
    assert not works(canceller)
    assert len(engine.heard) >= WARM


def test_before_the_devices_are_open_no_engine_is_made_for_silence() -> None:
    canceller, engine = made()
    canceller.clean(ROOM, STILL, TAIL)
    assert not engine.heard


def test_an_engine_begins_with_the_chunk_before_the_one_that_it_is_wanted_for() -> None:
    canceller, engine = made()
    first, second = tone(40)[: len(STILL)], tone(40)[len(STILL) :]
    canceller.clean(first, STILL, TAIL)
    canceller.clean(second, STILL, 0)
    assert engine.heard == [first, second]


def test_the_quiet_from_before_a_sound_says_nothing_of_the_room_behind_it() -> None:
    canceller, _ = made()
    canceller.clean(ROOM, STILL, 0)
    for _ in range(9):
        canceller.clean(ROOM, STILL, TAIL)
    assert works(canceller), "too few chunks to know the room by"
    canceller.clean(ROOM, STILL, 0)
    canceller.clean(ROOM, STILL, TAIL)
    assert works(canceller)


@pytest.mark.parametrize(("at_most_db", "choice"), [(-42.0, "cancelling"), (-46.0, "headphones")])
def test_headphones_that_are_put_on_take_more_silence_than_headphones_from_the_beginning(
    at_most_db: float, choice: str
) -> None:
    verdict = Verdict()
    for _ in range(3):
        verdict.looked(Leak(-20.0, -20.0))
    assert verdict.choice == "cancelling"
    for _ in range(30):
        verdict.looked(Leak(at_most_db))
    assert verdict.choice == choice


def heard(reduction: Reduction, ms: int, *, left: float) -> bool:
    """A reply sounds for `ms`, and so much of it is left; whether there is a new figure."""
    for _ in range(ms // 20):
        reduction.hear(tone(20, level=0.5), tone(20, level=0.5 * left))
    return reduction.settled()


def test_what_a_canceller_takes_out_is_settled_after_a_second_of_sound() -> None:
    reduction = Reduction()
    assert not heard(reduction, 500, left=0.1)
    assert reduction.db is None
    assert heard(reduction, 500, left=0.1), "what was heard before counts"
    assert reduction.db == pytest.approx(20, abs=0.2)


def test_five_seconds_of_a_reply_say_as_much_as_all_of_it() -> None:
    reduction = Reduction()
    for n in range(500):
        left = 0.1 if n < 250 else 0.01
        reduction.hear(tone(20, level=0.5), tone(20, level=0.5 * left))
    assert reduction.settled()
    assert reduction.db == pytest.approx(20, abs=0.2)


def test_only_what_has_changed_by_3_db_is_told_again() -> None:
    reduction = Reduction()
    assert heard(reduction, 1_000, left=0.1)
    assert not heard(reduction, 1_000, left=0.12)
    assert reduction.db == pytest.approx(20, abs=0.2)
    assert heard(reduction, 1_000, left=0.05)
    assert reduction.db == pytest.approx(26, abs=0.2)


def test_silence_says_nothing_of_what_is_taken_out() -> None:
    reduction = Reduction()
    for _ in range(100):
        reduction.hear(STILL, STILL)
    assert not reduction.settled()


class Listener:
    """A detector that remembers what it heard."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def hears(self, chunks: list[Chunk]) -> bool:
        self.heard += [chunk for chunk, _ in chunks]
        return False

    def reset(self) -> None:
        self.heard = []


def test_a_detector_that_is_wanted_hears_the_ten_chunks_from_before_as_well() -> None:
    detector = Listener()
    voice = Voice(detector)
    chunks = [bytes([n, 1]) * 480 for n in range(1, 31)]
    for n, chunk in enumerate(chunks[:29]):
        voice.hear(chunk, n * len(chunk), 0.0, wanted=False, sure=True)
    assert not detector.heard, "nobody wants to know"
    voice.hear(chunks[29], 29 * len(chunks[29]), 0.0, wanted=True, sure=True)
    assert detector.heard == chunks[19:]


def test_without_a_network_30_ms_are_speech_of_which_the_canceller_is_sure() -> None:
    detector = ByProbability()
    assert not detector.hears([(STILL, 0.7)])
    assert detector.hears([(STILL, 0.7)])
    assert not detector.hears([(STILL, 0.69)])
    assert not detector.hears([(STILL, 0.9)])
    assert detector.hears([(STILL, 0.1), (STILL, 0.8), (STILL, 0.8)])
    detector.reset()
    assert not detector.hears([(STILL, 0.9)])


def test_silent_chunks_are_heard_together_and_before_one_that_may_begin_a_voice() -> None:
    detector = Listener()
    voice = Voice(detector)
    silent = [bytes([n, 0]) * 480 for n in range(1, 31)]
    for n, chunk in enumerate(silent):
        voice.hear(chunk, n * len(chunk), 0.0, wanted=True, sure=True)
        assert detector.heard == (silent[:25] if n >= 24 else [])
    voice.hear(b"\0\1" * 480, 30 * 960, 0.0, wanted=True, sure=True)
    assert detector.heard == [*silent, b"\0\1" * 480]


@pytest.mark.parametrize(("gap_ms", "voices"), [(40, 1), (60, 2)])
def test_between_two_syllables_a_voice_has_not_stopped(gap_ms: int, voices: int) -> None:
    voice, loud, told = Voice(Scripted()), b"\0\x10" * 480, list[Fact]()
    gap = [STILL] * (gap_ms // 20)
    for n, chunk in enumerate([loud, loud, *gap, loud, loud, *[STILL] * 5]):
        fact = voice.hear(chunk, n * len(chunk), 0.0, wanted=True, sure=True)
        told += [fact] if fact else []
    assert [type(each) for each in told] == [VoiceStarted, VoiceStopped] * voices
