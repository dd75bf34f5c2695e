"""How far the two tracks of a conversation go, and where a chunk lies that comes late or early."""

from __future__ import annotations

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.extent import Extent
from s2s.conversation.transcript.timeline import Timeline

CHUNK = pcm.size_of(20)


def test_what_the_speaker_took_adds_up() -> None:
    extent = Extent()
    extent.play(2 * CHUNK)
    extent.play(3 * CHUNK)
    assert (extent.played, extent.now) == (5 * CHUNK, 5 * CHUNK)


def test_chunks_without_a_place_lie_one_behind_the_other() -> None:
    extent = Extent()
    assert [extent.capture(CHUNK) for _ in range(3)] == [0, CHUNK, 2 * CHUNK]
    assert (extent.captured, extent.now) == (3 * CHUNK, 3 * CHUNK)


def test_a_chunk_with_a_place_lies_there_though_nothing_was_before_it() -> None:
    extent = Extent()
    assert extent.capture(CHUNK, 5 * CHUNK) == 5 * CHUNK
    assert extent.capture(CHUNK, 6 * CHUNK) == 6 * CHUNK, "right behind it"
    assert extent.captured == 7 * CHUNK


def test_where_another_one_lies_it_does_not_count() -> None:
    extent = Extent()
    extent.capture(4 * CHUNK)
    assert extent.capture(CHUNK, 4 * CHUNK - 2) == 4 * CHUNK
    assert extent.captured == 4 * CHUNK


def test_a_place_that_stays_empty_for_200_ms_is_silent_for_good() -> None:
    extent = Extent()
    extent.play(pcm.size_of(500))
    assert extent.captured == pcm.size_of(300)
    assert extent.capture(CHUNK, pcm.size_of(280)) == pcm.size_of(300)
    assert extent.capture(CHUNK, pcm.size_of(400)) == pcm.size_of(400)


def test_a_turn_of_the_key_is_told_with_its_item_when_that_is_named() -> None:
    timeline = Timeline()
    for at in range(100):
        chunk = on.AudioCaptured(bytes(CHUNK), at=at * CHUNK)
        timeline.place(chunk)
        if at == 20:
            timeline.place(do.ClearInput())
        if 20 < at <= 70:
            timeline.place(do.SendAudio(bytes(CHUNK), at * CHUNK))
    timeline.place(do.CommitAudio())
    told = timeline.place(on.InputCommitted("u1"))
    assert told == [
        (0.42, on.SpeechStarted("u1", None)),
        (1.42, on.SpeechStopped("u1", None)),
        (2.0, on.InputCommitted("u1")),
    ]
    assert timeline.place(on.InputCommitted("u2")) == [(2.0, on.InputCommitted("u2"))]


def test_a_complaint_about_something_else_leaves_the_turn_to_come() -> None:
    timeline = Timeline()
    timeline.place(on.AudioCaptured(bytes(CHUNK), at=0))
    timeline.place(do.SendAudio(bytes(CHUNK), 0))
    timeline.place(do.CommitAudio())
    timeline.place(on.ErrorReported("", "", "No", order="CreateResponse"))
    assert len(timeline.place(on.InputCommitted("u1"))) == 3
    timeline.place(do.CommitAudio())
    timeline.place(on.ErrorReported("", "", "No", order="CommitAudio"))
    assert len(timeline.place(on.InputCommitted("u2"))) == 1
