"""The reply's parts: their audio never mixes, their words are never repeated."""

from __future__ import annotations

from s2s.conversation.events import Part
from s2s.conversation.reply import Reply

FIRST = Part("r", "a", 0, 0)
SECOND = Part("r", "b", 1, 0)
THIRD = Part("r", "c", 2, 0)


def test_a_part_that_begins_early_waits_for_the_one_before_it() -> None:
    reply = Reply()
    assert reply.add_audio(FIRST, b"1") == b"1"
    assert reply.add_audio(SECOND, b"2") == b""
    assert reply.add_audio(FIRST, b"1") == b"1"
    assert reply.end_audio(FIRST) == b"2"
    assert reply.add_audio(SECOND, b"2") == b"2"
    assert reply.audio_size == 4


def test_waiting_parts_follow_in_the_order_of_the_response() -> None:
    reply = Reply()
    reply.add_audio(FIRST, b"1")
    reply.add_audio(THIRD, b"3")
    reply.add_audio(SECOND, b"2")
    reply.end_audio(SECOND)
    assert reply.end_audio(FIRST) == b"23"


def test_an_endpoint_that_never_ends_its_parts_loses_nothing() -> None:
    reply = Reply()
    reply.add_audio(FIRST, b"1")
    reply.add_audio(SECOND, b"2")
    assert reply.end() == b"2"


def test_words_of_a_second_part_stand_on_a_line_of_their_own() -> None:
    reply = Reply()
    shown = (
        reply.add_text(FIRST, "One") + reply.add_text(FIRST, ".") + reply.add_text(SECOND, "Two")
    )
    assert shown == "One.\nTwo" == reply.text


def test_a_final_text_that_disagrees_with_its_pieces_is_not_shown_twice() -> None:
    reply = Reply()
    reply.add_text(FIRST, "Helo")
    assert reply.end_text(FIRST, "Hello") == ""
