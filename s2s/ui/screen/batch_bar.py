"""A batch on a terminal: one bar for all of it, and a line for each file that is being sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Phase, PhaseChanged
from s2s.printable import printable
from s2s.ui.reports.batch_report import duration
from s2s.ui.reports.cost import cost_in_short

if TYPE_CHECKING:
    from s2s.app.batch.outcome import BatchSummary

_DRAWN_A_SECOND = 6
_MOST_RUNNING = 16  # that have a line; the others are counted
_STAGES = {
    Phase.CONNECTING: "connecting",
    Phase.CONFIGURING: "connecting",
    Phase.TRANSCRIPTION: "connecting",
    Phase.UPLOADING: "uploading",
    Phase.COMMITTING: "waiting",
    Phase.ASKING: "waiting",
    Phase.REPLYING: "reply",
    Phase.PAUSING: "rate limited, waits",
    Phase.SETTLING: "waiting for your words",
}


class Running:
    """A file that is being sent, and how far it is."""

    def __init__(self, name: str) -> None:
        self.name = printable(name)
        self.stage = "connecting"
        self._received = 0  # bytes of PCM

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Follow its session."""
        if isinstance(happening, PhaseChanged):
            self.stage = _STAGES.get(happening.phase, self.stage)
        elif isinstance(happening, do.WriteAudio):
            self._received += len(happening.pcm)
            self.stage = f"reply {pcm.seconds(self._received):.1f} s"


class BatchBar:
    """Shows how far a batch is; what else is printed stands above it."""

    def __init__(self, console: Console, summary: BatchSummary, now: Callable[[], float]) -> None:
        self._console, self._summary, self._now = console, summary, now
        self._began = now()
        self._running: dict[int, Running] = {}
        self._live = Live(
            console=console,
            get_renderable=self.draw,
            refresh_per_second=_DRAWN_A_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def start(self) -> None:
        """Draw it from now on."""
        self._live.start()

    def end(self) -> None:
        """Take it away."""
        self._live.stop()

    def began(self, index: int, name: str) -> None:
        """A file is being sent."""
        self._running[index] = Running(name)

    def attempt(self, index: int) -> Running:
        """Return who follows the session of a file."""
        running = self._running[index] = Running(self._running[index].name)
        return running

    def waits(self, index: int, what: str) -> None:
        """A file waits to be sent again."""
        self._running[index].stage = what

    def ended(self, index: int) -> None:
        """A file is no longer being sent."""
        self._running.pop(index, None)

    def print(self, line: str) -> None:
        """Print a line above the bar."""
        self._console.print(Text(line))

    def draw(self) -> RenderableType:
        """Return what is to be seen now."""
        running = list(self._running.values())
        room = max(0, min(_MOST_RUNNING, self._console.height - 3))
        shown: list[RenderableType] = [
            Text(f"  {each.name}: {each.stage}", overflow="ellipsis", no_wrap=True)
            for each in running[:room]
        ]
        if len(running) > room:
            shown.append(Text(f"  and {len(running) - room} more"))
        return Group(self._overall(), *shown)

    def _overall(self) -> RenderableType:
        summary = self._summary
        ended = summary.total - summary.left
        row = Table.grid(padding=(0, 1))
        bar = ProgressBar(
            total=max(1, summary.total),
            completed=ended,
            width=max(10, min(30, self._console.width - 60)),
            complete_style="cyan",
            finished_style="cyan",
        )
        row.add_row(bar, Text(self.told(), overflow="ellipsis", no_wrap=True))
        return row

    def told(self) -> str:
        """Return how far it is, in words."""
        summary, spent_s = self._summary, self._now() - self._began
        ended = summary.total - summary.left
        sent = summary.done + summary.failed
        parts = [f"{ended:,}/{summary.total:,}"]
        if sent and spent_s > 0:
            rate = sent / spent_s
            parts.append(f"{rate:.1f}/s" if rate >= 1 else f"{60 * rate:.1f}/min")
            if summary.left:
                parts.append(f"{duration(summary.left / rate)} left")
        if summary.failed:
            parts.append(f"{summary.failed:,} failed")
        if summary.usage.total_tokens:
            parts.append(f"{summary.usage.total_tokens:,} tokens")
        if summary.usage.total_tokens or summary.spent.known:
            parts.append(cost_in_short(summary.spent))
        return "  ".join(parts)
