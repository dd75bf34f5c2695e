"""Asking again after a rate limit, in a conversation and in an exchange."""

from __future__ import annotations

import pytest
from conversing import Story, ended

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.exchange import Exchange
from s2s.conversation.retries import Retries
from s2s.conversation.session_config import Wishes

LIMITED = ended("failed", "rate_limit_exceeded", "Slow down.")


def pauses(story: Story) -> list[float]:
    return [each.ms for each in story.of(do.StartTimer) if each.name == "retry"]


def test_a_response_that_comes_gives_the_next_one_all_its_retries() -> None:
    story = Story().talking()
    for turn in range(3):
        part = on.Part(f"r{turn}", "i", 0, 0)
        limited = on.ResponseEnded(f"early{turn}", "failed", "rate_limit_exceeded")
        later = on.ResponseEnded(f"later{turn}", "failed", "rate_limit_exceeded")
        story.tell(on.InputCommitted(f"u{turn}"), limited, on.TimerFired("retry"), later)
        story.tell(on.TimerFired("retry"), on.ResponseStarted(f"r{turn}"))
        story.tell(on.AudioReceived(part, pcm.silence(100)))
        story.tell(on.ResponseEnded(f"r{turn}", "completed"))
    assert pauses(story) == [1000.0, 2000.0] * 3


def test_after_a_retry_was_given_up_the_next_turn_begins_anew() -> None:
    retries = Retries()
    assert [retries.again("") for _ in range(5)] == [1.0, 2.0, 4.0, None, 1.0]


def test_a_wait_that_is_too_long_is_told_with_the_retries_before_it() -> None:
    retries = Retries()
    retries.again("")
    assert retries.again("Please try again in 10m.") is None
    error = retries.given_up("Too many.")
    assert (error.message, error.hint) == (
        "Rate limited (1 retries): Too many.", "Wait 600 s or more, then run it again.",
    )  # fmt: skip


def test_the_endpoints_own_word_on_its_limits_says_how_long_to_wait() -> None:
    story = Story().talking().tell(on.RateLimitsUpdated(7.0), on.InputCommitted("u1"), LIMITED)
    assert pauses(story) == [7000.0]
    hinted = ended("failed", "rate_limit_exceeded", "Please try again in 3s.")
    story.tell(on.TimerFired("retry"), hinted)
    assert pauses(story) == [7000.0, 3000.0], "what is said of this refusal counts more"


def test_an_exchange_waits_by_that_word_too() -> None:
    exchange = Exchange(Wishes())
    for fact in (
        on.SessionStarted("s", "m"), on.SessionConfigured(), on.UploadEnded(48_000, 0.5),
        on.InputCommitted("u1"), on.RateLimitsUpdated(7.0),
    ):  # fmt: skip
        exchange.handle(fact)
    assert do.StartTimer("pause", 7000.0) in exchange.handle(LIMITED)


@pytest.mark.parametrize("limited", [LIMITED, on.ErrorReported("", "rate_limit_exceeded", "")])
def test_what_was_progress_before_a_pause_is_progress_again_after_it(limited: on.Event) -> None:
    exchange = Exchange(Wishes())
    for fact in (
        on.SessionStarted("s", "m"), on.SessionConfigured(), on.UploadEnded(48_000, 0.5),
        on.InputCommitted("u1"),
    ):  # fmt: skip
        exchange.handle(fact)
    item = on.ItemAdded("i1", "", "message", "assistant")
    watch = do.StartTimer("silence", 30_000.0)
    assert watch in exchange.handle(item)
    assert watch not in exchange.handle(item)
    exchange.handle(limited)
    exchange.handle(on.TimerFired("pause"))
    assert watch in exchange.handle(item)


def test_what_was_progress_before_a_call_is_progress_again_after_it() -> None:
    exchange = Exchange(Wishes())
    call = on.FunctionCalled("r1", "f1", "c1", "weather", "{}")
    item = on.ItemAdded("i1", "", "message", "assistant")
    for fact in (
        on.SessionStarted("s", "m"), on.SessionConfigured(), on.UploadEnded(48_000, 0.5),
        on.InputCommitted("u1"), on.ResponseStarted("r1"), item, call,
        on.ResponseEnded("r1", "completed"), on.ResponseStarted("r2"),
    ):  # fmt: skip
        exchange.handle(fact)
    assert do.StartTimer("silence", 30_000.0) in exchange.handle(item)
