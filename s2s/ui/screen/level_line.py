"""A level meter on one line of a terminal, drawn over itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s.audio.level.meter import Meter, decibels

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_LEFT_DB = -60.0  # where the bar begins
_CLIPS_DB = -1.0  # a peak above this is red
_LOUD_DB = -6.0  # and above this yellow
_WIDTH = 30  # cells


def bar(level: float, width: int = _WIDTH) -> str:
    """Return a level of 0.0 to 1.0 as a bar of `width` cells, in decibels from left to right."""
    share = 1 - max(decibels(level), _LEFT_DB) / _LEFT_DB
    return ("█" * round(min(1.0, share) * width)).ljust(width, "·")


def colour(peak: float) -> str:
    """Return the colour of a peak: green, yellow near the limit, red at it."""
    loudest = decibels(peak)
    return "red" if loudest > _CLIPS_DB else "yellow" if loudest > _LOUD_DB else "green"


class LevelLine:
    """Shows a meter; it neither hides the cursor nor leaves anything behind."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def show(self, meter: Meter, clipped: int, rest: str = "") -> None:
        """Draw the meter, its held peak, the samples clipped so far, and `rest`."""
        from rich.text import Text

        line = Text(bar(meter.level), colour(meter.peak))
        line.append(f" {round(decibels(meter.level)):4} dBFS, peak {round(decibels(meter.peak)):4}")
        if clipped:
            line.append(f", {clipped} clipped", "bold red")
        line.append(rest)
        self._draw(line)

    def clear(self) -> None:
        """Take the line away."""
        from rich.text import Text

        self._draw(Text())

    def _draw(self, line: Text) -> None:
        # The last column stays free: a terminal would go to the next line after it.
        line.truncate(self._console.width - 1, pad=True)
        self._console.print(line, end="\r", no_wrap=True, overflow="crop", highlight=False)
