"""One line for each happening, in the order of the conversation."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import TextIO

import stories

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.transcript import Transcript
from s2s.errors import WriteError
from s2s.ui.screen.plain import PlainView


def unexpected(error: WriteError) -> None:
    raise AssertionError(error.message)


class Watched:
    """A plain view and what it reads."""

    def __init__(self, out: TextIO, on_error: Callable[[WriteError], None] = unexpected) -> None:
        self.transcript = Transcript()
        self.view = PlainView(out, self.transcript, on_error)

    def tell(self, *happened: stories.Happening, at: float = 0.0) -> None:
        for each in happened:
            self.transcript.observe(at, each)
            self.view.observe(at, each)

    def close(self) -> None:
        self.transcript.close()
        self.view.close()


def printed(*happened: stories.Happening) -> list[str]:
    out = io.StringIO()
    watched = Watched(out)
    watched.tell(*happened)
    watched.close()
    return out.getvalue().splitlines()


def test_a_conversation_reads_as_a_list_of_what_was_said() -> None:
    talk = [*stories.opening(), *stories.question(), *stories.answer(), *stories.heard()]
    assert printed(*talk) == [
        "Connecting.",
        "Listening.",
        "You: Where?",
        f"Assistant: {stories.ANSWER}",
    ]


def test_an_interrupted_reply_shows_where() -> None:
    talk = [*stories.answer("One two three four five six seven eight."), *stories.cut(1000)]
    assert printed(*talk) == [
        "Assistant: One two three four [interrupted; not heard: five six seven eight.]"
    ]


def test_a_reply_nobody_heard_is_told_as_such() -> None:
    talk = [*stories.answer("word " * 100), on.PlayoutCleared((on.Heard(stories.PART, 0),))]
    (line,) = printed(*talk)
    assert line.startswith("Assistant: [not heard: word word")
    assert line.endswith("word …]")
    assert len(line) < 100


def test_a_muted_microphone_is_told_and_so_is_its_end() -> None:
    shown = [do.ShowState("listening", muted=muted) for muted in (False, True, False)]
    assert printed(*shown) == ["Listening.", "Muted: nothing is sent.", "No longer muted."]


def test_turns_of_the_key_are_told() -> None:
    shown = [do.ShowState("listening"), do.ShowState("hearing you", talking=True)]
    assert printed(*shown, do.ShowState("thinking"))[1:] == [
        "Your turn begins.",
        "Your turn is over.",
    ]


def test_the_states_of_every_turn_are_not_told() -> None:
    states: list[do.State] = ["listening", "hearing you", "thinking", "speaking", "listening"]
    assert printed(*map(do.ShowState, states)) == ["Listening."]


def test_warnings_are_told() -> None:
    assert printed(do.Warn("Slow\x1b[2J network.")) == ["Warning: Slow\\x1b[2J network."]


def test_a_models_text_stays_on_one_line_and_steers_nothing() -> None:
    talk = [*stories.answer("Red\x1b[31m\nand\r\x07green"), *stories.heard()]
    assert printed(*talk) == ["Assistant: Red\\x1b[31m and \\x07green"]


def test_what_is_still_open_is_told_in_the_end() -> None:
    assert printed(*stories.opening(), on.InputCommitted("u1"))[-1] == "You: (not transcribed)"


def test_a_reader_that_has_gone_does_not_end_the_conversation() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as out:
        watched = Watched(out)
        os.close(reader)
        watched.tell(do.Warn("one"), do.Warn("two"))
        watched.close()
    assert watched.view.error is None


def test_a_full_disk_is_told_once_and_does_not_end_the_conversation() -> None:
    told: list[WriteError] = []
    with open("/dev/full", "w") as out:
        watched = Watched(out, told.append)
        watched.tell(do.Warn("one"), do.Warn("two"))
        assert [watched.view.error] == told
        assert "No space left" in told[0].message
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


def test_words_that_come_after_their_line_was_printed_are_printed_all_the_same() -> None:
    out = io.StringIO()
    watched = Watched(out)
    watched.tell(do.ConfigureTranscription("whisper"), on.InputCommitted("u1"))
    watched.tell(do.Warn("It is quiet."), at=6.0)
    watched.tell(on.UserTranscribed("u1", "Where?"), at=7.0)
    assert out.getvalue().splitlines() == [
        "You: (not transcribed)",
        "Warning: It is quiet.",
        "You: Where? (came late)",
    ]


def test_another_way_with_echo_is_told_once() -> None:
    judged = (
        on.EchoJudged("judging"),
        on.EchoJudged("cancelling", 31.0),
        on.EchoJudged("cancelling", 38.4),
        on.EchoJudged("half-duplex"),
    )
    assert printed(*judged) == [
        "The echo is cancelled, 31 dB.",
        "Half-duplex: nothing is sent while the assistant speaks.",
    ]
