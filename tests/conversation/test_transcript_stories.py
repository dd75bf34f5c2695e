"""Calls, items without a line, ids that are used again, words without sound: each in its place."""

from __future__ import annotations

import pytest
from test_conversation_transcript import FIRST, SECOND, WORDS, Story

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.captions import LONGEST_WORD, Caption, word_boundary
from s2s.conversation.transcript.transcript import Transcript

SUNNY = do.CreateFunctionOutput("c1", {"sky": "sunny"})


def called(
    item_id: str = "f1", call_id: str = "c1", name: str = "weather", response_id: str = "r1"
) -> on.Event:
    return on.FunctionCalled(response_id, item_id, call_id, name, "{}")


def ids(story: Story) -> list[str]:
    return [line.item_id for line in story.transcript.lines()]


# --- calls


def test_a_call_that_no_item_announced_is_a_line_all_the_same() -> None:
    story = Story()
    story.at = 3.0
    story.tell(on.ResponseStarted("r1"), called(), SUNNY)
    assert story.said == ["call: weather({}) (sky: sunny)"]
    (line,) = story.written
    assert (line.item_id, line.start, line.end) == ("f1", 3.0, 3.0)


def test_a_call_stands_where_its_item_was_announced_and_when() -> None:
    story = Story().tell(on.ResponseStarted("r1"))
    story.user("u1").tell(on.ItemAdded("f1", "u1", "call", ""))
    story.at = 2.0
    story.user("u2", "f1").tell(called(), SUNNY)
    assert ids(story) == ["u1", "f1", "u2"]
    assert story.transcript.lines()[1].start == 0.0


def test_a_call_that_comes_when_nobody_waits_for_it_any_more_stands_at_the_end() -> None:
    story = Story(transcribes=False).tell(on.ResponseStarted("r1"))
    story.tell(on.ItemAdded("f1", "", "call", "")).ended(FIRST)
    story.tell(do.CreateUserText("Well?"))
    assert story.said == ["user: Well?"]
    story.tell(called(), SUNNY)
    assert story.said == ["user: Well?", "call: weather({}) (sky: sunny)"]


def test_one_that_is_told_twice_is_one_line() -> None:
    story = Story().tell(on.ResponseStarted("r1"), on.ItemAdded("f1", "", "call", ""))
    story.tell(called(), called(), SUNNY)
    assert story.said == ["call: weather({}) (sky: sunny)"]


def test_of_two_calls_each_has_its_own_answer() -> None:
    story = Story().tell(on.ResponseStarted("r1"))
    story.tell(called("f1", "c1", "weather"), called("f2", "c2", "time"))
    story.tell(do.CreateFunctionOutput("c2", {"hour": "noon"}), SUNNY)
    assert story.said == ["call: weather({}) (sky: sunny)", "call: time({}) (hour: noon)"]


def test_an_answer_to_a_call_changes_no_other_item() -> None:
    story = Story().user().tell(on.UserTranscribed("u1", "How is the weather?"))
    story.tell(on.ResponseStarted("r1"), called(), SUNNY)
    assert story.said == ["user: How is the weather?", "call: weather({}) (sky: sunny)"]


def test_a_call_that_is_never_told_keeps_nobody_waiting_once_its_response_is_over() -> None:
    story = Story().tell(on.ResponseStarted("r1"), on.ItemAdded("f1", "", "call", ""))
    story.tell(do.CreateUserText("Well?"))
    assert story.said == []
    story.ended(SECOND)
    assert story.said == ["user: Well?"]


# --- items


def test_an_item_that_nobody_says_keeps_the_order_of_those_around_it() -> None:
    story = Story().user("u1").tell(on.ItemAdded("x1", "u1", "other", ""))
    story.user("u3").user("u2", "x1")
    assert ids(story) == ["u1", "u2", "u3"]


def test_a_message_of_the_system_is_no_line_and_keeps_nobody_waiting() -> None:
    story = Story().tell(on.ItemAdded("s1", "", "message", "system"), do.CreateUserText("Hello."))
    assert story.said == ["user: Hello."]


def test_an_answer_stands_behind_the_item_that_it_follows() -> None:
    story = Story().user("u1").user("u2", "u1")
    story.reply(FIRST, "Paris.", 500, previous_id="u1").played(FIRST, 500)
    assert ids(story) == ["u1", "a1", "u2"]


def test_a_turn_stands_where_its_commit_says_and_where_its_item_says_later() -> None:
    story = Story().user("u1").user("u2", "u1")
    story.tell(on.InputCommitted("u3", "u1"))
    assert ids(story) == ["u1", "u3", "u2"]
    story.tell(on.ItemAdded("u3", "u2", "message", "user"))
    assert ids(story) == ["u1", "u2", "u3"]


def test_an_item_that_is_announced_again_moves_and_is_no_second_one() -> None:
    story = Story().user("u1").tell(on.ResponseStarted("r1"))
    story.tell(on.ItemAdded("a1", "", "message", "assistant")).user("u2", "u1")
    story.tell(on.ItemAdded("a1", "u1", "message", "assistant"))
    story.tell(on.TextReceived(FIRST, "Paris."), do.PlayAudio(FIRST, pcm.silence(500)))
    story.ended(FIRST).played(FIRST, 500)
    assert ids(story) == ["u1", "a1", "u2"]


def test_an_item_that_the_same_response_announces_after_its_part_is_no_second_one() -> None:
    story = Story().tell(on.ResponseStarted("r1"), on.TextReceived(FIRST, "Paris."))
    story.tell(do.PlayAudio(FIRST, pcm.silence(500)), on.AudioEnded(FIRST))
    story.tell(on.ItemAdded("a1", "", "message", "assistant"))
    story.ended(FIRST).played(FIRST, 500)
    assert story.said == ["assistant: Paris."]


def test_an_item_of_another_response_with_an_id_that_was_used_before_is_another() -> None:
    story = Story().reply(FIRST, "Paris.", 500).ended(FIRST).played(FIRST, 500)
    again = on.Part("r2", "a1", 0, 0)
    story.reply(again, "Rome.", 500).ended(again).played(again, 500)
    assert story.said == ["assistant: Paris.", "assistant: Rome."]


def test_an_item_that_settled_without_a_line_is_brought_back_when_it_brings_one() -> None:
    story = Story().tell(on.ResponseStarted("r1"), on.ItemAdded("a1", "", "message", "assistant"))
    story.ended(FIRST).tell(do.CreateUserText("Well?"))
    assert story.said == ["user: Well?"]
    story.tell(on.TextReceived(FIRST, "Paris."), do.PlayAudio(FIRST, pcm.silence(500)))
    story.tell(on.AudioEnded(FIRST)).ended(FIRST).played(FIRST, 500)
    assert story.said == ["user: Well?", "assistant: Paris."]


def test_parts_of_two_items_without_names_are_two_lines() -> None:
    parts = [on.Part("r1", "", index, 0) for index in (0, 1)]
    story = Story().tell(on.ResponseStarted("r1"))
    for part in parts:
        story.tell(on.TextReceived(part, f"Line {part.output_index}."))
        story.tell(do.PlayAudio(part, pcm.silence(500)), on.AudioEnded(part))
    story.ended(parts[0]).played(parts[0], 500).played(parts[1], 500)
    assert story.said == ["assistant: Line 0.", "assistant: Line 1."]
    assert len(set(ids(story))) == 2


def test_the_end_of_one_response_leaves_that_of_another_open() -> None:
    other = on.Part("r2", "a2", 0, 0)
    story = Story().reply(FIRST, WORDS, 5000).tell(on.PartStarted(FIRST))
    story.tell(on.ResponseStarted("r2"), on.TextReceived(other, "More."))
    story.ended(FIRST)
    story.tell(on.AudioReceived(other, b"\0\0"), do.PlayAudio(other, pcm.silence(500)))
    story.tell(on.AudioEnded(other)).played(FIRST, 5000).ended(other).played(other, 500)
    assert story.said == [f"assistant: {WORDS}", "assistant: More."]


# --- words and sound


def test_sound_that_comes_in_pieces_is_as_long_as_all_of_them() -> None:
    story = Story().tell(on.ResponseStarted("r1"), on.TextReceived(FIRST, WORDS))
    for _ in range(5):
        story.tell(on.AudioReceived(FIRST, b"\0\0"), do.PlayAudio(FIRST, pcm.silence(1000)))
    story.tell(on.AudioEnded(FIRST), on.PartStarted(FIRST))
    story.tell(on.AudioPlayed(b"", on.Heard(FIRST, 2500)))
    (line,) = story.transcript.open()
    assert line.text == "One two three four five"


def test_the_final_texts_are_written_only_if_no_piece_of_that_response_came() -> None:
    final = on.ResponseEnded("r1", "completed", texts=((SECOND, "Two."),))
    story = Story().tell(on.ResponseStarted("r1"), on.TextReceived(FIRST, "One."), final)
    assert story.said == ["assistant: One."]
    other = on.Part("r0", "a0", 0, 0)
    story = Story().tell(on.ResponseStarted("r0"), on.TextReceived(other, "Before."))
    story.tell(do.PlayAudio(other, pcm.silence(500)), on.ResponseEnded("r0", "completed"))
    story.tell(on.ResponseStarted("r1"), final).played(other, 500)
    assert story.said == ["assistant: Before.", "assistant: Two."]


def test_written_words_begin_when_they_come_and_end_with_their_response() -> None:
    for whole in (on.TextEnded(FIRST, "Paris."), on.TextReceived(FIRST, "Paris.")):
        story = Story(text_only=True).tell(on.ResponseStarted("r1"))
        story.at = 2.0
        story.tell(whole)
        story.at = 3.0
        story.ended(FIRST)
        assert [(line.text, line.start, line.end) for line in story.written] == [
            ("Paris.", 2.0, 3.0)
        ]


def test_written_words_that_come_only_with_the_end_begin_with_it() -> None:
    story = Story(text_only=True).tell(on.ResponseStarted("r1"))
    story.at = 4.0
    story.tell(on.ResponseEnded("r1", "completed", texts=((FIRST, "Paris."),)))
    assert [(line.text, line.start) for line in story.written] == [("Paris.", 4.0)]


def test_a_written_reply_that_was_cancelled_ends_at_that_moment() -> None:
    story = Story(text_only=True).tell(on.ResponseStarted("r1"), on.TextReceived(FIRST, "Par"))
    story.at = 2.0
    story.tell(do.CancelResponse("r1"), on.TextReceived(FIRST, "is."))
    assert [(line.text, line.end) for line in story.written] == [("Par", 2.0)]


def test_words_with_sound_are_not_shown_before_they_are_heard() -> None:
    story = Story().tell(on.ResponseStarted("r1"), on.TextReceived(FIRST, WORDS))
    assert story.opened == []


def test_a_reply_without_words_is_told_as_that_when_it_was_heard() -> None:
    story = Story().tell(on.ResponseStarted("r1"), on.AudioReceived(FIRST, b"\0\0"))
    story.tell(do.PlayAudio(FIRST, pcm.silence(500)), on.AudioEnded(FIRST))
    story.ended(FIRST).played(FIRST, 500)
    assert story.said == ["assistant:  (no words)"]


def test_what_is_heard_after_the_end_is_no_more_than_was_heard_at_it() -> None:
    story = Story().reply(FIRST, WORDS, 5000).tell(on.PartStarted(FIRST))
    story.tell(on.PlayoutCleared((on.Heard(FIRST, 2400),)))
    story.tell(on.AudioPlayed(b"", on.Heard(FIRST, 5000)))
    assert story.said == ["assistant: One two three four five | six seven eight nine ten."]


# --- the user


def test_words_that_fail_for_a_turn_that_nobody_announced_make_its_line_at_that_time() -> None:
    story = Story()
    story.at = 6.0
    story.tell(on.UserTranscriptionFailed("u1", "too quiet")).wait(1.0)
    assert [(line.note, line.start) for line in story.written] == [
        ("not transcribed: too quiet", 6.0)
    ]
    story.tell(on.UserTranscribed("u2", "Hello?"))
    assert [(line.text, line.start) for line in story.written[1:]] == [("Hello?", 7.0)]


def test_words_with_an_id_that_is_no_turns_are_a_turn_of_their_own() -> None:
    story = Story().user("u1").tell(on.UserTranscribed("u9", "Nine."))
    assert [line.text for line in story.transcript.lines()] == ["", "Nine."]


def test_a_turn_without_words_is_not_late_when_nothing_comes_for_it() -> None:
    story = Story().user("u1").wait(6).tell(on.UserTranscribed("u1", ""))
    assert story.transcript.reader().late() == []


def test_before_any_key_a_turn_that_is_told_twice_is_one() -> None:
    transcript = Transcript()
    for _ in range(2):
        transcript.observe(0.0, on.InputCommitted("u1"))
    assert len(transcript.lines()) == 1


def test_typed_messages_that_no_item_names_are_lines_of_their_own() -> None:
    story = Story()
    story.tell(do.CreateUserText("One."), do.CreateUserText("Two."))
    story.tell(on.ItemAdded("u1", "", "message", "user"))
    story.tell(on.ItemAdded("u2", "u1", "message", "user"))
    assert [(line.text, line.item_id) for line in story.transcript.lines()] == [
        ("One.", "u1"),
        ("Two.", "u2"),
    ]


# --- where words are cut


@pytest.mark.parametrize(
    ("text", "position", "end"),
    [
        ("", 0, 0),
        ("One two", -1, 0),
        ("One two", 1, 0),  # nearer to the beginning
        ("One two", 2, 3),
        ("One two", 7, 7),
        ("One two", 6, 7),
        ("ab cd", 4, 5),  # as near to both: the word counts
        ("One  two", 4, 3),  # two spaces: the word ends before the first
        ("One\ntwo", 4, 3),
        ("e\u0301" * 3, 2, 0),  # a letter and its accent are one
        ("你好。世界", 2, 3),  # no line begins with a full stop
        ("你a好", 1, 1),
        ("\uff37\uff49\uff44\uff45", 2, 2),
        ("x" * LONGEST_WORD, 9, 0),
        ("x" * LONGEST_WORD, 10, LONGEST_WORD),
        ("x" * (LONGEST_WORD + 1), 9, 9),
    ],
)
def test_a_cut_falls_at_the_nearest_end_of_a_word(text: str, position: int, end: int) -> None:
    assert word_boundary(text, position) == end


def caption(text: str, ms: int, *, ended: bool = True) -> Caption:
    made = Caption()
    made.add(text)
    made.size, made.audio_ended = pcm.size_of(ms), ended
    return made


def test_a_caption_goes_with_the_share_of_its_sound_that_was_heard() -> None:
    made = caption(WORDS, 5000)
    made.move(0)
    assert made.heard == ""
    made.move(2500)
    assert made.heard == "One two three four five"
    made.move(1)
    assert made.heard == "One two three four five", "no word is taken back"
    made.move(9000)
    assert made.heard == WORDS


def test_while_sound_still_comes_nobody_is_taken_to_speak_faster_than_people_do() -> None:
    made = caption("x" * 15 + " " + "y" * 84, 1000, ended=False)  # 100 letters: 6 s at least
    made.move(900)
    assert made.heard == "x" * 15
    slow = caption("Yes no", 60_000, ended=False)
    slow.move(30_000)
    assert slow.heard == "Yes"


def test_a_caption_without_sound_does_not_move() -> None:
    made = caption("", 0)
    made.move(500)
    assert made.heard == ""


def test_a_single_millisecond_counts() -> None:
    made = caption("A b", 2)
    made.move(1)
    assert made.heard == "A"


def test_words_that_come_after_it_was_heard_were_heard_too() -> None:
    made = caption("One", 500)
    made.end()
    made.add(" two")
    assert (made.heard, made.unheard) == ("One two", "")


def test_words_that_come_after_a_cut_change_nothing() -> None:
    made = caption("One two", 1000)
    made.stop(500)
    made.add(" three")
    assert made.heard + made.unheard == "One two"
