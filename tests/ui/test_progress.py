"""The bar of an exchange, which shares the terminal with others."""

from __future__ import annotations

import io

from rich.console import Console

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.ui.progress import ProgressBar


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
