"""Responses, rule by rule: what is refused, what an end means, what is told of it, what is owed."""

from __future__ import annotations

import pytest
from conversing import CHUNK, FIRST, NEXT, SECOND, SERVER, SPEAKS, Story, cleared, ended
from test_exchange import Story as Exchange

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.patience import Patience, Progress
from s2s.conversation.phases import Timer
from s2s.conversation.session_config import TalkWishes

ESC = on.InterruptPressed()
LIMITED = on.ErrorReported("", "", "Slow down", cause=Cause.RATE_LIMIT)
WRITES = TalkWishes(do.ConfigureSession(turn_detection=SERVER, text_only=True))
HALF = TalkWishes(do.ConfigureSession(turn_detection=SERVER), half_duplex=True)


def typed(text: str = "One.", wishes: TalkWishes | None = None) -> Story:
    return Story(wishes).talking().tell(on.TextEntered(text))


def warned(story: Story) -> list[str]:
    return [each.message for each in story.of(do.Warn)]


def retries(story: Story) -> list[float]:
    return [each.ms for each in story.of(do.StartTimer) if each.name == Timer.RETRY]


# --- what is refused


def test_of_two_that_are_to_come_a_refusal_is_about_the_one_that_was_asked_for() -> None:
    story = Story().talking().tell(on.InputCommitted("u"), on.TextEntered("Two."), LIMITED)
    assert retries(story) == [1000.0], "the spoken turn's own answer was given up by typing"


def test_one_that_is_told_while_the_answer_is_under_way_is_waited_for_too() -> None:
    story = typed().tell(on.ResponseStarted("resp_1"), LIMITED)
    assert retries(story) == [1000.0]
    assert warned(story) == ["Rate limited; trying again in 1.0 s (1 of 3)."]


def test_one_that_is_told_when_something_of_the_answer_has_come_asks_for_no_second_one() -> None:
    story = typed().tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, CHUNK), LIMITED)
    assert retries(story) == []


@pytest.mark.parametrize(
    ("message", "code", "why"),
    [("No.", "a_b", "No"), ("", "no_such_thing", "no such thing"), ("", "", "no reason given")],
)
def test_why_no_answer_comes_is_told_in_the_endpoints_words(
    message: str, code: str, why: str
) -> None:
    refused = on.ErrorReported("", code, message, order="CreateResponse")
    assert warned(typed().tell(refused)) == [f"The response failed: {why}."]
    failed = on.ResponseEnded("resp_1", "failed", code, message)
    story = typed().tell(on.ResponseStarted("resp_1"), failed)
    assert warned(story) == [f"The response failed: {why}."]


def test_esc_cancels_no_retry_where_none_is_to_be_made() -> None:
    story = Story().answered().tell(ESC)
    assert do.CancelTimer(Timer.RETRY) not in story.asked


# --- what an end means


@pytest.mark.parametrize("asked", [on.TextEntered("One."), on.InputCommitted("u")])
def test_an_answer_of_which_nothing_came_but_its_end_is_told(asked: on.Event) -> None:
    story = Story().talking().tell(asked, on.ResponseEnded("resp_1", "completed"))
    assert warned(story) == ["The reply is empty."]


def test_an_end_that_nobody_waits_for_is_no_news() -> None:
    assert warned(Story().talking().tell(ended())) == []


def test_a_piece_without_sound_or_words_takes_nothing_back() -> None:
    sounds = Story().talking().tell(on.InputCommitted("u"), on.ResponseStarted("resp_1"))
    sounds.tell(on.AudioReceived(FIRST, CHUNK), on.AudioReceived(FIRST, b""), ended())
    assert warned(sounds) == []
    written = Story(WRITES).talking().tell(on.InputCommitted("u"), on.ResponseStarted("resp_1"))
    written.tell(on.TextReceived(FIRST, "Hi."), on.TextEnded(FIRST, ""), ended())
    assert warned(written) == []


def test_words_that_come_only_with_the_end_are_a_reply() -> None:
    end = on.ResponseEnded("resp_1", "completed", texts=((FIRST, "Hi."),))
    assert warned(Story(WRITES).talking().tell(on.InputCommitted("u"), end)) == []


def test_a_call_that_is_told_twice_is_told_to_the_user_once() -> None:
    call = on.FunctionCalled("resp_1", "f1", "c1", "weather", "{}")
    story = typed().tell(on.ResponseStarted("resp_1"), call, call)
    assert warned(story) == ["The model called weather, which nobody here can run."]
    story.tell(on.ResponseEnded("resp_1", "completed", calls=(call,)))
    assert len(warned(story)) == 1
    (answer,) = story.of(do.CreateFunctionOutput)
    assert (answer.call_id, "not available" in answer.answer["error"]) == ("c1", True)


def test_calls_without_an_id_of_their_own_are_told_apart_by_their_items() -> None:
    calls = [on.FunctionCalled("resp_1", item, "", "weather", "{}") for item in ("f1", "f2")]
    story = typed().tell(on.ResponseStarted("resp_1"), *calls)
    assert len(warned(story)) == 2


def test_two_calls_of_one_item_are_told_apart_by_their_ids() -> None:
    calls = [on.FunctionCalled("resp_1", "f", call, "weather", "{}") for call in ("c1", "c2")]
    story = typed().tell(on.ResponseStarted("resp_1"), *calls, ended())
    assert [each.call_id for each in story.of(do.CreateFunctionOutput)] == ["c1", "c2"]


# --- what an interruption leaves


def test_a_response_announced_twice_is_still_the_one_whose_items_were_given() -> None:
    story = Story().talking().tell(on.InputCommitted("u"), on.ResponseStarted("resp_1"))
    story.tell(on.AudioReceived(FIRST, SECOND), on.ResponseStarted("resp_1"))
    story.tell(ESC, cleared((FIRST, 0)))
    assert not story.of(do.DeleteItem), "it can be deleted once its response is over"
    story.tell(ended("cancelled"))
    assert story.of(do.DeleteItem) == [do.DeleteItem("item_1")]


def test_sound_under_another_id_than_was_announced_is_over_with_its_response() -> None:
    story = Story().talking().tell(on.InputCommitted("u"), on.ResponseStarted("resp_1"))
    story.tell(on.AudioReceived(NEXT, SECOND), ESC, cleared((NEXT, 0)), ended("cancelled"))
    story.asked.clear()
    story.tell(on.AudioReceived(NEXT, SECOND))
    assert not story.of(do.PlayAudio)


def test_an_answer_that_was_slow_and_goes_on_is_waited_for_again() -> None:
    story = Story().answered().tell(on.TimerFired(Timer.ANSWER), on.AudioReceived(FIRST, SECOND))
    story.tell(on.CaptureEnded(), on.PartPlayed(FIRST, 4000), on.PartPlayed(FIRST, 1000))
    assert not story.leaves
    assert story.tell(ended()).leaves


def test_items_of_two_interrupted_responses_are_deleted_when_the_second_is_over() -> None:
    story = Story().talking().tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, SECOND))
    story.tell(SPEAKS, cleared((FIRST, 0)), on.InputCommitted("u"))
    story.tell(on.ResponseStarted("resp_2"), on.AudioReceived(NEXT, SECOND))
    story.tell(ESC, cleared((NEXT, 0)))
    story.tell(on.ResponseEnded("resp_2", "cancelled", item_ids=("item_3",)))
    assert story.of(do.DeleteItem) == [do.DeleteItem("item_3"), do.DeleteItem("item_1")]
    story.tell(ended("cancelled"))
    assert len(story.of(do.DeleteItem)) == 2


def test_who_types_while_they_speak_is_answered_once_by_what_the_endpoint_begins() -> None:
    story = Story().answered().tell(SPEAKS, on.TextEntered("And this."), cleared((FIRST, 480)))
    story.tell(ended("cancelled"))
    assert not story.of(do.CreateResponse)


def test_of_a_written_reply_that_was_interrupted_what_was_read_stays() -> None:
    story = Story(WRITES).talking().tell(on.InputCommitted("u"), on.ResponseStarted("resp_1"))
    story.tell(on.TextReceived(FIRST, "Hi."), ESC, ended("cancelled", "", "", "item_1", "item_2"))
    assert story.of(do.DeleteItem) == [do.DeleteItem("item_2")]


def test_of_a_spoken_one_words_alone_keep_nothing() -> None:
    story = Story().talking().tell(on.InputCommitted("u"), on.ResponseStarted("resp_1"))
    story.tell(on.TextReceived(FIRST, "Hi."), ESC, ended("cancelled"))
    assert story.of(do.DeleteItem) == [do.DeleteItem("item_1")]


def test_half_duplex_does_not_open_while_the_next_answer_is_queued_already() -> None:
    story = Story(HALF).answered().tell(ESC, ended("cancelled"), on.InputCommitted("u"))
    story.tell(on.ResponseStarted("resp_2"), on.AudioReceived(NEXT, SECOND))
    story.tell(cleared((FIRST, 480)))
    assert Timer.ECHO not in [each.name for each in story.of(do.StartTimer)]


def test_a_refusal_in_the_place_of_a_reply_is_told_in_the_best_words_there_are() -> None:
    for code, message, said in (
        ("c", "Pay.", "Pay."),
        ("c", "", "c."),
        ("", "", "no reason given."),
    ):
        story = typed().tell(on.ResponseEnded("resp_1", "failed", code, message, cause=Cause.QUOTA))
        assert str(story.error) == f"The endpoint refused: {said}"


# --- what is waited for


def test_what_is_asked_for_anew_has_its_time_anew() -> None:
    story = Story().talking().tell(on.InputCommitted("u"))
    story.asked.clear()
    story.tell(on.TextEntered("Two."))
    assert Timer.ANSWER in [each.name for each in story.of(do.StartTimer)]


def test_the_begin_and_the_end_of_one_thing_are_both_progress() -> None:
    progress = Progress()
    facts: list[on.Event] = [
        on.ResponseStarted("r"), on.ResponseEnded("r", "completed"),
        on.AudioEnded(FIRST), on.TextEnded(FIRST, "Hi."),
    ]  # fmt: skip
    assert [progress.made(each) for each in facts] == [True] * 4
    assert not any(progress.made(each) for each in facts)
    progress.forget()
    assert all(progress.made(each) for each in facts)


def test_what_is_waited_for_from_the_start_is_not_begun_again_by_nothing() -> None:
    patience = Patience(Timer.ANSWER, 7_000.0)
    assert patience.consider(on.Ignored(), "", anew=False) == [], "nothing is waited for yet"
    assert patience.begin("the reply") == [do.StartTimer(Timer.ANSWER, 7_000.0)]
    assert patience.consider(on.Ignored(), "the reply", anew=False) == []
    anew = patience.consider(on.Ignored(), "the reply", anew=True, pause_ms=500.0)
    assert anew == [do.StartTimer(Timer.ANSWER, 7_500.0)]
    assert patience.consider(on.Ignored(), "", anew=False) == [do.CancelTimer(Timer.ANSWER)]


def test_after_a_sign_of_life_nobody_waits_any_longer() -> None:
    wishes = TalkWishes(do.ConfigureSession(turn_detection=SERVER), recorded=True)
    story = Story(wishes, there=False).talking().tell(on.CaptureEnded(), on.TimerFired("grace"))
    assert do.AskForSign() in story.asked
    story.tell(on.SessionConfigured())
    assert story.of(do.StartTimer)[-1] == do.StartTimer(Timer.GRACE, 0.0)


# --- the parts of a reply


def test_parts_follow_in_the_order_of_the_response_whatever_their_items_are_called() -> None:
    parts = [on.Part("r", item, index, 0) for index, item in enumerate("zyx")]
    for ends in (True, False):
        story = Exchange().up_to_question().tell(on.AudioReceived(parts[0], b"\0\0"))
        story.tell(on.AudioReceived(parts[2], b"\2\2"), on.AudioReceived(parts[1], b"\1\1"))
        if ends:
            story.tell(*(on.AudioEnded(part) for part in parts[:2]))
        story.tell(on.ResponseEnded("r", "completed"))
        assert story.written == b"\0\0\1\1\2\2"


def test_words_that_came_without_ids_are_not_shown_again_with_them() -> None:
    nameless = on.Part("", "", 0, 0)
    story = Exchange().up_to_question()
    story.tell(on.TextReceived(nameless, "Hello."), on.TextEnded(FIRST, "Hello."))
    assert story.said == "Hello."
