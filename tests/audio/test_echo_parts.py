"""The parts of what is done about an echo: the reference, the verdict, the voice."""

from __future__ import annotations

from itertools import pairwise

import pytest

from s2s import pcm
from s2s.audio.echo.aec3 import CHUNK, DELAY
from s2s.audio.echo.canceller import TAIL, RestingCanceller
from s2s.audio.echo.distance import Distance
from s2s.audio.echo.judge import Leak
from s2s.audio.echo.reference import Reference
from s2s.audio.echo.verdict import Verdict
from s2s.audio.echo.voice import Chunk, Fact, Voice
from s2s.audio.events import Times, VoiceStarted, VoiceStopped

BLOCK = pcm.size_of(10)


def block(n: int) -> bytes:
    return bytes([1 + n % 100, 0]) * 240


class Speaker:
    """Takes numbered blocks; the microphone's chunks come beside them."""

    def __init__(self) -> None:
        self.reference = Reference()
        self.taken = 0

    def take(self, blocks: int) -> None:
        for _ in range(blocks):
            n = self.taken // BLOCK
            self.reference.played(block(n), self.taken, Times(n * 240))
            self.taken += BLOCK

    def chunk(self, at: int) -> bytes:
        evenly = self.taken - BLOCK / 2
        return self.reference.beside(at, 2 * BLOCK, self.taken, evenly)


def test_what_the_speaker_took_ahead_is_passed_over_and_the_distance_stays() -> None:
    speaker = Speaker()
    speaker.reference.played(bytes(BLOCK), 0, Times(0))
    speaker.taken = BLOCK
    speaker.take(3)  # at once
    distances = set()
    for n in range(60):
        speaker.take(2)
        far = speaker.chunk(n * 2 * BLOCK)
        distances.add(far[:2])
    assert len(distances) > 40, "it goes on, block by block"


def test_a_hole_does_not_move_what_comes_behind_it() -> None:
    speaker = Speaker()
    ahead = []
    for n in range(40):
        if n != 20:  # late for once, and made up for
            speaker.take(4 if n == 21 else 2)
        far = speaker.chunk(n * 2 * BLOCK)
        ahead.append((far[BLOCK - 2] - far[-2]) if any(far) else None)
    speaker_now = speaker.chunk(40 * 2 * BLOCK - 2 * BLOCK)
    assert speaker_now.count(0) < len(speaker_now)


def test_a_speaker_that_stays_behind_does_not_leave_a_hole_for_good() -> None:
    speaker = Speaker()
    at = 0
    for _ in range(30):
        speaker.take(2)
        speaker.chunk(at)
        at += 2 * BLOCK
    holes = []
    for n in range(30):
        if n:  # one chunk's worth was never taken
            speaker.take(2)
        far = speaker.chunk(at)
        holes.append(far.endswith(b"\0\0\0\0"))
        at += 2 * BLOCK
    assert not any(holes[8:])


def test_one_look_decides_nothing_and_a_few_decide_for_good() -> None:
    verdict = Verdict()
    assert not verdict.looked(Leak(-60))
    assert not verdict.looked(Leak(-30))
    assert [verdict.looked(Leak(-60)) for _ in range(3)] == [False, False, True]
    assert verdict.choice == "headphones"
    assert not any(verdict.looked(Leak(-20)) for _ in range(20)), "loud, but no echo"
    assert not any(verdict.looked(Leak(-35, -35)) for _ in range(20)), "too weak to matter"


def test_what_is_not_certain_yet_decides_nothing() -> None:
    verdict = Verdict()
    assert not any(verdict.looked(Leak(-60, certain=False)) for _ in range(20))


def test_headphones_that_are_pulled_out_or_put_on_are_noticed() -> None:
    verdict = Verdict()
    for _ in range(3):
        verdict.looked(Leak(-12, -12))
    assert (verdict.choice, verdict.leak_db) == ("cancelling", -12)
    assert [verdict.looked(Leak(-50)) for _ in range(10)] == [False] * 9 + [True]
    assert [verdict.looked(Leak(-15, -15)) for _ in range(4)] == [False, False, False, True]
    assert verdict.choice == "cancelling"


class Scripted:
    """Hears a voice where the chunk is loud."""

    def hears(self, chunks: list[Chunk]) -> bool:
        return any(chunks[-1][0])

    def reset(self) -> None:
        pass


def facts(
    loud_ms: int, *, sure: bool, wanted_ms: int = 5000, level: int = 1000, least: float = 0.0
) -> list[Fact]:
    voice, told = Voice(Scripted()), []
    for at in range(0, 2000, 20):
        chunk = level.to_bytes(2, "little") * 480 if 500 <= at < 500 + loud_ms else bytes(CHUNK)
        wanted = at < wanted_ms
        fact = voice.hear(chunk, pcm.size_of(at), 0.0, wanted=wanted, sure=sure, least=least)
        told += [fact] if fact else []
    return told


def test_a_voice_is_told_at_once_and_where_it_ended() -> None:
    assert facts(200, sure=True) == [VoiceStarted(), VoiceStopped()]
    started, stopped = facts(200, sure=True)
    assert (started.at_ms, stopped.at_ms) == (500, 700)


@pytest.mark.parametrize(("loud_ms", "count"), [(200, 0), (400, 2)])
def test_where_an_echo_may_be_left_a_voice_has_to_last(loud_ms: int, count: int) -> None:
    told = facts(loud_ms, sure=False)
    assert len(told) == count
    if told:
        assert told[0].at_ms == 500, "and is told from its beginning"


def test_a_voice_is_heard_out_when_nobody_wants_to_know_any_more() -> None:
    assert facts(600, sure=True, wanted_ms=600) == [VoiceStarted(), VoiceStopped()]
    assert facts(600, sure=True, wanted_ms=300) == []


def test_what_is_no_louder_than_silence_or_than_headphones_leak_begins_no_voice() -> None:
    assert facts(600, sure=True, level=30) == []
    assert facts(600, sure=True, level=1000, least=0.04) == []
    assert len(facts(600, sure=True, level=1000, least=0.02)) == 2


class Halving:
    """An engine that is as late as the real one, and gives zeros."""

    speech_probability = 0.0

    def __init__(self) -> None:
        self.calls = 0

    def process(self, near: bytes, far: bytes) -> bytes:
        self.calls += 1
        return bytes(len(near))


def test_a_canceller_rests_when_nothing_has_sounded_for_a_second_and_nobody_speaks() -> None:
    engine = Halving()
    canceller = RestingCanceller(lambda: engine)
    quiet, loud = b"\1\0" * 480, b"\1\1" * 480
    canceller.clean(quiet, bytes(CHUNK), -CHUNK)
    for _ in range(30):
        canceller.clean(loud if engine.calls % 2 else quiet, bytes(CHUNK), 0)
    for _ in range(5):
        canceller.clean(loud, bytes(CHUNK), TAIL)
    worked = engine.calls
    for _ in range(20):
        canceller.clean(quiet, bytes(CHUNK), TAIL)
    rested = engine.calls
    assert worked > 30
    assert rested < worked + 20
    for _ in range(10):
        canceller.clean(quiet, bytes(CHUNK), TAIL)
    assert engine.calls == rested


def test_what_rests_and_what_is_gone_round_is_as_late_as_the_engine() -> None:
    canceller = RestingCanceller(Halving)
    said = b"".join(bytes([n % 251, n // 251]) for n in range(480 * 5))
    pieces = [said[at : at + CHUNK] for at in range(0, len(said), CHUNK)]
    given = b"".join(canceller.clean(each, bytes(CHUNK), TAIL) for each in pieces)
    assert given == (bytes(DELAY) + said)[: len(said)]


def test_two_looks_that_agree_put_the_reference_back_to_where_it_was() -> None:
    distance = Distance()
    assert [distance.looked(60.0, -10.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    distance.opened()
    assert not distance.known
    assert distance.looked(70.1, -10.5) == 0.0
    assert distance.looked(70.0, -10.0) == -10.0
    assert distance.known
    assert distance.looked(70.0, -10.0) == 0.0, "once is enough"


@pytest.mark.parametrize(
    ("delay_ms", "found_db"),
    [(70.0, -30.0), (70.0, 2.0), (170.0, -10.0), (61.0, -10.0), (None, None)],
)
def test_what_is_another_echo_or_none_moves_nothing(
    delay_ms: float | None, found_db: float | None
) -> None:
    distance = Distance()
    for _ in range(2):
        distance.looked(60.0, -10.0)
    distance.opened()
    assert not any(distance.looked(delay_ms, found_db) for _ in range(5))


def test_a_speaker_that_is_opened_again_without_a_rest_counts_its_sound_anew() -> None:
    speaker = Speaker()
    speaker.take(10)
    assert speaker.reference.sounded == 10 * BLOCK
    speaker.reference.played(block(1), speaker.taken, Times(0))
    assert speaker.reference.sounded == BLOCK


@pytest.mark.parametrize("size", [-pcm.size_of(100), -2 * BLOCK, 2 * BLOCK, pcm.size_of(100)])
def test_where_the_place_of_a_chunk_alone_is_put_right_the_reference_goes_on(size: int) -> None:
    speaker = Speaker()
    speaker.take(20)
    at = speaker.taken - pcm.size_of(20)
    heard = b""
    for n in range(60):
        speaker.take(2)
        if n == 30:
            at += size
        heard += speaker.chunk(at)
        at += 2 * BLOCK
    numbers = [heard[first] for first in range(0, len(heard), BLOCK)]
    steps = {(after - before) % 100 for before, after in pairwise(numbers[4:])}
    assert steps == {1}, "block by block, none twice and none passed over"


def test_where_sound_was_lost_the_reference_is_that_of_what_was_heard() -> None:
    speaker = Speaker()
    speaker.take(20)
    at = speaker.taken - pcm.size_of(20)
    far = {}
    for n in range(60):
        speaker.take(2 if n != 30 else 12)  # 100 ms of the microphone are missing
        at += 2 * BLOCK if n != 30 else 12 * BLOCK
        far[at] = speaker.chunk(at)
    behind = {(far[place][0] - 1 - place // BLOCK) % 100 for place in list(far)[25:]}
    assert len(behind) == 1, "as far behind what lies beside it as before"
