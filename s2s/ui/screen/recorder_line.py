"""A take on one line of the terminal: what it does, how far it is, how loud it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s.audio.level.meter import decibels
from s2s.audio.recorder import Take
from s2s.printable import printable
from s2s.ui.screen.level_line import bar, colour

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_EVERY_MS = 100  # quick enough for the eye, at 2 % of a processor core
_LONGEST = 20  # cells of a bar


class TakeLine:
    """Draws a take over its own last picture; `end` leaves nothing behind."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._drawn = (
            -1,
            False,
            False,
        )  # when, in units of `_EVERY_MS`; paused, without microphone

    def observe(self, take: Take) -> None:
        """Draw the take if there is something new to see."""
        at = int(take.heard_ms / _EVERY_MS)
        state = (at, take.paused, take.lost is not None)
        if state == self._drawn:
            return
        self._drawn = state
        self._draw(picture(take, self._console.width - 1))

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


def picture(take: Take, width: int) -> Text:
    """Return what is to be seen of a take in `width` cells; the bars take what words leave."""
    from rich.text import Text

    meter, wanted = take.meter, take.wishes.seconds
    words = [(_state(take), "bold"), (f" {_time(take.seconds)}", "")]
    if wanted is not None:
        words += [(f" / {_time(wanted)}, {_time(wanted - take.seconds)} left", "")]
    loudness = [(f" {round(decibels(meter.level)):4} dB, peak {round(decibels(meter.peak)):3}", "")]
    loudness += [(f", {take.clipped} clipped", "bold red" if take.clipped else "dim")]
    if take.overruns:
        loudness += [(f", {take.overruns} x lost", "bold red")]
    bars = 1 if wanted is None else 2
    taken = sum(len(text) for text, _ in words + loudness)
    size = max(0, min(_LONGEST, (width - taken) // bars - 1))
    line = Text.assemble(*words)
    if size and wanted is not None:
        done = round(min(1.0, take.seconds / wanted) * size)
        line.append(" ").append("━" * done, "cyan").append("─" * (size - done), "dim")
    if size:
        line.append(" ").append(bar(meter.level, size), colour(meter.peak))
    for text, style in loudness:
        line.append(text, style)
    return line


def _state(take: Take) -> str:
    if take.lost:
        return "No mic   "
    if take.paused:
        return "Paused   "
    return "Recording" if take.began else "Waiting  "


def _time(seconds: float) -> str:
    minutes, rest = divmod(int(max(0.0, seconds) * 10 + 0.5), 600)
    hours, minutes = divmod(minutes, 60)
    long = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{long}:{rest / 10:04.1f}"
