"""What a new session is told costs tokens, sound too; of turns without words a minute is kept."""

from __future__ import annotations

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.recall import Recall
from s2s.conversation.unconfirmed import Unconfirmed


def said(recall: Recall, item_id: str, seconds: int, words: str = "") -> None:
    """A turn is an item; its words are known, or are not."""
    recall.observe(on.InputCommitted(item_id))
    recall.turn(item_id, pcm.silence(seconds * 1000))
    recall.observe(on.UserTranscribed(item_id, words))


def told(recall: Recall) -> list[str]:
    return [each.item_id for each in recall.tell(set()).items]


def test_a_second_of_sound_costs_ten_tokens_and_an_item_eight() -> None:
    for budget, kept in ((108, ["u1"]), (107, [])):
        recall = Recall(budget)
        said(recall, "u1", 10)
        assert told(recall) == kept


def test_three_letters_of_words_cost_a_token() -> None:
    for budget, kept in ((18, ["u1"]), (17, [])):
        recall = Recall(budget)
        said(recall, "u1", 10, "word " * 6)
        assert told(recall) == kept


def test_of_sound_without_words_the_last_minute_is_kept() -> None:
    recall = Recall()
    said(recall, "u1", 40)
    said(recall, "u2", 40)
    found = recall.tell(set())
    assert [each.item_id for each in found.items] == ["u2"]
    assert found.wordless == 1


def test_a_turn_whose_words_are_known_takes_no_room_of_another_as_sound() -> None:
    recall = Recall()
    said(recall, "u1", 40, "Hello.")
    said(recall, "u2", 40)
    assert told(recall) == ["u1", "u2"]


def test_what_is_cleared_is_not_sent_again_and_what_was_committed_before_it_is() -> None:
    kept = Unconfirmed()
    loud = do.SendAudio(b"\x00\x20" * 480)
    for order in (loud, do.CommitAudio(), loud, loud, do.ClearInput(), loud):
        kept.note(order)
    again = kept.again()
    assert [type(each) for each in again] == [do.SendAudio, do.CommitAudio, do.SendAudio]
    assert sum(len(each.pcm) for each in again if isinstance(each, do.SendAudio)) == 2 * 960
