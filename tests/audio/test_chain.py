"""The chain between the devices: what is counted, what is tapped, who is pulled from."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from alignment import is_whole, noise
from fakes import tone

from s2s import pcm
from s2s.audio.devices.protocols import PCM, Opening, Pull
from s2s.audio.events import (
    AudioCaptured,
    AudioPlayed,
    DeviceLost,
    Event,
    Heard,
    PartPlayed,
    PartStarted,
    Times,
)
from s2s.audio.live.chain import Chain, Taken
from s2s.audio.live.worker import AtOnce, Work, WorkerThread

PART = "a part"


class Rig:
    """A chain, what it posted, and devices that give and take by hand."""

    def __init__(self) -> None:
        self.posted: list[Event] = []
        self.ears = Ears()
        self.chain = Chain(self.posted.append, prebuffer_ms=0, canceller=self.ears)
        self.pull: Pull = self.chain.opened(PCM)

    def take(self, ms: int) -> bytes:
        """The speaker takes blocks of 10 ms."""
        return b"".join(self.pull(240, Times(240 * n)) for n in range(ms // 10))

    def say(self, ms: int, audio: bytes = b"") -> None:
        for at in range(0, ms, 20):
            chunk = audio[pcm.size_of(at) : pcm.size_of(at + 20)]
            self.chain.capture(AudioCaptured(chunk.ljust(pcm.size_of(20), b"\0")))

    def both(self, ms: int) -> bytes:
        taken = b""
        for _ in range(0, ms, 20):
            taken += self.take(20)
            self.say(20)
        return taken

    def of(self, kind: type) -> list[Event]:
        return [each for each in self.posted if isinstance(each, kind)]

    @property
    def places(self) -> list[int]:
        """Where the chunks lie, in ms."""
        return [
            pcm.duration_ms(each.at or 0) for each in self.posted if isinstance(each, AudioCaptured)
        ]

    @property
    def played(self) -> bytes:
        return b"".join(each.pcm for each in self.posted if isinstance(each, AudioPlayed))


class Ears:
    """A stand-in for a canceller: halves what it hears, and keeps its reference."""

    def __init__(self) -> None:
        self.reference = b""
        self.silences = 0

    def played(self, block: bytes, at: int, times: Times | None, heard: Heard | None) -> None:
        assert at == len(self.reference), "no block is missing, none comes twice"
        self.reference += block
        self.silences += times is None

    def load(self) -> None:
        self.loaded = True

    def reopened(self) -> None:
        self.reference = b""

    def cleaned(self, chunk: bytes, at: int, taken: Taken) -> bytes:
        assert self.loaded
        return b"\1\0" * (len(chunk) // 2) if any(chunk) else chunk


def test_all_that_is_taken_is_told_in_tenths_of_a_second_with_the_playhead() -> None:
    rig = Rig()
    rig.chain.play(PART, tone(250))
    assert rig.take(300) == tone(250) + pcm.silence(50) == rig.played
    told = [each for each in rig.posted if isinstance(each, AudioPlayed)]
    assert [each.heard for each in told] == [Heard(PART, ms) for ms in (100, 200, 250)]


def test_a_chunk_lies_beside_what_was_taken_while_it_was_captured() -> None:
    rig = Rig()
    rig.take(1000)
    rig.both(100)
    assert rig.places == [1000, 1020, 1040, 1060, 1080]


def test_before_a_speaker_runs_silence_is_taken_as_sound_is_captured() -> None:
    rig = Rig()
    rig.say(240)
    assert rig.places[-1] == 220
    rig.chain.play(PART, tone(100))
    rig.take(60)
    assert rig.ears.reference == pcm.silence(240) + tone(100)[: pcm.size_of(60)]
    (started,) = [each for each in rig.posted if isinstance(each, PartStarted)]
    assert started.at_ms == 240


def test_while_the_speaker_rests_the_reference_goes_on_as_silence() -> None:
    rig = Rig()
    rig.both(1000)
    rig.chain.rests()
    rig.say(500)
    assert rig.ears.reference == pcm.silence(1500)
    assert rig.ears.silences == 25
    assert rig.played == pcm.silence(1500)
    assert rig.places == list(range(0, 1500, 20))


def test_doubled_chunks_are_as_much_silence() -> None:
    rig = Rig()
    rig.chain.rests()
    rig.chain.capture(AudioCaptured(pcm.silence(40)))
    rig.chain.capture(AudioCaptured(pcm.silence(40)))
    assert (rig.places, rig.ears.reference) == ([0, 40], pcm.silence(80))


def test_a_speaker_that_fills_its_buffer_as_it_wakes_moves_no_chunk() -> None:
    rig = Rig()
    for _ in range(20):
        rig.chain.rests()
        rig.say(1000)
        rig.pull = rig.chain.opened(PCM)
        rig.take(40)  # at once
        rig.both(200)
    assert rig.places == list(range(0, 20 * 1200, 20))


def test_a_speaker_that_stands_still_without_a_word_is_taken_for_none_after_300_ms() -> None:
    rig = Rig()
    rig.both(1000)
    rig.say(280)
    assert len(rig.ears.reference) == pcm.size_of(1000)
    rig.say(720)
    rig.both(1000)
    assert len(rig.ears.reference) == pcm.size_of(3000)
    assert rig.places == list(range(0, 3000, 20)), "and no word is lost"


def test_a_microphone_that_stands_still_leaves_a_gap() -> None:
    rig = Rig()
    rig.both(1000)
    rig.take(1000)
    rig.both(100)
    assert rig.places[49:] == [980, 2000, 2020, 2040, 2060, 2080]


def test_a_microphone_that_was_away_owes_no_silence_when_the_speaker_rests() -> None:
    rig = Rig()
    rig.both(1000)
    rig.take(10_000)
    rig.chain.rests()
    rig.say(1000)
    assert pcm.duration_ms(len(rig.ears.reference)) == 11_900


def test_a_microphone_that_runs_too_fast_keeps_its_place() -> None:
    rig = Rig()
    for _ in range(100):
        rig.both(100)
        rig.chain.capture(AudioCaptured(pcm.silence(2)))
    assert abs(rig.places[-1] - 10_000) <= 120


def test_a_stream_that_was_given_up_takes_nothing_from_the_queue() -> None:
    rig = Rig()
    lost = rig.pull
    rig.pull = rig.chain.opened(PCM)
    rig.chain.play(PART, tone(100))
    assert lost(240, Times(0)) == bytes(480)
    rig.chain.rests()
    assert rig.take(10) == bytes(480)
    assert not rig.of(PartStarted)


def test_another_stream_goes_on_where_the_one_before_it_stopped_whatever_its_format() -> None:
    rig = Rig()
    rig.chain.play(PART, tone(1000))
    rig.chain.end(PART)
    assert rig.take(400) == tone(1000)[: pcm.size_of(400)]
    rig.pull = rig.chain.opened(Opening(48_000, 2))
    for _ in range(70):
        assert len(rig.pull(480, Times(0))) == 480 * 4
    assert rig.ears.reference.rstrip(b"\0") == tone(1000).rstrip(b"\0")
    assert rig.of(PartPlayed) == [PartPlayed(PART, 1000)]


def test_what_the_canceller_gives_is_what_is_posted() -> None:
    rig = Rig()
    rig.say(20, tone(20))
    (captured,) = [each for each in rig.posted if isinstance(each, AudioCaptured)]
    assert captured.pcm == b"\1\0" * 480
    assert captured.raw == tone(20)


class Later:
    """A worker that does nothing until the test lets it."""

    def __init__(self) -> None:
        self.waiting: list[Work] = []

    def do(self, work: Work) -> None:
        self.waiting.append(work)

    def close(self) -> None:
        waiting, self.waiting = self.waiting, []
        for work in waiting:
            work()


def at_48_khz(ms: int) -> list[AudioCaptured]:
    """Noise as a stereo card gives it, 20 ms at a time."""
    loud = noise(ms)
    frames = b"".join(loud[at : at + 2] * 4 for at in range(0, len(loud), 2))
    size = 960 * 4
    return [
        AudioCaptured(frames[at : at + size], opening=Opening(48_000, 2))
        for at in range(0, len(frames), size)
    ]


def test_of_a_card_of_another_rate_no_sample_is_lost_and_every_chunk_lies_where_it_was_heard() -> (
    None
):
    posted: list[Event] = []
    chain, worker = later(posted)
    pull = chain.opened(PCM)
    for block in at_48_khz(2000):
        pull(480, Times(0))
        chain.capture(block)
    assert not posted, "what takes time is the worker's"
    worker.close()
    captured = [each for each in posted if isinstance(each, AudioCaptured)]
    assert is_whole(
        noise(2000)[: pcm.size_of(1900)], b"".join(each.pcm for each in captured), alike=0.99
    )
    assert [each.at for each in captured] == [960 * n for n in range(len(captured))]
    assert len(captured) >= 99


def later(posted: list[Event]) -> tuple[Chain, Later]:
    worker = Later()
    return Chain(posted.append, prebuffer_ms=0, worker=worker), worker


def test_a_gap_of_a_card_of_another_rate_is_a_gap_of_as_much() -> None:
    posted: list[Event] = []
    chain, worker = later(posted)
    pull = chain.opened(PCM)
    blocks = at_48_khz(400)
    for n, block in enumerate(blocks):
        for _ in range(51 if n == 10 else 1):
            pull(480, Times(0))
        chain.capture(block)
    worker.close()
    places = [pcm.duration_ms(e.at or 0) for e in posted if isinstance(e, AudioCaptured)]
    assert places[8:11] == [160, 180 + 1000, 200 + 1000]


def test_what_was_played_is_told_behind_what_was_captured_before_it() -> None:
    posted: list[Event] = []
    chain, worker = later(posted)
    for block in at_48_khz(200):
        chain.capture(block)
    worker.close()
    assert sum(isinstance(each, AudioPlayed) for each in posted) == 2
    assert isinstance(posted[0], AudioCaptured)


def test_a_thread_does_all_that_it_was_given_in_order_before_it_ends() -> None:
    worker, done = WorkerThread(), list[int]()
    for n in range(1000):
        worker.do(partial(done.append, n))
    worker.close()
    assert done == list(range(1000))
    worker.do(partial(done.append, 1000))
    worker.close()
    assert len(done) == 1000


def test_a_bug_in_one_piece_of_work_is_told_and_the_next_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda ended: told.append(ended.exc_type))
    worker, done = WorkerThread(), list[int]()
    worker.do(lambda: done.append(1 // 0))
    worker.do(partial(done.append, 2))
    worker.close()
    assert (told, done) == ([ZeroDivisionError], [2])


def test_a_thread_that_was_given_nothing_has_not_begun_and_ends_at_once() -> None:
    before = threading.active_count()
    worker = WorkerThread()
    worker.close()
    assert threading.active_count() == before
    AtOnce().close()


def test_a_chain_that_is_closed_has_posted_all_that_was_captured() -> None:
    posted: list[Event] = []
    chain = Chain(posted.append, canceller=Ears(), worker=WorkerThread())
    for _ in range(50):
        chain.capture(AudioCaptured(pcm.silence(20)))
    chain.close()
    assert sum(isinstance(each, AudioCaptured) for each in posted) == 50


def test_a_canceller_is_told_of_another_device_and_without_one_nobody_is() -> None:
    rig = Rig()
    rig.both(100)
    rig.chain.reopened()
    assert rig.ears.reference == b"", "what was learnt of the one before is nothing"
    posted: list[Event] = []
    Chain(posted.append).reopened()
    assert posted == []


def test_time_in_which_nothing_ran_is_silence_in_every_tap() -> None:
    rig = Rig()
    rig.both(100)
    rig.chain.stand_still(5_000)
    rig.both(100)
    assert len(rig.ears.reference) == pcm.size_of(5_200) == len(rig.played)
    assert rig.places[4:7] == [80, 5_100, 5_120], "a chunk lies behind the time that passed"


def test_a_canceller_that_fails_ends_the_conversation_once_with_its_bug() -> None:
    class Broken(Ears):
        def cleaned(self, chunk: bytes, at: int, taken: Taken) -> bytes:
            raise ZeroDivisionError

    posted: list[Event] = []
    chain = Chain(posted.append, canceller=Broken())
    for _ in range(3):
        chain.capture(AudioCaptured(pcm.silence(20)))
    (lost,) = [each for each in posted if isinstance(each, DeviceLost)]
    assert isinstance(lost.error.__cause__, ZeroDivisionError)
