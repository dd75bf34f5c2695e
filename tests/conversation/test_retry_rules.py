"""Asking again after a rate limit: how often, how long after, and when to begin anew."""

from __future__ import annotations

from s2s.conversation.retries import MAX_RETRIES, MAX_WAIT_S, Retries


def test_the_pauses_double_where_nobody_says_how_long() -> None:
    retries = Retries()
    waits = [retries.again("Slow down") for _ in range(MAX_RETRIES + 1)]
    assert waits == [1.0, 2.0, 4.0, None]


def test_the_message_knows_best_and_a_reset_knows_better_than_we() -> None:
    retries = Retries()
    retries.limits(20.0)
    assert retries.again("Please try again in 7s.") == 7.0
    assert retries.again("Slow down") == 20.0


def test_two_minutes_are_waited_for_and_no_more() -> None:
    assert Retries().again(f"Please try again in {MAX_WAIT_S:.0f}s.") == MAX_WAIT_S
    assert Retries().again(f"Please try again in {MAX_WAIT_S + 1:.0f}s.") is None


def test_after_giving_up_the_next_turn_has_all_its_retries() -> None:
    """What was used up for one question is not held against the next."""
    retries = Retries()
    for _ in range(2):
        waits = [retries.again("Slow down") for _ in range(MAX_RETRIES + 1)]
        assert waits == [1.0, 2.0, 4.0, None]


def test_after_an_answer_the_next_turn_has_all_its_retries() -> None:
    retries = Retries()
    retries.again("Slow down")
    retries.answered()
    assert retries.again("Slow down") == 1.0


def test_the_user_is_told_which_attempt_it_is() -> None:
    retries = Retries()
    retries.again("Slow down")
    retries.again("Slow down")
    assert retries.told(2.5) == "Rate limited; trying again in 2.5 s (2 of 3)."


def test_who_gives_up_tells_how_often_it_was_tried_and_how_long_to_wait() -> None:
    retries = Retries()
    for _ in range(MAX_RETRIES):
        retries.again("Slow down")
    assert retries.again("Please try again in 12.4s.") is None
    error = retries.given_up("Slow down")
    assert str(error) == "Rate limited (3 retries): Slow down"
    assert error.hint == "Wait 12 s or more, then run it again."
    assert Retries().again("Please try again in 500s.") is None
    assert str(Retries().given_up("")) == "Rate limited: the endpoint wants a pause"
    assert Retries().given_up("").hint == "Wait 1 s or more, then run it again."
