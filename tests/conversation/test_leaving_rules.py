"""Leaving by ourselves: how long all must have been quiet, and what is waited for."""

from __future__ import annotations

import pytest
from conversing import CHUNK, FIRST, SERVER, SPEAKS, Story, cleared, ended

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.session_config import ByKey, ServerVad, TalkWishes
from s2s.errors import NetworkError


def pauses(story: Story) -> list[float | None]:
    """How long it waits before it leaves; None where it waits for something again."""
    return [
        each.ms if isinstance(each, do.StartTimer) else None
        for each in story.asked
        if isinstance(each, do.StartTimer | do.CancelTimer) and each.name == "grace"
    ]


def test_the_end_of_a_recording_is_followed_by_a_pause_and_half_a_second() -> None:
    """The endpoint ends a turn after its pause: what follows may still be an answer."""
    story = Story().talking().tell(on.CaptureEnded())
    assert pauses(story) == [1000.0]


def test_the_pause_is_the_one_that_was_asked_for() -> None:
    turns = ServerVad(silence_ms=900)
    story = Story(TalkWishes(do.ConfigureSession(turn_detection=turns)))
    assert pauses(story.talking().tell(on.CaptureEnded())) == [1400.0]


def test_with_a_key_there_is_no_pause_to_wait_for() -> None:
    story = Story(TalkWishes(do.ConfigureSession(turn_detection=ByKey()))).talking()
    assert pauses(story.tell(on.CaptureEnded())) == [500.0]


def test_when_the_time_is_up_nobody_waits_for_a_pause() -> None:
    story = Story().talking().tell(on.TimerFired("limit"))
    assert pauses(story) == [500.0]


@pytest.mark.parametrize(
    "busy",
    [
        (SPEAKS,),
        (SPEAKS, on.SpeechStopped("item_9", 0)),
        (on.InputCommitted("item_9"),),
        (on.ResponseStarted("resp_1"),),
        (on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, pcm.silence(500))),
    ],
    ids=["speech", "a turn", "an answer owed", "an answer begun", "sound"],
)
def test_while_something_is_under_way_nobody_leaves(busy: tuple[on.Event, ...]) -> None:
    before = Story().talking().tell(*busy, on.CaptureEnded())
    assert pauses(before) == []
    meanwhile = Story().talking().tell(on.CaptureEnded(), *busy)
    assert meanwhile.leaves is False


def test_after_what_was_under_way_the_pause_begins_anew() -> None:
    story = Story().talking().tell(on.CaptureEnded(), SPEAKS)
    story.tell(on.SpeechStopped("item_9", 0), on.InputCommitted("item_9"))
    story.tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, pcm.silence(500)))
    story.tell(on.PartStarted(FIRST), on.AudioEnded(FIRST), ended(), on.PartPlayed(FIRST, 500))
    assert pauses(story) == [1000.0, None, 1000.0]
    story.asked.clear()
    story.tell(on.TimerFired("grace"))
    assert story.error is None


def test_a_turn_of_the_key_keeps_us_and_words_to_come_too() -> None:
    story = Story(TalkWishes(do.ConfigureSession(turn_detection=ByKey()))).talking()
    story.tell(on.TalkPressed(), on.CaptureEnded())
    assert pauses(story) == []


def test_a_recording_in_which_nobody_spoke_is_told_as_that() -> None:
    story = Story().talking().tell(on.CaptureEnded(), on.TimerFired("grace"))
    assert isinstance(story.error, NetworkError)
    assert "found no turn" in story.error.message
    assert story.error.hint


def test_a_connection_lost_in_a_reply_is_told_and_the_reply_heard_out() -> None:
    story = Story().answered().tell(on.ConnectionLost(1006, ""))
    (warned,) = story.of(do.Warn)
    assert warned.message.startswith("The connection was lost")
    assert warned.message.endswith("played to its end.")
    story.tell(on.SendingStalled(9000))
    assert len(story.of(do.Warn)) == 1, "the second end of one connection is no news"
    story.tell(on.PartPlayed(FIRST, 4000), on.TimerFired("grace"))
    assert isinstance(story.error, NetworkError)
    assert "connection was lost" in story.error.message


def test_a_connection_lost_while_nothing_sounds_ends_at_once_without_a_warning() -> None:
    story = Story().talking().tell(on.ConnectionLost(1006, ""))
    assert isinstance(story.error, NetworkError)
    assert not story.of(do.Warn)


def test_a_connection_lost_when_the_time_is_up_is_a_warning_and_no_failure() -> None:
    story = Story().answered().tell(on.TimerFired("limit"), on.ConnectionLost(1006, ""))
    (warned,) = story.of(do.Warn)
    assert "played to its end" not in warned.message
    story.tell(on.PartPlayed(FIRST, 4000), on.TimerFired("grace"))
    assert story.error is None


def test_an_answer_that_sounds_when_the_time_is_up_has_a_minute() -> None:
    story = Story().answered().tell(on.TimerFired("limit"))
    assert [each.ms for each in story.of(do.StartTimer) if each.name == "last"] == [60_000.0]


def test_one_that_is_to_come_has_its_time_to_come_and_then_a_minute() -> None:
    wishes = TalkWishes(do.ConfigureSession(turn_detection=SERVER), timeout_ms=7_000.0)
    story = Story(wishes).talking().tell(on.InputCommitted("item_9"), on.TimerFired("limit"))
    story.tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, pcm.silence(500)))
    story.tell(on.PartStarted(FIRST))
    lasts = [each.ms for each in story.of(do.StartTimer) if each.name == "last"]
    assert lasts == [67_000.0, 60_000.0]


# --- what else nobody would have noticed


def test_a_reply_that_is_queued_and_does_not_sound_yet_is_dropped_too() -> None:
    """The speaker holds it back for its prebuffer; the user speaks already."""
    story = Story().talking()
    story.tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, pcm.silence(20)))
    story.tell(SPEAKS)
    assert story.of(do.ClearPlayout) == [do.ClearPlayout()]
    story.tell(cleared((FIRST, 0)), ended("cancelled"))
    assert story.for_endpoint == [do.DeleteItem("item_1")]


def test_a_message_typed_before_the_session_stands_is_sent_when_it_does() -> None:
    story = Story().tell(on.TextEntered(" Hello? "), on.AudioCaptured(CHUNK))
    assert story.for_endpoint == []
    story.tell(on.SessionStarted("sess_1", "m"))
    assert story.for_endpoint == []
    story.tell(on.SessionConfigured())
    assert story.for_endpoint == [do.CreateUserText("Hello?"), do.CreateResponse()]
    assert story.of(do.SendAudio) == [do.SendAudio(CHUNK, 0)]


def test_a_complaint_about_a_thing_of_the_past_is_no_news() -> None:
    """It is known by the order it is about."""
    for order in ("TruncateItem", "DeleteItem", "CancelResponse"):
        story = Story().talking()
        story.tell(on.ErrorReported("", "", "No such item", order=order))
        assert story.of(do.Warn) == []
    story = Story().talking()
    story.tell(on.ErrorReported("", "", "No such item", order="CreateUserText"))
    assert story.of(do.Warn) == [do.Warn("The endpoint complains: No such item")]
