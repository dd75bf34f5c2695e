"""What an interruption leaves of a reply: the endpoint keeps what was heard, and nothing else."""

from __future__ import annotations

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation.events import Heard, Part
from s2s.conversation.playing import Playing
from s2s.conversation.response import Cut

REPLY, ANOTHER = object(), object()
ONE = Part("resp_1", "item_1", 0, 0)
SECOND_PART = Part("resp_1", "item_1", 0, 1)
TWO = Part("resp_1", "item_2", 1, 0)
THREE = Part("resp_1", "item_3", 2, 0)
NAMELESS = Part("resp_1", "", 0, 0)


def test_of_three_items_each_is_forgotten_by_what_was_heard_of_it() -> None:
    """The first was heard whole, the second in part, the third not at all."""
    playing = Playing()
    for part in (ONE, TWO, THREE):
        playing.give(part, pcm.silence(1000), REPLY)
        playing.end(part)
    orders = playing.cleared((Heard(ONE, 1000), Heard(TWO, 300), Heard(THREE, 0)))
    assert orders == [Cut("item_2", 0, 300), Cut("item_3")]
    assert not playing


def test_an_item_that_has_no_name_hides_none_of_those_behind_it() -> None:
    playing = Playing()
    for part in (NAMELESS, TWO):
        playing.give(part, pcm.silence(1000), REPLY)
    assert playing.cleared((Heard(NAMELESS, 200), Heard(TWO, 0))) == [Cut("item_2")]


def test_a_part_that_the_rules_do_not_know_is_not_forgotten_by_the_endpoint() -> None:
    playing = Playing()
    playing.give(ONE, pcm.silence(1000), REPLY)
    assert playing.cleared((Heard(TWO, 100),)) == []
    assert playing


def test_the_same_item_of_two_unheard_parts_is_deleted_once() -> None:
    playing = Playing()
    playing.give(ONE, pcm.silence(1000), REPLY)
    playing.give(SECOND_PART, pcm.silence(1000), REPLY)
    orders = playing.cleared((Heard(ONE, 0), Heard(SECOND_PART, 0)))
    assert orders == [Cut("item_1")]


def test_an_item_whose_first_part_was_heard_is_never_deleted() -> None:
    playing = Playing()
    playing.give(ONE, pcm.silence(1000), REPLY)
    playing.end(ONE)
    playing.give(SECOND_PART, pcm.silence(1000), REPLY)
    playing.played(ONE, 1000)
    assert playing.cleared((Heard(SECOND_PART, 0),)) == [Cut("item_1", 1, 0)]


def test_half_a_sample_waits_for_its_other_half() -> None:
    playing = Playing()
    assert playing.give(ONE, b"\1", REPLY) == []
    assert playing.give(ONE, b"\2\3", REPLY) == [do.PlayAudio(ONE, b"\1\2")]
    assert playing.give(ONE, b"\4", REPLY) == [do.PlayAudio(ONE, b"\3\4")]


def test_a_byte_alone_does_not_take_back_that_a_part_has_ended() -> None:
    playing = Playing()
    playing.give(ONE, pcm.silence(100), REPLY)
    playing.end(ONE)
    playing.give(ONE, b"\1", REPLY)
    assert not playing.unfinished


def test_more_of_a_part_that_had_ended_is_still_counted_after_its_end_was_heard() -> None:
    """500 ms are heard; 300 more came meanwhile, and of those the user interrupts at 100."""
    playing = Playing()
    playing.give(ONE, pcm.silence(500), REPLY)
    playing.end(ONE)
    playing.give(ONE, pcm.silence(300), REPLY)
    assert playing.unfinished
    playing.played(ONE, 500)
    assert playing, "the rest of it is to be heard"
    playing.end(ONE)
    assert playing.cleared((Heard(ONE, 100),)) == [Cut("item_1", 0, 600)]


def test_the_rest_of_a_part_still_belongs_to_its_response() -> None:
    playing = Playing()
    playing.give(ONE, pcm.silence(500), REPLY)
    playing.end(ONE)
    playing.give(ONE, pcm.silence(300) + b"\1", REPLY)
    playing.played(ONE, 500)
    assert playing.give(ONE, b"\2", REPLY) == [do.PlayAudio(ONE, b"\1\2")]
    assert playing.end_all_of(ANOTHER) == []
    assert playing.end_all_of(REPLY) == [do.EndPart(ONE)]


def test_a_part_that_went_on_and_was_heard_to_its_last_sample_leaves_nothing() -> None:
    playing = Playing()
    playing.give(ONE, pcm.silence(500), REPLY)
    playing.end(ONE)
    playing.give(ONE, pcm.silence(300), REPLY)
    playing.end(ONE)
    playing.played(ONE, 800)
    assert not playing


def test_an_id_that_is_used_again_inherits_nothing_of_what_was_heard() -> None:
    """Some endpoints call every response by one id, and every item."""
    playing = Playing()
    playing.give(ONE, pcm.silence(1000), REPLY)
    playing.end(ONE)
    playing.played(ONE, 1000)
    playing.give(ONE, pcm.silence(1000), ANOTHER)
    assert playing.cleared((Heard(ONE, 0),)) == [Cut("item_1")]


def test_and_a_third_use_of_it_inherits_nothing_of_the_second() -> None:
    playing = Playing()
    playing.give(ONE, pcm.silence(1000), REPLY)
    playing.give(ONE, pcm.silence(1000), ANOTHER)
    playing.end(ONE)
    playing.played(ONE, 2000)
    playing.give(ONE, pcm.silence(1000), ANOTHER)
    assert playing.cleared((Heard(ONE, 50),)) == [Cut("item_1", 0, 2050)]


def test_a_response_keeps_what_was_heard_of_it_while_another_speaks() -> None:
    other = Part("resp_2", "item_9", 0, 0)
    playing = Playing()
    playing.give(ONE, pcm.silence(1000), REPLY)
    playing.end(ONE)
    playing.played(ONE, 1000)
    playing.give(other, pcm.silence(1000), ANOTHER)
    playing.give(SECOND_PART, pcm.silence(1000), REPLY)
    assert playing.cleared((Heard(SECOND_PART, 0),)) == [Cut("item_1", 1, 0)]
