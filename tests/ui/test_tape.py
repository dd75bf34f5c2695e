"""Two tracks on one clock, sample by sample."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from s2s import pcm
from s2s.audio.devices.protocols import PCM
from s2s.audio.events import AudioCaptured, AudioPlayed, Event, Times
from s2s.audio.live.chain import Chain
from s2s.conversation.transcript.extent import Extent
from s2s.ui.kept.tape import Tape, stereo

CHUNK_MS = 20


def ramp(ms: int, first: int = 1) -> bytes:
    """Samples that tell where they belong."""
    count = pcm.size_of(ms) // pcm.SAMPLE_SIZE
    return array("h", ((first + n) % 30_000 + 1 for n in range(count))).tobytes()


class Session:
    """A microphone and a speaker with their chain, beside a tape that hears what they tell."""

    def __init__(self) -> None:
        self.tape = Tape()
        self.chain = Chain(self._hear)
        self.pull = self.chain.opened(PCM)
        self.left = self.right = b""
        self.said = b""

    def capture(self) -> None:
        chunk = ramp(CHUNK_MS, len(self.said) // 2)
        self.said += chunk
        self.chain.capture(AudioCaptured(chunk))

    def play(self) -> None:
        self.pull(pcm.RATE * CHUNK_MS // 1000, Times(0))

    def both(self, ms: int) -> None:
        for _ in range(0, ms, CHUNK_MS):
            self.play()
            self.capture()

    def rest(self) -> None:
        self.chain.rests()
        self.pull = self.chain.opened(PCM)

    def _hear(self, event: Event) -> None:
        if isinstance(event, AudioCaptured):
            self.tape.capture(event.pcm, event.at)
        elif isinstance(event, AudioPlayed):
            self.tape.play(event.pcm)
        left, right = self.tape.take()
        assert len(left) == len(right)
        self.left, self.right = self.left + left, self.right + right

    def finish(self) -> None:
        left, right = self.tape.finish()
        self.left, self.right = self.left + left, self.right + right


def test_both_sides_are_kept_sample_by_sample() -> None:
    session = Session()
    heard = ramp(5000, 7)
    session.chain.play("part", heard)
    session.both(5000)
    session.finish()
    assert (session.left, session.right) == (session.said, heard)


def test_what_was_captured_before_the_speaker_ran_is_heard_beside_silence() -> None:
    session = Session()
    for _ in range(12):
        session.capture()
    session.chain.play("part", ramp(1000))
    session.both(1060)
    session.finish()
    assert session.left == session.said
    assert session.right == pcm.silence(240) + ramp(1000) + pcm.silence(60)


def test_a_microphone_that_begins_late_is_heard_late() -> None:
    session = Session()
    for _ in range(50):
        session.play()
    session.both(100)
    session.finish()
    assert session.left == pcm.silence(1000) + session.said


def test_without_a_speaker_it_is_written_as_it_is_captured() -> None:
    session = Session()
    for _ in range(100):
        session.capture()
    assert len(session.left) >= pcm.size_of(1800)
    session.finish()
    assert session.left == session.said
    assert not any(session.right)


def test_a_speaker_that_rests_in_the_middle_of_a_part_costs_no_word() -> None:
    session = Session()
    heard = ramp(2000)
    session.chain.play("part", heard)
    session.both(1000)
    session.rest()
    for _ in range(50):
        session.capture()
    session.both(1000)
    session.finish()
    assert session.left == session.said
    half = pcm.size_of(1000)
    assert session.right == heard[:half] + pcm.silence(1000) + heard[half:]


def test_a_microphone_that_stands_still_leaves_a_gap() -> None:
    session = Session()
    session.both(1000)
    for _ in range(50):
        session.play()
    assert len(session.left) >= pcm.size_of(1700), "and nothing waits for it"
    session.both(1000)
    session.finish()
    half = pcm.size_of(1000)
    assert session.left == session.said[:half] + pcm.silence(1000) + session.said[half:]


def test_a_chunk_whose_place_is_taken_is_left_out() -> None:
    tape, extent = Tape(), Extent()
    lies = []
    for first, at in enumerate((0, 20, 30, 40)):
        tape.capture(ramp(20, first * 1000), pcm.size_of(at))
        lies.append(extent.capture(pcm.size_of(20), pcm.size_of(at)))
    assert lies == [pcm.size_of(at) for at in (0, 20, 40, 40)]
    assert tape.finish()[0] == ramp(20, 0) + ramp(20, 1000) + ramp(20, 3000)


@given(st.lists(st.sampled_from(["capture", "play", "rest"]), max_size=200))
def test_whatever_comes_all_that_was_played_is_kept_in_order(steps: list[str]) -> None:
    session = Session()
    heard = ramp(5000)
    session.chain.play("part", heard)
    for step in steps:
        getattr(session, step)()
    session.both(100)  # so that all that was pulled is told
    pulled = min(len(heard), pcm.size_of(CHUNK_MS) * (steps.count("play") + 5))
    session.finish()
    assert len(session.left) == len(session.right)
    sounding = array("h", (sample for sample in array("h", session.right) if sample)).tobytes()
    assert sounding == heard[: len(sounding)]
    assert pulled - len(sounding) < pcm.size_of(100), "but for what is told next"


def test_the_user_is_left_and_the_assistant_right() -> None:
    assert array("h", stereo(b"\1\0\2\0", b"\3\0\4\0")).tolist() == [1, 3, 2, 4]
