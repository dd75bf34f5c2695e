"""The bar of an exchange, which shares the terminal with others."""

from __future__ import annotations

import io

from rich.console import Console

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.ui.screen.progress import ProgressBar


def shown(seconds: float | None, *happenings: on.Event | do.Command) -> str:
    screen = io.StringIO()
    bar = ProgressBar(Console(file=screen, width=80, force_terminal=True), seconds)
    bar.resume()
    for happening in happenings:
        bar.observe(0.0, happening)
    bar.pause()
    bar.resume()
    bar.end()
    return screen.getvalue()


def test_a_recording_of_known_length_is_shown_as_it_is_sent() -> None:
    assert "Uploading" in shown(2.0, on.Uploaded(48_000))


def test_a_recording_in_the_making_leaves_the_terminal_to_its_maker() -> None:
    assert shown(None, on.Uploaded(48_000)) == ""
    told = shown(None, on.Uploaded(48_000), do.CommitAudio())
    assert "Waiting for the reply" in told
    assert "Uploading" not in told


def test_the_seconds_of_the_reply_are_counted_while_its_words_are_being_said() -> None:
    screen = io.StringIO()
    bar = ProgressBar(Console(file=screen, width=80, force_terminal=True), 2.0)
    bar.observe(0.0, do.CommitAudio())
    bar.draft("Assistant: It is")
    bar.observe(0.0, do.WriteAudio(bytes(72_000)))
    bar.pause()  # draws once more
    bar.end()
    told = screen.getvalue()
    assert "Assistant: It is" in told
    assert "1.5 s" in told


def test_waiting_is_not_drawn_in_red() -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=80, force_terminal=True, color_system="truecolor")
    bar = ProgressBar(console, 2.0)
    for happening in (do.CommitAudio(), do.WriteAudio(bytes(48_000))):
        bar.observe(0.0, happening)
        bar.pause()
        bar.resume()
    bar.end()
    assert "249;38;114" not in screen.getvalue(), "rich's own colour of a bar"


def test_what_is_waited_for_after_the_reply_names_the_option_that_ends_it() -> None:
    assert "--transcribe off" in shown(2.0, do.CommitAudio(), do.StartTimer("settle", 5_000))
