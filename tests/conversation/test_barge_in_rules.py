"""Speech over a reply: its timers, its edges, and what an endpoint does on its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from complaints import response_ended
from conversing import Story
from test_barge_in import (
    ASK,
    CANCEL,
    CLEAR,
    CONFIRM,
    HOLD,
    ITEM,
    NO_VOICE,
    QUIET,
    RESUME,
    SPEAKS,
    STOPS,
    TAKEN,
    VOICE,
    WISHES,
    OverAReply,
    instant_now,
)

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Timer

LASTING = replace(WISHES, reconnect_ms=300_000.0)
CUT = response_ended("resp_1", "cancelled")


def test_an_echo_that_nothing_can_cancel_is_told_once() -> None:
    story = Story(WISHES).tell(on.EchoJudged("missing"), on.EchoJudged("missing"))
    (warned,) = story.of(do.Warn)
    assert "Wear headphones" in warned.message


def test_before_anything_was_said_nothing_is_held() -> None:
    story = Story(WISHES)
    story.tell(on.SessionStarted("sess_1", "m"), TAKEN, TAKEN, on.ResponseStarted("resp_1"))
    assert not story.of(do.ResumePlayout)
    assert not story.of(do.ClearPlayout)


def test_what_goes_on_after_a_pause_interrupts_and_is_answered_if_it_is_an_item_by_then() -> None:
    story = OverAReply()
    story.tell(VOICE, SPEAKS, NO_VOICE, CONFIRM)
    assert story.gives(STOPS, ITEM) == [], "long enough, but it may be over"
    assert story.gives(VOICE) == [CLEAR, ASK]


def test_what_goes_on_after_a_pause_and_is_no_item_yet_is_answered_when_it_is_one() -> None:
    story = OverAReply(ends=False)
    story.tell(VOICE, SPEAKS, NO_VOICE, CONFIRM)
    assert story.gives(VOICE) == [CLEAR, CANCEL]
    story.tell(CUT)
    assert story.gives(STOPS, ITEM) == [ASK]


def test_what_only_the_endpoint_hears_twice_is_held_twice() -> None:
    story = OverAReply()
    assert story.gives(SPEAKS, STOPS) == [HOLD, RESUME]
    assert story.gives(on.SpeechStarted("item_10", 2000)) == [HOLD]


@pytest.mark.parametrize("end", [QUIET, CONFIRM], ids=["short", "long"])
def test_what_is_decided_waits_for_nothing_more(end: on.Event) -> None:
    story = OverAReply()
    story.tell(VOICE, SPEAKS, NO_VOICE)
    assert story.waits_for(Timer.QUIET)
    assert story.waits_for(Timer.CONFIRM)
    story.tell(*([] if end is QUIET else [VOICE]), end)
    assert story.waits_for(Timer.QUIET) is None
    assert story.waits_for(Timer.CONFIRM) is None


def test_what_is_answered_waits_for_no_words() -> None:
    story = OverAReply().coughed()
    story.tell(on.UserTranscribed("item_9", "What about Rome?"))
    story.tell(on.UserTranscribed("item_9", "What about Rome?"))
    assert story.waits_for(Timer.WORDS) is None


def test_a_lost_connection_waits_for_no_words() -> None:
    story = OverAReply(LASTING)
    story.tell(VOICE, SPEAKS, NO_VOICE, QUIET, STOPS, ITEM)
    assert story.waits_for(Timer.WORDS)
    story.tell(on.ConnectionLost())
    assert story.waits_for(Timer.WORDS) is None
    assert story.waits_for(Timer.CROSSED) is None


@pytest.mark.parametrize("said", [[], [VOICE, SPEAKS, NO_VOICE, QUIET, STOPS, ITEM]])
def test_a_new_session_is_waited_for_with_the_words_that_decide_and_only_with_those(
    said: list[on.Event],
) -> None:
    story = OverAReply(LASTING)
    story.tell(*said, on.ConnectionLost(), on.SessionStarted("sess_2", "m"), TAKEN, TAKEN)
    assert (story.waits_for(Timer.WORDS) is not None) == bool(said)


def test_a_turn_that_the_endpoint_answers_by_itself_is_not_asked_after() -> None:
    story = Story(WISHES)
    story.tell(on.SessionStarted("sess_1", "m"), TAKEN, TAKEN)
    story.tell(SPEAKS, STOPS, ITEM)
    assert Timer.CROSSED not in [each.name for each in story.of(do.StartTimer)]


def test_a_turn_without_an_id_that_passes_is_no_item_to_delete() -> None:
    story = OverAReply(replace(WISHES, barge_in="never"))
    assert story.gives(on.SpeechStarted("", 0), on.SpeechStopped("", 900)) == []
    assert story.gives(on.InputCommitted("")) == []


@pytest.mark.parametrize("lost", [False, True], ids=["from the beginning", "in a second session"])
def test_an_endpoint_that_cancels_before_it_has_told_of_speech_is_not_given_up(lost: bool) -> None:
    """It may have decided before it was asked not to."""
    story = OverAReply(LASTING, ends=False)
    if lost:
        story.tell(SPEAKS, STOPS, ITEM, on.UserTranscribed("item_9", "Stop."), CUT)
        story.tell(on.ConnectionLost(), on.SessionStarted("sess_2", "m"), TAKEN, TAKEN)
        story.tell(on.ResponseStarted("resp_1"))
    story.tell(VOICE, CUT)
    assert not instant_now(story)


@pytest.mark.parametrize("before", [[], [SPEAKS, STOPS, ITEM]], ids=["first", "later"])
def test_an_item_that_nobody_spoke_is_the_endpoints_own_idea_and_its_to_answer(
    before: list[on.Event],
) -> None:
    story = OverAReply()
    if before:
        story.tell(*before, on.UserTranscribed("item_9", "mhm"))
        story.asked.clear()
    assert story.gives(on.InputCommitted("item_5")) == []
    assert story.waits_for(Timer.WORDS) is None
    assert story.gives(on.UserTranscribed("item_5", "What is that?")) == []
