"""Two tracks on one clock, sample by sample."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from s2s import pcm
from s2s.ui.kept.tape import Tape, stereo

CHUNK_MS, REPORT_MS = 20, 100


def ramp(ms: int, first: int = 1) -> bytes:
    """Samples that tell where they belong."""
    count = pcm.size_of(ms) // pcm.SAMPLE_SIZE
    return array("h", ((first + n) % 30_000 + 1 for n in range(count))).tobytes()


class Session:
    """A microphone and a speaker beside a tape."""

    def __init__(self) -> None:
        self.tape = Tape()
        self.left = self.right = b""
        self.said, self.told = b"", b""  # all that was captured and played

    def capture(self, ms: int = CHUNK_MS) -> None:
        chunk = ramp(ms, len(self.said) // 2)
        self.said += chunk
        self.tape.capture(chunk)
        self._take()

    def play(self, ms: int = REPORT_MS) -> None:
        report = ramp(ms, 7 * len(self.told))
        self.told += report
        self.tape.play(report)
        self._take()

    def both(self, ms: int) -> None:
        for _ in range(0, ms, REPORT_MS):
            for _ in range(0, REPORT_MS, CHUNK_MS):
                self.capture()
            self.play()

    def _take(self) -> None:
        left, right = self.tape.take()
        assert len(left) == len(right)
        self.left, self.right = self.left + left, self.right + right

    def finish(self) -> None:
        left, right = self.tape.finish()
        self.left, self.right = self.left + left, self.right + right


def silence_before(track: bytes, sound: bytes) -> int:
    """How many ms of silence stand before `sound` in a track that holds nothing else."""
    ms = pcm.duration_ms(len(track) - len(sound))
    assert track == pcm.silence(ms) + sound
    return ms


def test_both_sides_are_kept_sample_by_sample() -> None:
    session = Session()
    session.both(5000)
    session.finish()
    assert (session.left, session.right) == (session.said, session.told)


def test_what_was_captured_before_the_speaker_ran_is_heard_beside_silence() -> None:
    session = Session()
    for _ in range(12):
        session.capture()
    session.play()
    session.finish()
    assert session.left == session.said
    assert silence_before(session.right, session.told) == 140


def test_a_microphone_that_begins_late_is_heard_late() -> None:
    session = Session()
    for _ in range(10):
        session.play()
    for _ in range(5):
        session.capture()
    session.finish()
    assert silence_before(session.left, session.said) == 1000


def test_without_a_speaker_the_capture_is_the_clock() -> None:
    session = Session()
    for _ in range(100):
        session.capture()
    assert len(session.left) == pcm.size_of(1900), "written as it comes"
    session.finish()
    assert session.left == session.said
    assert not any(session.right)


def test_a_speaker_that_stands_still_for_a_while_costs_no_word() -> None:
    session = Session()
    session.both(1000)
    for _ in range(50):
        session.capture()
    session.both(1000)
    session.finish()
    assert session.left == session.said
    first, second = session.told[: pcm.size_of(1000)], session.told[pcm.size_of(1000) :]
    assert session.right == first + pcm.silence(1000) + second


def test_a_microphone_that_stands_still_leaves_a_gap() -> None:
    session = Session()
    session.both(1000)
    for _ in range(10):
        session.play()
    session.both(1000)
    session.finish()
    assert session.right == session.told
    first, second = session.said[: pcm.size_of(1000)], session.said[pcm.size_of(1000) :]
    assert session.left.startswith(first + pcm.silence(900))
    assert session.left.rstrip(b"\0").endswith(second.rstrip(b"\0"))


def test_a_loop_that_was_late_for_both_moves_nothing() -> None:
    session = Session()
    session.both(1000)
    for _ in range(4):  # what waited in the inbox, in its order
        session.both(100)
    session.finish()
    assert (session.left, session.right) == (session.said, session.told)


def test_a_microphone_that_runs_too_fast_loses_chunks_not_its_place() -> None:
    session = Session()
    for _ in range(100):
        session.both(100)
        session.capture(2)
    session.finish()
    assert session.right.startswith(session.told)
    assert len(session.left) - len(session.told) <= pcm.size_of(140)


@given(st.lists(st.sampled_from(["capture", "play"]), max_size=200))
def test_whatever_comes_all_that_was_played_is_kept_in_order(steps: list[str]) -> None:
    session = Session()
    for step in steps:
        getattr(session, step)()
    session.finish()
    assert len(session.left) == len(session.right)
    sounding = array("h", (sample for sample in array("h", session.right) if sample))
    assert sounding.tobytes() == session.told


def test_the_user_is_left_and_the_assistant_right() -> None:
    assert array("h", stereo(b"\1\0\2\0", b"\3\0\4\0")).tolist() == [1, 3, 2, 4]
