"""What the endpoint hears of the user: a turn from its first word until it is an item."""

from __future__ import annotations

import pytest

from s2s.conversation import commands as do
from s2s.conversation.hearing import Hearing, Words
from s2s.conversation.phases import Timer

YOURS = "the end of your turn"
TO_BE_TAKEN = "your turn to be taken"


def missing(hearing: Hearing) -> tuple[str, str]:
    """What the endpoint owes while the user may go on, and when they say nothing more."""
    return hearing.missing(heard_out=False), hearing.missing(heard_out=True)


def test_before_anybody_speaks_nothing_was_found_and_nothing_is_missing() -> None:
    hearing = Hearing()
    assert not hearing.found and not hearing.speech
    assert missing(hearing) == ("", "")


def test_a_turn_is_spoken_then_over_then_an_item() -> None:
    hearing = Hearing()
    hearing.started()
    assert hearing.found and hearing.speech
    assert missing(hearing) == ("", YOURS)
    hearing.stopped()
    assert not hearing.speech
    assert missing(hearing) == (TO_BE_TAKEN, TO_BE_TAKEN)
    assert hearing.committed("i1")
    assert hearing.found and missing(hearing) == ("", "")


def test_the_end_of_a_turn_that_never_began_is_none() -> None:
    hearing = Hearing()
    hearing.stopped()
    assert missing(hearing) == ("", "")
    hearing.started()
    hearing.over()
    hearing.stopped()
    assert missing(hearing) == ("", "")
    assert not hearing.speech


def test_an_item_makes_a_turn_of_what_nobody_announced() -> None:
    hearing = Hearing()
    assert hearing.committed("i1")
    assert hearing.found


def test_the_same_item_told_twice_is_one_turn_and_one_without_a_name_always_another() -> None:
    hearing = Hearing()
    assert [hearing.committed(each) for each in ("i1", "i1", "i2", "", "")] == [
        True, False, True, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize("other", [Hearing.started, Hearing.given])
def test_another_turn_may_use_the_name_of_the_one_before(other: object) -> None:
    hearing = Hearing()
    hearing.committed("i1")
    assert callable(other)
    other(hearing)
    assert hearing.committed("i1")


def test_a_turn_by_key_or_typed_is_found_too() -> None:
    hearing = Hearing()
    hearing.given()
    assert hearing.found and not hearing.speech


def test_words_are_due_until_each_of_them_is_known() -> None:
    words = Words()
    assert not words.due
    for item_id in ("i1", "i2"):
        words.expect(item_id)
    words.known("i1")
    words.known("i3")
    assert words.due
    words.known("i2")
    assert not words.due


def test_or_until_nobody_waits_for_them_any_more() -> None:
    words = Words()
    words.expect("i1")
    assert words.wait() == [do.StartTimer(Timer.SETTLE, 5_000.0)]
    words.settle()
    assert not words.due
