"""Asking again after a rate limit: how often, how long after, and when to begin anew."""

from __future__ import annotations

from s2s.conversation.retries import MAX_RETRIES, MAX_WAIT_S, Retries, given_up


def test_the_pauses_double_where_nobody_says_how_long() -> None:
    retries = Retries()
    waits = []
    for _ in range(MAX_RETRIES):
        wait_s = retries.wait_s("Slow down")
        waits.append(wait_s)
        assert retries.another(wait_s)
    assert waits == [1.0, 2.0, 4.0]
    assert not retries.another(retries.wait_s("Slow down"))


def test_the_message_knows_best_and_a_reset_knows_better_than_we() -> None:
    retries = Retries()
    assert retries.wait_s("Please try again in 7s.", 20.0) == 7.0
    assert retries.wait_s("Slow down", 20.0) == 20.0


def test_two_minutes_are_waited_for_and_no_more() -> None:
    assert Retries().another(MAX_WAIT_S)
    assert not Retries().another(MAX_WAIT_S + 0.1)


def test_after_giving_up_the_next_turn_has_all_its_retries() -> None:
    """What was used up for one question is not held against the next."""
    retries = Retries()
    for _ in range(2):
        assert [retries.another(1.0) for _ in range(MAX_RETRIES + 1)] == [True] * 3 + [False]
        assert retries.made == 0


def test_a_wait_that_is_too_long_is_no_retry() -> None:
    retries = Retries()
    assert retries.another(1.0)
    assert not retries.another(MAX_WAIT_S + 1)
    assert retries.made == 0


def test_the_user_is_told_which_attempt_it_is() -> None:
    retries = Retries()
    retries.another(1.0)
    retries.another(2.5)
    assert retries.told(2.5) == "Rate limited; trying again in 2.5 s (2 of 3)."


def test_who_gives_up_tells_how_often_it_was_tried_and_how_long_to_wait() -> None:
    error = given_up("Slow down", 12.4, 3)
    assert str(error) == "Rate limited (3 retries): Slow down"
    assert error.hint == "Wait 12 s or more, then run it again."
    assert str(given_up("", 0.2, 0)) == "Rate limited: the endpoint wants a pause"
    assert given_up("", 0.2, 0).hint == "Wait 1 s or more, then run it again."
