"""A recording on one line of the terminal: what it does, how far it is, how loud it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s.audio.level.meter import decibels
from s2s.audio.recorder import Recorder
from s2s.printable import printable
from s2s.ui.screen.level_line import bar, colour

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_EVERY_MS = 100  # quick enough for the eye, at 2 % of a processor core
_LONGEST = 20  # cells of a bar


class RecorderLine:
    """Draws a recording over its own last picture; `end` leaves nothing behind."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._drawn = (
            -1,
            False,
            False,
        )  # when, in units of `_EVERY_MS`; paused, without microphone

    def observe(self, recorder: Recorder) -> None:
        """Draw it if there is something new to see."""
        at = int(recorder.heard_ms / _EVERY_MS)
        state = (at, recorder.paused, recorder.lost is not None)
        if state == self._drawn:
            return
        self._drawn = state
        self._draw(picture(recorder, self._console.width - 1))

    def say(self, line: str) -> None:
        """Put a line of its own on the screen."""
        from rich.text import Text

        self._draw(Text())
        self._console.print(printable(line), markup=False, highlight=False, soft_wrap=True)

    def end(self) -> None:
        """Take the line away."""
        from rich.text import Text

        self._draw(Text())

    def _draw(self, line: Text) -> None:
        # The last column stays free: a terminal would go to the next line after it.
        line.truncate(self._console.width - 1, pad=True)
        self._console.print(line, end="\r", no_wrap=True, overflow="crop", highlight=False)


def picture(recorder: Recorder, width: int) -> Text:
    """Return what is to be seen of a recording in `width` cells; the bars take what words leave."""
    from rich.text import Text

    meter, wanted = recorder.meter, recorder.config.seconds
    words = [(_state(recorder), "bold"), (f" {_time(recorder.seconds)}", "")]
    if wanted is not None:
        words += [(f" / {_time(wanted)}, {_time(wanted - recorder.seconds)} left", "")]
    loudness = [(f" {round(decibels(meter.level)):4} dB, peak {round(decibels(meter.peak)):3}", "")]
    loudness += [(f", {recorder.clipped} clipped", "bold red" if recorder.clipped else "dim")]
    if recorder.overruns:
        loudness += [(f", {recorder.overruns} x lost", "bold red")]
    bars = 1 if wanted is None else 2
    taken = sum(len(text) for text, _ in words + loudness)
    size = max(0, min(_LONGEST, (width - taken) // bars - 1))
    line = Text.assemble(*words)
    if size and wanted is not None:
        done = round(min(1.0, recorder.seconds / wanted) * size)
        line.append(" ").append("━" * done, "cyan").append("─" * (size - done), "dim")
    if size:
        line.append(" ").append(bar(meter.level, size), colour(meter.peak))
    for text, style in loudness:
        line.append(text, style)
    return line


def _state(recorder: Recorder) -> str:
    if recorder.lost:
        return "No mic   "
    if recorder.paused:
        return "Paused   "
    return "Recording" if recorder.began else "Waiting  "


def _time(seconds: float) -> str:
    minutes, rest = divmod(int(max(0.0, seconds) * 10 + 0.5), 600)
    hours, minutes = divmod(minutes, 60)
    long = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{long}:{rest / 10:04.1f}"
