"""One line for each happening, in the order of the conversation."""

from __future__ import annotations

import io
import os

import stories

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.errors import WriteError
from s2s.ui.screen.plain import PlainView


def unexpected(error: WriteError) -> None:
    raise AssertionError(error.message)


def printed(*happened: stories.Happening) -> list[str]:
    out = io.StringIO()
    view = PlainView(out, unexpected)
    for each in happened:
        view.observe(0.0, each)
    view.close()
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
        view = PlainView(out, unexpected)
        os.close(reader)
        view.observe(0.0, do.Warn("one"))
        view.observe(0.0, do.Warn("two"))
        view.close()
    assert view.error is None


def test_a_full_disk_is_told_once_and_does_not_end_the_conversation() -> None:
    told: list[WriteError] = []
    with open("/dev/full", "w") as out:
        view = PlainView(out, told.append)
        view.observe(0.0, do.Warn("one"))
        view.observe(0.0, do.Warn("two"))
        assert [view.error] == told
        assert "No space left" in told[0].message
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


def test_words_that_come_after_their_line_was_printed_are_printed_all_the_same() -> None:
    out = io.StringIO()
    view = PlainView(out, unexpected)
    view.observe(0.0, do.ConfigureTranscription("whisper"))
    view.observe(0.0, on.InputCommitted("u1"))
    view.observe(6.0, do.Warn("It is quiet."))
    view.observe(7.0, on.UserTranscribed("u1", "Where?"))
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
        "Listening for an echo.",
        "The echo is cancelled, 31 dB.",
        "Half-duplex: nothing is sent while the assistant speaks.",
    ]
