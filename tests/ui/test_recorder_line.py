"""A recording on one line of a terminal, however narrow that is."""

from __future__ import annotations

import io

import pytest
from fakes import tone
from rich.console import Console

from s2s.audio.recorder import Recorder, RecorderConfig
from s2s.ui.screen.recorder_line import RecorderLine, picture


def taken(config: RecorderConfig, ms: int = 1500, level: float = 0.5) -> Recorder:
    recorder = Recorder(config)
    for _ in range(ms // 20):
        recorder.hear(tone(20, level=level))
    return recorder


def test_a_recording_without_a_length_shows_how_long_it_is() -> None:
    shown = picture(taken(RecorderConfig()), 99).plain
    assert shown.startswith("Recording 0:01.5 ████")
    assert shown.endswith("-9 dB, peak  -6, 0 clipped")


def test_a_recording_of_known_length_shows_what_is_left() -> None:
    shown = picture(taken(RecorderConfig(seconds=3)), 110).plain
    assert "0:01.5 / 0:03.0, 0:01.5 left" in shown
    assert shown.count("━") == shown.count("─") > 0


@pytest.mark.parametrize("seconds", [None, 3.0])
def test_words_come_before_bars_where_there_is_no_room(seconds: float | None) -> None:
    recorder = taken(RecorderConfig(seconds=seconds))
    for width in range(30, 130):
        assert len(picture(recorder, width).plain) <= max(width, 80)
    assert "clipped" in picture(recorder, 80).plain


def test_waiting_pauses_and_losses_are_seen() -> None:
    recorder = Recorder(RecorderConfig(wait_for_sound=True))
    assert picture(recorder, 99).plain.startswith("Waiting")
    recorder = taken(RecorderConfig())
    recorder.hear(b"\xff\x7f" * 480, overrun=True)
    recorder.toggle_pause()
    shown = picture(recorder, 99).plain
    assert shown.startswith("Paused ")
    assert "480 clipped, 1 x lost" in shown


def test_hours_are_shown_as_hours() -> None:
    recorder = Recorder(RecorderConfig(seconds=7200))
    assert "/ 2:00:00.0" in picture(recorder, 120).plain


def test_a_line_of_its_own_is_clean_and_cannot_steer_the_terminal() -> None:
    screen = io.StringIO()
    line = RecorderLine(Console(file=screen, width=60, force_terminal=True))
    line.observe(taken(RecorderConfig()))
    line.say("Microphone: \x1b[31mYeti")
    line.end()
    assert "\nMicrophone" not in screen.getvalue()
    assert "Microphone: \\x1b[31mYeti\n" in screen.getvalue()
