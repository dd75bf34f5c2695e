"""What a piece of work came to: the reply as it is written down, and what it has cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2s.app.outcome import Listener, Memory, Reply, Usage
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation import usage


def listened(*happened: on.Event | do.Command) -> Reply:
    listener = Listener()
    for each in happened:
        listener.observe(0.0, each)
    return listener.reply


def ended(given: int, made: int) -> on.Event:
    used = usage.Usage(usage.Tokens(given), usage.Tokens(made))
    return on.ResponseEnded("r", "completed", usage=used)


def test_what_several_responses_have_used_adds_up() -> None:
    """A call is answered by another response; both are paid."""
    reply = listened(ended(30, 12), on.ResponseEnded("r", "completed"), ended(5, 1))
    assert reply.usage == Usage(input_tokens=35, output_tokens=13, total_tokens=48)


def test_the_words_are_put_together_and_begun_anew_with_the_reply() -> None:
    reply = listened(
        do.ShowText("assistant", "Too "),
        do.RestartReply(),
        do.ShowText("user", "What is it?", ends=True),
        do.ShowText("assistant", "A "),
        do.ShowText("assistant", "tone."),
    )
    assert (reply.user_text, reply.text) == ("What is it?", "A tone.")


def test_the_model_that_answers_is_the_one_that_says_so() -> None:
    assert listened(on.SessionStarted("s", "one"), on.SessionStarted("s", "")).model == "one"


def test_warnings_are_kept_in_order() -> None:
    assert listened(do.Warn("One."), do.Warn("Two.")).warnings == ("One.", "Two.")


def test_sound_that_is_kept_in_memory_is_begun_anew_too() -> None:
    memory = Memory()
    memory.write(b"\1\1")
    memory.restart()
    memory.write(b"\2\2")
    memory.complete()
    memory.abandon()
    assert memory.pcm == b"\2\2"


def test_a_reply_without_sound_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no audio"):
        Reply(text="Only words.").save(tmp_path / "a.wav")
    assert list(tmp_path.iterdir()) == []
