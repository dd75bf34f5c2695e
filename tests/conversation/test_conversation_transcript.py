"""What was said and heard, told as stories: who spoke when, and in which order it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.captions import Caption, word_boundary
from s2s.conversation.transcript.items import MOMENT_S, SETTLE_S, Line
from s2s.conversation.transcript.transcript import Transcript

FIRST = on.Part("r1", "a1", 0, 0)
SECOND = on.Part("r1", "a2", 1, 0)
WORDS = "One two three four five six seven eight nine ten."


class Story:
    """A transcript, and everything it has given so far."""

    def __init__(self, *, transcribes: bool = True, text_only: bool = False) -> None:
        self.transcript = Transcript()
        self.lines = self.transcript.reader()
        self.at = 0.0
        self.written: list[Line] = []
        self.tell(do.ConfigureSession(text_only=text_only))
        if transcribes:
            self.tell(do.ConfigureTranscription("whisper"))

    def tell(self, *happened: on.Event | do.Command) -> Story:
        for each in happened:
            self.transcript.observe(self.at, each)
            self.written += self.lines.settled()
        return self

    def wait(self, seconds: float) -> Story:
        self.at += seconds
        return self.tell(on.AudioPlayed(b"", None))

    def user(self, item_id: str = "u1", previous_id: str = "") -> Story:
        return self.tell(
            on.InputCommitted(item_id, previous_id),
            on.ItemAdded(item_id, previous_id, "message", "user"),
        )

    def reply(self, part: on.Part, text: str, ms: int, *, previous_id: str = "") -> Story:
        """A part that arrives whole, long before it is heard."""
        audio = pcm.silence(ms)
        return self.tell(
            on.ResponseStarted(part.response_id),
            on.ItemAdded(part.item_id, previous_id, "message", "assistant"),
            *(on.TextReceived(part, word) for word in text.split(" ") for word in (word + " ",)),
            on.AudioReceived(part, audio),
            do.PlayAudio(part, audio),
            on.AudioEnded(part),
        )

    def ended(self, part: on.Part, status: on.ResponseStatus = "completed") -> Story:
        return self.tell(on.ResponseEnded(part.response_id, status))

    def played(self, part: on.Part, ms: int) -> Story:
        return self.tell(on.PartStarted(part), on.PartPlayed(part, ms))

    @property
    def said(self) -> list[str]:
        return [shown(line) for line in self.written]

    @property
    def opened(self) -> list[str]:
        return [shown(line) for line in self.transcript.open()]


def shown(line: Line) -> str:
    cut = f" | {line.unheard}" if line.cut else ""
    note = f" ({line.note})" if line.note else ""
    return f"{line.role}: {line.text}{cut}{note}"


def test_users_words_that_come_after_the_answer_stand_before_it() -> None:
    story = Story().user().reply(FIRST, "Paris.", 500, previous_id="u1").ended(FIRST)
    story.played(FIRST, 500)
    assert story.said == []
    story.tell(on.UserTranscribed("u1", "Where?"))
    assert story.said == ["user: Where?", "assistant: Paris."]


def test_words_that_do_not_come_are_waited_for_for_five_seconds() -> None:
    story = Story().user().reply(FIRST, "Paris.", 500).ended(FIRST).played(FIRST, 500)
    assert story.wait(4.9).said == []
    assert story.wait(0.2).said == ["user:  (not transcribed)", "assistant: Paris."]


def test_words_that_come_too_late_still_reach_those_who_write_everything_anew() -> None:
    story = Story().user().wait(6)
    story.tell(on.UserTranscribed("u1", "Where?"))
    assert story.said == ["user:  (not transcribed)"]
    assert [shown(line) for line in story.transcript.lines()] == ["user: Where?"]


def late(story: Story) -> list[str]:
    return [shown(line) for line in story.lines.late()]


def test_words_that_come_too_late_are_given_once_more_with_their_words() -> None:
    story = Story().user().wait(6)
    story.tell(on.UserTranscribed("u1", "Where?"))
    assert late(story) == ["user: Where? (came late)"]
    assert late(story) == []


def test_words_in_time_and_those_of_whom_it_was_said_why_there_are_none_are_not_late() -> None:
    story = Story().user().tell(on.UserTranscribed("u1", "Where?"), on.UserTranscribed("u1", "W"))
    story.user("u2").tell(on.UserTextReceived("u2", "So")).wait(6)
    story.tell(on.UserTranscribed("u2", "So"))
    assert late(story) == []


def test_late_words_of_two_turns_reach_each_their_own_line() -> None:
    story = Story().user("u1").user("u2").wait(6)
    story.tell(on.UserTranscribed("u2", "Second."), on.UserTranscribed("u1", "First."))
    assert [shown(line) for line in story.transcript.lines()] == ["user: First.", "user: Second."]
    assert late(story) == ["user: Second. (came late)", "user: First. (came late)"]


def test_words_without_an_id_reach_the_oldest_turn_that_waits_for_its_words() -> None:
    story = Story().tell(on.InputCommitted(""), on.InputCommitted(""))
    story.tell(on.UserTextReceived("", "Fir"), on.UserTranscribed("", "First."))
    story.tell(on.UserTranscribed("", "Second."))
    assert story.said == ["user: First.", "user: Second."]


# --- ids that are used again


def test_a_reply_whose_ids_were_used_before_is_a_line_of_its_own() -> None:
    story = Story()
    for text in ("Paris.", "Rome."):
        story.reply(FIRST, text, 500).ended(FIRST).played(FIRST, 500)
    assert story.said == ["assistant: Paris.", "assistant: Rome."]


def test_it_is_one_after_an_interruption_too() -> None:
    story = Story().reply(FIRST, WORDS, 5000).tell(on.PartStarted(FIRST))
    story.tell(on.PlayoutCleared((on.Heard(FIRST, 1500),)))
    story.reply(FIRST, "Rome.", 500).ended(FIRST).played(FIRST, 500)
    assert story.said == [
        "assistant: One two three | four five six seven eight nine ten.", "assistant: Rome.",
    ]  # fmt: skip


def test_an_item_whose_id_another_response_uses_again_is_a_line_of_its_own() -> None:
    other = FIRST._replace(response_id="r2")
    story = Story().reply(FIRST, "Paris.", 500).ended(FIRST)
    story.reply(other, "Rome.", 500).ended(other).played(FIRST, 500).played(other, 500)
    assert story.said == ["assistant: Paris.", "assistant: Rome."]


def test_a_reply_that_is_not_announced_may_use_its_ids_again() -> None:
    story = Story()
    for text in ("Paris.", "Rome."):
        story.tell(on.TextReceived(FIRST, text), on.AudioReceived(FIRST, pcm.silence(500)))
        story.tell(do.PlayAudio(FIRST, pcm.silence(500)), on.AudioEnded(FIRST)).ended(FIRST)
        story.played(FIRST, 500)
    assert story.said == ["assistant: Paris.", "assistant: Rome."]


def test_a_turn_whose_id_was_used_before_is_a_line_of_its_own() -> None:
    story = Story()
    for text in ("First.", "Second."):
        story.tell(on.SpeechStarted("u1", 0), on.SpeechStopped("u1", 0))
        story.user("u1").tell(on.UserTranscribed("u1", text))
    assert story.said == ["user: First.", "user: Second."]


def test_so_is_a_turn_of_the_key() -> None:
    story = Story()
    for text in ("First.", "Second."):
        story.tell(do.CommitAudio()).user("u1").tell(on.UserTranscribed("u1", text))
    assert story.said == ["user: First.", "user: Second."]


def test_what_is_said_of_a_turn_twice_or_in_another_order_makes_no_second_line() -> None:
    story = Story().tell(on.SpeechStarted("u1", 0), on.InputCommitted("u1"))
    story.tell(on.SpeechStopped("u1", 0)).user("u1").tell(on.UserTranscribed("u1", "First."))
    story.tell(do.CommitAudio(), on.ItemAdded("u2", "", "message", "user"))
    story.user("u2").user("u2").tell(on.UserTranscribed("u2", "Second."))
    assert story.said == ["user: First.", "user: Second."]


def test_an_item_that_follows_itself_stands_somewhere() -> None:
    story = Story().user("u1", previous_id="u1").tell(on.UserTranscribed("u1", "First."))
    assert story.said == ["user: First."]


def test_words_that_are_still_being_written_are_waited_for() -> None:
    story = Story().user().wait(4)
    story.tell(on.UserTextReceived("u1", "Where ")).wait(4).tell(on.UserTextReceived("u1", "is"))
    assert story.opened == ["user: Where is"]
    assert story.said == []


def test_a_failed_transcription_is_a_line_too() -> None:
    story = Story().user().tell(on.UserTranscriptionFailed("u1", "too noisy")).wait(MOMENT_S)
    assert story.said == ["user:  (not transcribed: too noisy)"]


def test_a_turn_without_words_says_so() -> None:
    story = Story().user().tell(on.UserTranscribed("u1", "")).wait(MOMENT_S)
    assert story.said == ["user:  (no words)"]


def test_without_transcription_nobody_waits_for_the_users_words() -> None:
    story = Story(transcribes=False).user().wait(MOMENT_S)
    assert story.said == ["user:  (not transcribed)"]


NO_WORDS: dict[str, on.Event] = {
    "none": on.UserTranscribed("u1", ""),
    "the name of a noise": on.UserTranscribed("u1", "[cough]"),
    "not to be known": on.UserTranscriptionFailed("u1", "too short"),
}


@pytest.mark.parametrize("words", NO_WORDS)
def test_a_turn_without_words_that_is_taken_back_was_a_noise_and_is_no_line(words: str) -> None:
    story = Story().user().tell(NO_WORDS[words])
    assert story.wait(MOMENT_S - 0.1).said == [], "it may be taken back yet"
    story.tell(do.DeleteItem("u1")).wait(10)
    assert (story.said, story.opened, story.transcript.lines()) == ([], [], [])


@pytest.mark.parametrize("words", NO_WORDS)
def test_what_is_taken_back_before_its_words_fail_to_come_is_no_line_either(words: str) -> None:
    story = Story().tell(on.InputCommitted("u1"), do.DeleteItem("u1"))
    story.tell(on.ItemAdded("u1", "", "message", "user")).wait(1).tell(NO_WORDS[words]).wait(10)
    assert (story.said, story.transcript.lines()) == ([], [])


def test_a_noise_of_which_nothing_more_is_told_is_no_line_and_keeps_nobody_waiting_long() -> None:
    for story in (Story(), Story(transcribes=False)):
        story.user().tell(do.DeleteItem("u1"))
        story.user("u2", "u1").tell(on.UserTranscribed("u2", "Where?"))
        assert story.wait(SETTLE_S).said == ["user: Where?"]


def test_words_are_a_line_whether_they_were_taken_back_or_not_and_whenever_they_come() -> None:
    mhm, back = on.UserTranscribed("u1", "Mhm."), do.DeleteItem("u1")
    assert Story().user().tell(mhm, back).said == ["user: Mhm."]
    assert Story().user().tell(back).wait(1).tell(mhm).said == ["user: Mhm."]
    story = Story().user().tell(back).wait(6)
    assert (story.said, late(story)) == ([], [])
    story.tell(mhm)
    assert (story.said, late(story)) == ([], ["user: Mhm. (came late)"])
    assert [shown(line) for line in story.transcript.lines()] == ["user: Mhm."]


def test_a_turn_whose_id_was_that_of_a_noise_is_a_turn() -> None:
    story = Story().user().tell(on.UserTranscribed("u1", ""), do.DeleteItem("u1")).wait(1)
    story.tell(on.SpeechStarted("u1", None)).user().tell(on.UserTranscribed("u1", ""))
    assert story.wait(1).said == ["user:  (no words)"]


def test_the_endpoints_order_counts_not_the_order_of_arrival() -> None:
    story = Story().reply(FIRST, "Paris.", 500).ended(FIRST)
    story.tell(on.ItemAdded("a0", "", "message", "system"))
    story.user("u2", previous_id="a0")
    story.tell(on.ItemAdded("a1", "u2", "message", "assistant"))
    story.played(FIRST, 500).tell(on.UserTranscribed("u2", "Where?"))
    assert story.said == ["user: Where?", "assistant: Paris."]


def test_an_item_that_came_before_the_one_it_follows_is_moved_behind_it() -> None:
    story = Story().user("u2", previous_id="u1").user("u1")
    story.tell(on.UserTranscribed("u2", "Second"), on.UserTranscribed("u1", "First"))
    assert story.said == ["user: First", "user: Second"]


def test_what_was_given_is_not_moved_any_more() -> None:
    story = Story().user("u1").tell(on.UserTranscribed("u1", "First"))
    story.user("u2").tell(on.UserTranscribed("u2", "Second"))
    story.user("u3", previous_id="u1").tell(on.UserTranscribed("u3", "Late"))
    assert story.said == ["user: First", "user: Second", "user: Late"]


def test_captions_follow_the_playhead() -> None:
    story = Story().reply(FIRST, WORDS, 5000).ended(FIRST)
    assert story.opened == [], "nothing is heard yet"
    story.tell(on.PartStarted(FIRST))
    assert story.opened == ["assistant: "]
    story.tell(on.AudioPlayed(b"", on.Heard(FIRST, 2400)))
    assert story.opened == ["assistant: One two three four five"]
    story.tell(on.PartPlayed(FIRST, 5000))
    assert story.said == [f"assistant: {WORDS}"]


def test_text_that_runs_ahead_of_its_audio_is_not_shown_early() -> None:
    story = Story().tell(on.ResponseStarted("r1"), on.TextReceived(FIRST, WORDS * 10))
    story.tell(do.PlayAudio(FIRST, pcm.silence(200)), on.PartStarted(FIRST))
    story.tell(on.AudioPlayed(b"", on.Heard(FIRST, 200)))
    assert len(story.transcript.open()[0].text) < 10


def test_a_caption_never_takes_a_word_back() -> None:
    story = Story().tell(do.PlayAudio(FIRST, pcm.silence(5000)), on.TextReceived(FIRST, WORDS))
    story.tell(on.PartStarted(FIRST), on.AudioPlayed(b"", on.Heard(FIRST, 4000)))
    before = story.opened
    story.tell(do.PlayAudio(FIRST, pcm.silence(50_000)))
    story.tell(on.AudioPlayed(b"", on.Heard(FIRST, 4100)))
    assert story.opened == before


def test_an_interrupted_reply_shows_where_it_was_cut() -> None:
    story = Story().reply(FIRST, WORDS, 5000).ended(FIRST)
    story.tell(on.PartStarted(FIRST), on.PlayoutCleared((on.Heard(FIRST, 1500),)))
    assert story.said == ["assistant: One two three | four five six seven eight nine ten."]


def test_late_deltas_change_nothing_after_a_cut() -> None:
    story = Story().reply(FIRST, WORDS, 5000)
    story.tell(on.PartStarted(FIRST), on.PlayoutCleared((on.Heard(FIRST, 1500),)))
    story.tell(on.TextReceived(FIRST, "more"), on.AudioReceived(FIRST, pcm.silence(1000)))
    story.ended(FIRST, "cancelled").wait(10)
    assert story.said == ["assistant: One two three | four five six seven eight nine ten."]
    assert shown(story.transcript.lines()[0]) == story.said[0]


def test_a_reply_interrupted_before_its_first_sample_was_not_heard() -> None:
    story = Story().reply(FIRST, "Paris.", 500).tell(on.PlayoutCleared((on.Heard(FIRST, 0),)))
    assert story.said == ["assistant:  | Paris."]


def test_a_reply_cleared_in_its_last_moment_was_heard_whole() -> None:
    story = Story().reply(FIRST, "Paris.", 500).ended(FIRST)
    story.tell(on.PartStarted(FIRST), on.PlayoutCleared((on.Heard(FIRST, 500),)))
    assert story.said == ["assistant: Paris."]


def test_the_second_item_of_a_reply_that_was_cut_in_the_first_was_not_heard() -> None:
    story = Story().reply(FIRST, WORDS, 5000).reply(SECOND, "And so on.", 1000).ended(FIRST)
    story.tell(on.PartStarted(FIRST))
    story.tell(on.PlayoutCleared((on.Heard(FIRST, 1500), on.Heard(SECOND, 0))))
    assert story.said == [
        "assistant: One two three | four five six seven eight nine ten.",
        "assistant:  | And so on.",
    ]


def test_each_item_of_a_reply_is_a_line_and_settles_by_itself() -> None:
    story = Story().reply(FIRST, "First.", 500).reply(SECOND, "Second.", 500)
    story.played(FIRST, 500)
    assert story.said == ["assistant: First."]
    story.played(SECOND, 500).ended(SECOND)
    assert story.said == ["assistant: First.", "assistant: Second."]


def test_audio_that_came_after_an_interruption_and_was_never_played_was_not_heard() -> None:
    story = Story().tell(on.ResponseStarted("r1"), on.TextReceived(FIRST, "Paris."))
    story.tell(on.AudioReceived(FIRST, pcm.silence(500))).ended(FIRST)
    assert story.said == ["assistant:  | Paris."]


def test_a_user_who_interrupts_stands_behind_what_was_interrupted() -> None:
    story = Story().reply(FIRST, WORDS, 5000).ended(FIRST).tell(on.PartStarted(FIRST))
    story.tell(on.SpeechStarted("u1", 0), on.PlayoutCleared((on.Heard(FIRST, 1500),)))
    story.user("u1", previous_id="a1").tell(on.UserTranscribed("u1", "Stop!"))
    assert [line.role for line in story.written] == ["assistant", "user"]


def test_a_written_reply_is_read_as_it_comes() -> None:
    story = Story(text_only=True).tell(on.ResponseStarted("r1"), on.TextReceived(FIRST, "Par"))
    assert story.opened == ["assistant: Par"]
    story.tell(on.TextReceived(FIRST, "is.")).ended(FIRST)
    assert story.said == ["assistant: Paris."]


def test_a_written_reply_that_was_cancelled_ends_where_it_was() -> None:
    story = Story(text_only=True).tell(on.ResponseStarted("r1"), on.TextReceived(FIRST, "Par"))
    story.tell(do.CancelResponse("r1"), on.TextReceived(FIRST, "is.")).ended(FIRST, "cancelled")
    assert story.said == ["assistant: Par | "]


def test_text_that_comes_only_with_the_end_of_the_response_is_not_lost() -> None:
    audio = pcm.silence(500)
    story = Story().tell(on.ResponseStarted("r1"), do.PlayAudio(FIRST, audio))
    story.tell(on.ResponseEnded("r1", "completed", texts=((FIRST, "Paris."),)))
    story.played(FIRST, 500)
    assert story.said == ["assistant: Paris."]


def test_text_is_not_written_twice() -> None:
    story = Story().reply(FIRST, "Paris.", 500).tell(on.TextEnded(FIRST, "Paris."))
    story.tell(on.ResponseEnded("r1", "completed", texts=((FIRST, "Paris."),)))
    assert story.played(FIRST, 500).said == ["assistant: Paris."]


def test_a_typed_message_is_settled_at_once_and_keeps_its_place() -> None:
    story = Story().tell(do.CreateUserText("Where?"))
    assert story.said == ["user: Where?"]
    story.tell(on.ItemAdded("u1", "", "message", "user"))
    story.reply(FIRST, "Paris.", 500, previous_id="u1").ended(FIRST).played(FIRST, 500)
    assert story.said == ["user: Where?", "assistant: Paris."]
    assert story.written[0].typed


def test_a_typed_message_waits_for_the_reply_it_interrupts() -> None:
    story = Story().reply(FIRST, WORDS, 5000).tell(on.PartStarted(FIRST))
    story.tell(do.CreateUserText("Stop"))
    assert story.said == []
    story.tell(on.PlayoutCleared((on.Heard(FIRST, 1500),)))
    assert [line.role for line in story.written] == ["assistant", "user"]


def test_a_function_call_is_a_line_with_what_came_of_it() -> None:
    story = Story().tell(on.ResponseStarted("r1"))
    story.tell(on.ItemAdded("f1", "", "call", ""))
    story.tell(on.FunctionCalled("r1", "f1", "c1", "weather", '{"city": "Oslo"}'))
    story.ended(FIRST).tell(do.CreateFunctionOutput("c1", {"error": "unavailable"}))
    assert story.said == ['call: weather({"city": "Oslo"}) (error: unavailable)']


def test_an_item_that_comes_to_nothing_keeps_nobody_waiting() -> None:
    story = Story().tell(on.ResponseStarted("r1"))
    story.tell(on.ItemAdded("a1", "", "message", "assistant")).ended(FIRST, "cancelled")
    story.tell(on.ItemAdded("x1", "", "other", ""))
    story.tell(do.CreateUserText("Still there?"))
    assert story.said == ["user: Still there?"]


def test_an_endpoint_that_names_nothing_is_followed() -> None:
    part = on.Part("", "", 0, 0)
    story = Story()
    for text in ("Paris.", "Rome."):
        story.tell(on.TextReceived(part, text), do.PlayAudio(part, pcm.silence(500)))
        story.tell(on.ResponseEnded("", "completed"))
        story.played(part, 500)
    assert story.said == ["assistant: Paris.", "assistant: Rome."]
    assert len({line.item_id for line in story.written}) == 2


def test_the_end_settles_what_is_open() -> None:
    story = Story().user().reply(FIRST, WORDS, 5000).tell(on.PartStarted(FIRST))
    story.tell(on.AudioPlayed(b"", on.Heard(FIRST, 2400)), do.End())
    assert story.said == [
        "user:  (not transcribed)",
        "assistant: One two three four five | six seven eight nine ten.",
    ]
    assert story.opened == []


def test_a_line_knows_when_it_was_said() -> None:
    story = Story()
    story.at = 1.0
    story.tell(on.SpeechStarted("u1", 0))
    story.at = 2.5
    story.tell(on.SpeechStopped("u1", 0))
    story.user().tell(on.UserTranscribed("u1", "Where?"))
    story.at = 3.0
    story.reply(FIRST, "Paris.", 500).tell(on.PartStarted(FIRST))
    story.at = 3.5
    story.tell(on.PartPlayed(FIRST, 500)).ended(FIRST)
    assert [(line.start, line.end) for line in story.written] == [(1.0, 2.5), (3.0, 3.5)]


@pytest.mark.parametrize(
    ("text", "position", "heard"),
    [
        ("One two three", 5, "One two"),  # two letters of "two" are near enough
        ("One two three", 4, "One"),
        ("One two three", 0, ""),
        ("One two three", 99, "One two three"),
        ("你好世界", 2, "你好"),
        ("x" * 100, 50, "x" * 50),
        ("a 👨‍👩‍👧 b", 3, "a"),
    ],
)
def test_a_cut_falls_between_words(text: str, position: int, heard: str) -> None:
    assert text[: word_boundary(text, position)] == heard


@given(st.text(max_size=80), st.integers(0, 100), st.integers(1, 100))
def test_heard_and_unheard_are_the_whole_text(text: str, heard: int, received: int) -> None:
    caption = Caption()
    caption.add(text)
    caption.size = pcm.size_of(received)
    caption.audio_ended = True
    caption.stop(heard)
    assert caption.heard + caption.unheard == text
    assert caption.cut == (heard < received)


def test_a_turn_whose_words_come_before_it_is_over_ends_when_it_is_over() -> None:
    story = Story().tell(on.SpeechStarted("u1", 0), on.UserTextReceived("u1", "Where"))
    story.at = 2.5
    story.tell(on.SpeechStopped("u1", 0), on.UserTranscribed("u1", "Where?"))
    assert [(line.start, line.end) for line in story.written] == [(0.0, 2.5)]


def so_far(text: str) -> on.Event:
    return on.UserTextReceived("u1", text, whole=True)


def test_words_that_grow_stand_in_one_line_when_they_are_final() -> None:
    story = Story().user().tell(so_far("What"), so_far("What is")).wait(4)
    assert [shown(line) for line in story.transcript.open()] == ["user: What is"]
    assert story.said == []
    assert story.tell(on.UserTranscribed("u1", "What is it?")).said == ["user: What is it?"]


def test_of_words_that_never_become_final_the_last_ones_count() -> None:
    story = Story().user().tell(so_far("What"), so_far("What is")).wait(6)
    assert story.said == ["user: What is"]


def test_words_that_come_again_count_where_they_are_longer() -> None:
    story = Story().user().tell(on.UserTranscribed("u1", "What is"))
    story.tell(on.UserTranscribed("u1", "What is it?"), on.UserTranscribed("u1", "What"))
    assert [shown(line) for line in story.transcript.lines()] == ["user: What is it?"]
    assert story.tell(so_far("What")).transcript.lines()[0].text == "What is it?"


def test_each_of_two_readers_is_given_every_line_once() -> None:
    transcript = Transcript()
    first, second = transcript.reader(), transcript.reader()
    transcript.observe(0.0, do.CreateUserText("Hello."))
    assert [line.text for line in first.settled()] == ["Hello."]
    transcript.observe(1.0, do.ConfigureTranscription("whisper"))
    transcript.observe(1.0, on.InputCommitted("u2"))
    transcript.observe(7.0, on.AudioPlayed(b"", None))
    assert first.settled()[0].text == "", "its words are late"
    assert [line.text for line in second.settled()] == ["Hello.", ""]
    transcript.observe(8.0, on.UserTranscribed("u2", "Still there?"))
    assert [line.text for line in first.late()] == ["Still there?"]
    assert [line.text for line in second.late()] == ["Still there?"]
    assert not first.settled() + first.late() + second.settled() + second.late()
