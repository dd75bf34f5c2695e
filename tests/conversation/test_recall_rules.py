"""What a new session is told costs tokens, sound too; of turns without words a minute is kept."""

from __future__ import annotations

from complaints import response_ended

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.conversation import Conversation
from s2s.conversation.recall import Recall
from s2s.conversation.session_config import ServerVad, TalkWishes
from s2s.conversation.transcript.transcript import Transcript
from s2s.conversation.unconfirmed import Unconfirmed

WISHES = TalkWishes(
    do.ConfigureSession(turn_detection=ServerVad()),
    (do.ConfigureTranscription("writer"),),
    reconnect_ms=300_000,
)


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


def test_a_new_session_is_told_in_the_words_that_the_transcript_shows() -> None:
    """The rules have a transcript of their own, which is told the same facts and orders."""
    shown, rules = Transcript(), Conversation(WISHES)
    told: list[do.SeedItem] = []

    def happen(*events: on.Event) -> None:
        for event in events:
            shown.observe(0.0, event)
            for order in rules.handle(event):
                shown.observe(0.0, order)
                told.extend([order] if isinstance(order, do.SeedItem) else [])

    for order in rules.start():
        shown.observe(0.0, order)
    whole, cut = on.Part("r1", "a1", 0, 0), on.Part("r2", "a2", 0, 0)
    happen(on.SessionStarted("s1", "m"), on.SessionConfigured(), on.SessionConfigured())
    happen(on.InputCommitted("u1"), on.UserTranscribed("u1", "Hello."), on.ResponseStarted("r1"))
    happen(on.TextReceived(whole, "Hi there."), on.AudioReceived(whole, pcm.silence(1000)))
    happen(on.TextEnded(whole, "Hi there."), on.PartStarted(whole), on.AudioEnded(whole))
    happen(response_ended("r1", "completed"), on.PartPlayed(whole, 1000))
    happen(on.TextEntered("And now?"), on.ItemAdded("u2", "a1", "message", "user"))
    happen(on.ResponseStarted("r2"), on.TextReceived(cut, "One, two, three, four."))
    happen(on.AudioReceived(cut, pcm.silence(4000)), on.PartStarted(cut))
    happen(on.SpeechStarted("u3", None), on.PlayoutCleared((on.Heard(cut, 2000),)))
    happen(response_ended("r2", "cancelled"), on.ConnectionLost())
    happen(on.SessionStarted("s2", "m"), on.SessionConfigured(), on.SessionConfigured())
    lines = [(line.item_id, line.text) for line in shown.lines() if line.text]
    assert [(each.item_id, each.text) for each in told] == lines
    assert [text for _, text in lines] == ["Hello.", "Hi there.", "And now?", "One, two,"]
