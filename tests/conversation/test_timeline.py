"""Where in a recording things lie when devices start late, rest, lose chunks and endpoints err."""

from __future__ import annotations

import pytest
from complaints import complaint
from fakes import tone
from stories import PART

from s2s import pcm
from s2s.audio.devices.protocols import PCM
from s2s.audio.events import Times
from s2s.audio.live.chain import Chain
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.timeline import Timeline, placed
from s2s.ui.kept.tape import Tape

CHUNK = pcm.size_of(20)


class Story:
    """A timeline that hears a chain, and a tape beside it with what was written of its tracks."""

    def __init__(self) -> None:
        self.timeline, self.tape = Timeline(), Tape()
        self.chain = Chain(self._hear)
        self.pull = self.chain.opened(PCM)
        self.left = self.right = b""
        self.captured = 0
        self.placed: list[tuple[float, on.Event | do.Command]] = []

    def _hear(self, event: on.Event) -> None:
        self.tell(event)

    def tell(self, happening: on.Event | do.Command) -> list[float]:
        placed = self.timeline.place(happening)
        self.placed += placed
        if isinstance(happening, on.AudioCaptured):
            self.tape.capture(happening.pcm, happening.at)
        elif isinstance(happening, on.AudioPlayed):
            self.tape.play(happening.pcm)
        left, right = self.tape.take()
        self.left, self.right = self.left + left, self.right + right
        return [at for at, _ in placed]

    def say(self, ms: int, *, sent: bool = True) -> Story:
        """The microphone gives so much, which is sent or not."""
        for _ in range(0, ms, 20):
            self.chain.capture(on.AudioCaptured(bytes(CHUNK)))
            if sent:
                self.tell(do.SendAudio(bytes(CHUNK), self.captured))
            self.captured += CHUNK
        return self

    def take(self, ms: int) -> Story:
        """The speaker takes so much."""
        for _ in range(0, ms, 10):
            self.pull(240, Times(0))
        return self

    def both(self, ms: int) -> Story:
        for _ in range(0, ms, 20):
            self.take(20).say(20)
        return self

    def rest(self) -> Story:
        self.chain.rests()
        self.pull = self.chain.opened(PCM)
        return self

    def finish(self) -> Story:
        left, right = self.tape.finish()
        self.left, self.right = self.left + left, self.right + right
        return self

    def of(self, kind: type) -> list[float]:
        return [at for at, each in self.placed if isinstance(each, kind)]

    def begins(self, item: str, ms: int | None) -> float:
        return self.tell(on.SpeechStarted(item, ms))[-1]

    def ends(self, item: str, ms: int | None) -> float:
        return self.tell(on.SpeechStopped(item, ms))[-1]


def onset(track: bytes) -> float:
    return pcm.seconds(len(track) - len(track.lstrip(b"\0")))


@pytest.mark.parametrize("silent_ms", [0, 40, 90])
def test_a_part_that_begins_as_the_speaker_wakes_lies_where_it_is_heard(silent_ms: int) -> None:
    story = Story().say(1000).take(silent_ms)
    story.chain.play(PART, tone(300))
    (begun,) = story.both(400).of(on.PartStarted)
    assert begun == pytest.approx(onset(story.finish().right), abs=0.002)
    assert begun == pytest.approx(1.0 + silent_ms / 1000)


def test_a_part_that_begins_after_a_rest_lies_behind_it() -> None:
    story = Story().both(1000).rest().say(5000)
    story.chain.play(PART, tone(300))
    (begun,) = story.both(400).of(on.PartStarted)
    assert begun == pytest.approx(onset(story.finish().right), abs=0.002)
    assert begun == 6.0


def test_what_is_told_after_the_sound_it_was_in_still_lies_in_it() -> None:
    story = Story().both(1000)
    assert story.tell(on.PlayoutCleared((on.Heard(PART, 10),), 930)) == [0.93]


def test_an_endpoint_that_names_no_moment_is_believed_when_it_speaks() -> None:
    story = Story().both(2000)
    assert (story.begins("u1", None), story.ends("u1", None)) == (2.0, 2.0)


def test_a_moment_that_was_not_sent_yet_is_now() -> None:
    story = Story().both(2000)
    assert (story.begins("u1", 60_000), story.ends("u1", 90_000)) == (2.0, 2.0)


def test_what_was_captured_and_not_sent_does_not_count() -> None:
    story = Story().say(1000, sent=False).say(1000)
    assert (story.begins("u1", 200), story.ends("u1", 900)) == (1.2, 1.9)


def test_an_end_lies_before_the_pause_behind_it_and_a_beginning_after_the_one_before_it() -> None:
    story = Story().say(1000).say(3000, sent=False).say(1000)
    assert story.ends("u1", 1000) == 1.0
    assert story.begins("u2", 800) == 4.0  # padding reaches over no pause


def test_a_gap_in_the_capture_moves_what_was_said_after_it() -> None:
    story = Story().both(1000)
    story.take(1000)
    story.both(500)
    assert story.ends("u1", 900) == 0.9
    assert story.begins("u2", 1100) == pytest.approx(2.1, abs=0.02)


def test_a_turn_that_the_endpoint_refused_is_not_taken_for_the_next() -> None:
    story = Story().say(1000)
    story.tell(do.CommitAudio())
    story.tell(complaint("", "input_audio_buffer_commit_empty", "too short"))
    story.say(1000, sent=False).tell(do.ClearInput())
    story.say(500).tell(do.CommitAudio())
    story.say(300, sent=False)
    assert story.tell(on.InputCommitted("u1")) == [2.0, 2.5, 2.8]


def test_what_was_left_out_on_a_slow_network_does_not_count_for_the_endpoint() -> None:
    story = Story().say(5000)
    story.tell(on.AudioDropped(2000))
    story.say(1000)
    assert (story.begins("u1", 3200), story.ends("u1", 3900)) == (5.2, 5.9)
    story.tell(on.SessionStarted("s2", "m"))
    story.say(1000)
    assert story.begins("u2", 300) == 6.3


def test_a_new_session_counts_anew() -> None:
    story = Story().say(1000)
    story.tell(on.SessionStarted("s2", "m"))
    story.say(1000)
    assert story.begins("u1", 300) == 1.3


def test_who_watches_is_shown_everything_at_its_second_whatever_the_clock_says() -> None:
    seen: list[tuple[float, on.Event | do.Command]] = []
    watch = placed(lambda at, happening: seen.append((at, happening)))
    chunks = [on.AudioCaptured(bytes(CHUNK), at=at * CHUNK) for at in range(50)]
    typed = on.TextEntered("Now.")
    for chunk in chunks:
        watch(1234.5, chunk)
    watch(1234.5, typed)
    assert [each for _, each in seen] == [*chunks, typed]
    assert seen[-1] == (1.0, typed)
