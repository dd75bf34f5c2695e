"""A level as a bar, and what its colour means."""

from __future__ import annotations

import io

from rich.console import Console

from s2s.audio.level.meter import Measure, Meter
from s2s.ui.screen.level_line import LevelLine, bar, colour


def test_the_bar_grows_with_the_decibels() -> None:
    assert bar(0.0, 6) == "······"
    assert bar(0.001, 6) == "······"  # -60 dBFS
    assert bar(0.0316, 6) == "███···"  # -30 dBFS
    assert bar(1.0, 6) == "██████"


def test_a_peak_near_the_limit_is_yellow_and_at_it_red() -> None:
    assert [colour(peak) for peak in (0.1, 0.7, 0.99)] == ["green", "yellow", "red"]


def test_the_line_is_drawn_over_itself_and_taken_away() -> None:
    out = io.StringIO()
    line = LevelLine(Console(file=out, width=80, force_terminal=True, color_system=None))
    meter = Meter()
    meter.hear(Measure(0.1, 0.5, 0), 20)
    line.show(meter, 7, ", 3 s")
    shown, end = out.getvalue()[:-1], out.getvalue()[-1]
    assert "-20 dBFS, peak   -6, 7 clipped" in shown
    assert (len(shown), end) == (79, "\r")
    line.clear()
    assert out.getvalue().endswith(f"\r{' ' * 79}\r")
