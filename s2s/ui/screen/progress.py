"""Upload, wait and reply as a bar on the terminal's standard error."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.text import Text

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Timer

_SHOWN_ROWS = 4  # of the words being said


class _Bar(Progress):
    """A bar below the words being said."""

    words = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        if self.words:
            most = _SHOWN_ROWS * self.console.width
            cut = len(self.words) > most
            yield Text(f"… {self.words[-most:]}" if cut else self.words)
        yield from super().get_renderables()


class ProgressBar:
    """Shows how far an exchange is; `pause` takes it away while something else is printed.

    While a recording of unknown length comes through a pipe, the terminal is left to whoever
    makes it: `s2s record -` shows a meter there.
    """

    def __init__(self, console: Console, seconds: float | None) -> None:
        self._bar = _Bar(
            SpinnerColumn(style="cyan"),
            TextColumn("{task.description}"),
            # Not rich's own colours: to wait is no failure, and is not drawn in red.
            BarColumn(complete_style="cyan", finished_style="cyan", pulse_style="cyan"),
            TextColumn("{task.fields[count]}"),
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._seconds = seconds
        self._stage = "Connecting"
        self._task = self._bar.add_task(self._stage, total=None, count="")
        self._received = 0
        self._begun = seconds is not None
        self._ended = False

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Follow the exchange."""
        if isinstance(happening, on.Uploaded):
            done = pcm.seconds(happening.size)
            total = f" / {self._seconds:.1f}" if self._seconds else ""
            self._show("Uploading", self._seconds, done, f"{done:.1f}{total} s")
        elif isinstance(happening, do.CommitAudio | do.CreateResponse):
            self._show("Waiting for the reply", None, 0, "")
            self._begun = True
            self.resume()
        elif isinstance(happening, do.WriteAudio):
            self._received += len(happening.pcm)
            self._show("Reply", None, 0, f"{pcm.seconds(self._received):.1f} s")
        elif isinstance(happening, do.StartTimer) and happening.name == Timer.SETTLE:
            self._show("Waiting for your words in writing (not with --transcribe off)", None, 0, "")
        elif isinstance(happening, do.End):
            self.end()

    def pause(self) -> None:
        """Take the bar off the screen while something else is printed."""
        self._bar.stop()

    def draft(self, words: str) -> None:
        """Show words that are being said; "" when they are printed."""
        self._bar.words = words
        if words:
            self.resume()

    def resume(self) -> None:
        """Show the bar, unless it is too early or all is over."""
        if self._begun and not self._ended:
            self._bar.start()

    def end(self) -> None:
        """Take the bar off the screen for good."""
        self._ended = True
        self._bar.stop()

    def _show(self, what: str, total: float | None, done: float, count: str) -> None:
        if what != self._stage:  # a task that was finished stays so: each stage is a new one
            self._bar.remove_task(self._task)
            self._task = self._bar.add_task(what, total=total, count=count)
            self._stage = what
        self._bar.update(self._task, completed=done, count=count)
