"""Each failure has a code that stays the same whatever its sentence says: programs go by it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conversing import FIRST, Story
from test_exchange import Story as Exchange

from s2s import pcm
from s2s.config.hints import HINTS
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.checks import Brought, fault_of_recording, fault_of_response
from s2s.conversation.refusals import refusal
from s2s.conversation.session_config import TalkWishes
from s2s.errors import S2SError

CALL = on.FunctionCalled("r", "f1", "c1", "weather", "{}")
COMPLAINT = on.ErrorReported("", "", "No")
RECORDED = TalkWishes(recorded=True)


def unheard(wishes: TalkWishes | None = None) -> Story:
    """A recording in which the endpoint finds nothing."""
    return Story(wishes).talking().tell(on.CaptureEnded(), on.TimerFired("grace"))


def fault(
    status: on.ResponseStatus = "completed",
    *,
    audio: int = 0,
    words: bool = False,
    damage: str = "",
) -> S2SError | None:
    brought = Brought(audio, words, damage)
    return fault_of_response(on.ResponseEnded("r", status), brought, wants_audio=True)


@pytest.mark.parametrize(
    ("fails", "code"),
    [
        (lambda: fault("failed"), "failed_reply"),
        (lambda: fault("cancelled"), "failed_reply"),
        (lambda: fault(""), "failed_reply"),
        (lambda: fault("incomplete"), "incomplete"),
        (lambda: fault(damage="cut"), "unreadable_reply"),
        (lambda: fault(damage="cut", audio=2), "response"),
        (fault, "empty_reply"),
        (lambda: fault(words=True), "silent_reply"),
        (lambda: refusal(COMPLAINT, "connecting"), "session_refused"),
        (lambda: refusal(COMPLAINT, "configuring"), "settings_refused"),
        (lambda: refusal(COMPLAINT, "talking"), "endpoint_error"),
        (lambda: Exchange().tell(on.TimerFired("silence")).error, "no_answer"),
        (lambda: unheard().error, "no_turn"),
        (lambda: Story(RECORDED).answered().tell(on.TimerFired("last")).error, "time_up"),
    ],
)
def test_a_failure_is_told_by_its_code(fails: Callable[[], S2SError | None], code: str) -> None:
    error = fails()
    assert error
    assert error.code == code
    assert code in {"response", "incomplete", *HINTS}, "the edge has words of its own for it"


def test_a_reply_is_of_use_if_it_brings_what_was_wanted() -> None:
    whole = on.ResponseEnded("r", "completed")
    assert fault(audio=2) is None
    assert fault_of_response(whole, Brought(words=True), wants_audio=False) is None
    assert fault_of_response(whole, Brought(2, calls={"c1": CALL}), wants_audio=True) is None


@pytest.mark.parametrize(
    ("ended", "why"),
    [
        (on.ResponseEnded("r", "failed", "odd_code", "Too late..."), " failed: Too late."),
        (on.ResponseEnded("r", "failed", "odd_code"), " failed: odd code."),
        (on.ResponseEnded("r", "failed"), " failed."),
        (on.ResponseEnded("r", "cancelled", "", "...by you"), " was cancelled: ...by you."),
        (on.ResponseEnded("r", "", "", ""), " ended without a known status."),
        (on.ResponseEnded("r", "", "", "\x1bX"), r" ended without a known status: \x1bX."),
    ],
)
def test_why_a_response_failed_is_told_in_the_endpoints_words(
    ended: on.ResponseEnded, why: str
) -> None:
    error = fault_of_response(ended, Brought(), wants_audio=True)
    assert str(error) == f"The model's response{why}"


def test_a_response_that_ends_with_a_refusal_is_refused_in_its_words() -> None:
    refused = on.ResponseEnded("r", "incomplete", "insufficient_quota", "", cause=Cause.QUOTA)
    error = fault_of_response(refused, Brought(2, True), wants_audio=True)
    assert error and error.code == Cause.QUOTA.code
    assert str(error) == "The endpoint refused: insufficient_quota."
    worded = on.ResponseEnded("r", "incomplete", "insufficient_quota", "Pay!", cause=Cause.QUOTA)
    error = fault_of_response(worded, Brought(2, True), wants_audio=True)
    assert str(error) == "The endpoint refused: Pay!"
    complete = on.ResponseEnded("r", "completed", cause=Cause.QUOTA)
    assert fault_of_response(complete, Brought(2, True), wants_audio=True) is None


def test_a_reply_that_only_writes_says_what_may_help() -> None:
    error = fault(words=True)
    assert error and error.hint


def test_a_hundred_milliseconds_are_enough_to_be_committed() -> None:
    assert fault_of_recording(on.UploadEnded(pcm.size_of(100), 0.5)) is None
    almost = fault_of_recording(on.UploadEnded(pcm.size_of(100) - 2, 0.5))
    assert almost and str(almost).startswith("The recording holds ")
    nothing = fault_of_recording(on.UploadEnded(0, 0.0))
    assert str(nothing) == "The recording holds nothing; at least 100 ms are needed."


def test_the_edges_words_for_a_failure_take_the_place_of_the_rules_own() -> None:
    wishes = TalkWishes(hints={"no_turn": "Speak up."})
    error = unheard(wishes).error
    assert error and error.hint == "Speak up."


def test_a_failure_that_is_told_in_a_reply_is_told_once_it_was_heard() -> None:
    refused = on.ResponseEnded("resp_1", "failed", "insufficient_quota", "Pay", cause=Cause.QUOTA)
    story = Story().answered().tell(refused)
    assert [each.message for each in story.of(do.Warn)] == [
        "The endpoint refused: Pay. What has come of the reply is played to its end."
    ]
    story.tell(on.PartPlayed(FIRST, 4000), on.TimerFired("grace"))
    assert story.error and story.error.code == Cause.QUOTA.code
