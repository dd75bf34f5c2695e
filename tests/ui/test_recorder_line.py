"""A take on one line of a terminal, however narrow that is."""

from __future__ import annotations

import io

import pytest
from fakes import tone
from rich.console import Console

from s2s.audio.recorder import Take, Wishes
from s2s.ui.screen.recorder_line import TakeLine, picture


def taken(wishes: Wishes, ms: int = 1500, level: float = 0.5) -> Take:
    take = Take(wishes)
    for _ in range(ms // 20):
        take.hear(tone(20, level=level))
    return take


def test_a_take_without_a_length_shows_how_long_it_is() -> None:
    shown = picture(taken(Wishes()), 99).plain
    assert shown.startswith("Recording 0:01.5 ████")
    assert shown.endswith("-9 dB, peak  -6, 0 clipped")


def test_a_take_of_known_length_shows_what_is_left() -> None:
    shown = picture(taken(Wishes(seconds=3)), 110).plain
    assert "0:01.5 / 0:03.0, 0:01.5 left" in shown
    assert shown.count("━") == shown.count("─") > 0


@pytest.mark.parametrize("seconds", [None, 3.0])
def test_words_come_before_bars_where_there_is_no_room(seconds: float | None) -> None:
    take = taken(Wishes(seconds=seconds))
    for width in range(30, 130):
        assert len(picture(take, width).plain) <= max(width, 80)
    assert "clipped" in picture(take, 80).plain


def test_waiting_pauses_and_losses_are_seen() -> None:
    take = Take(Wishes(wait_for_sound=True))
    assert picture(take, 99).plain.startswith("Waiting")
    take = taken(Wishes())
    take.hear(b"\xff\x7f" * 480, overrun=True)
    take.toggle_pause()
    shown = picture(take, 99).plain
    assert shown.startswith("Paused ")
    assert "480 clipped, 1 x lost" in shown


def test_hours_are_shown_as_hours() -> None:
    take = Take(Wishes(seconds=7200))
    assert "/ 2:00:00.0" in picture(take, 120).plain


def test_a_line_of_its_own_is_clean_and_cannot_steer_the_terminal() -> None:
    screen = io.StringIO()
    line = TakeLine(Console(file=screen, width=60, force_terminal=True))
    line.observe(taken(Wishes()))
    line.say("Microphone: \x1b[31mYeti")
    line.end()
    assert "\nMicrophone" not in screen.getvalue()
    assert "Microphone: \\x1b[31mYeti\n" in screen.getvalue()
