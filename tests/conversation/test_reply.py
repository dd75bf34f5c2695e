"""The reply's parts: their audio never mixes, their words are never repeated."""

from __future__ import annotations

from s2s.conversation.events import Part
from s2s.conversation.reply_assembly import ReplyAssembly

FIRST = Part("r", "a", 0, 0)
SECOND = Part("r", "b", 1, 0)
THIRD = Part("r", "c", 2, 0)


def test_a_part_that_begins_early_waits_for_the_one_before_it() -> None:
    reply = ReplyAssembly()
    assert reply.add_audio(FIRST, b"11") == b"11"
    assert reply.add_audio(SECOND, b"22") == b""
    assert reply.add_audio(FIRST, b"11") == b"11"
    assert reply.end_audio(FIRST) == b"22"
    assert reply.add_audio(SECOND, b"22") == b"22"
    assert reply.audio_size == 8


def test_waiting_parts_follow_in_the_order_of_the_response() -> None:
    reply = ReplyAssembly()
    reply.add_audio(FIRST, b"11")
    reply.add_audio(THIRD, b"33")
    reply.add_audio(SECOND, b"22")
    reply.end_audio(SECOND)
    assert reply.end_audio(FIRST) == b"2233"


def test_an_endpoint_that_never_ends_its_parts_loses_nothing() -> None:
    reply = ReplyAssembly()
    reply.add_audio(FIRST, b"11")
    reply.add_audio(SECOND, b"22")
    assert reply.end() == (b"22", "")


def test_words_of_a_second_part_stand_on_a_line_of_their_own() -> None:
    reply = ReplyAssembly()
    shown = reply.add_text(FIRST, "One") + reply.add_text(FIRST, ".")
    shown += reply.end_text(FIRST, "One.") + reply.add_text(SECOND, "Two")
    assert shown == "One.\nTwo" == reply.text


def test_words_that_nothing_ends_are_shown_in_the_end() -> None:
    reply = ReplyAssembly()
    shown = reply.add_text(FIRST, "One") + reply.add_text(SECOND, "Two")
    assert (shown, reply.end()) == ("One", (b"", "\nTwo"))


def test_a_final_text_that_disagrees_with_its_pieces_is_not_shown_twice() -> None:
    reply = ReplyAssembly()
    reply.add_text(FIRST, "Helo")
    assert reply.end_text(FIRST, "Hello") == ""


def test_words_of_interleaved_parts_are_shown_in_order() -> None:
    reply = ReplyAssembly()
    shown = reply.add_text(FIRST, "One ") + reply.add_text(SECOND, "Two ")
    shown += reply.add_text(FIRST, "one.") + reply.add_text(SECOND, "two.")
    assert shown == "One one."
    assert reply.end_text(FIRST, "One one.") == "\nTwo two."
    assert reply.text == "One one.\nTwo two."


def test_deltas_may_be_cut_in_the_middle_of_a_sample() -> None:
    reply = ReplyAssembly()
    heard = [reply.add_audio(FIRST, piece) for piece in (b"1", b"234", b"56", b"7")]
    assert b"".join(heard) == b"123456"
    assert reply.audio_size == 6
