"""An exchange as it is seen: the bar, the transcript, the warnings, at the end what it came to."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2s import signals
from s2s.app.offline import NOTICE
from s2s.app.send import Sink, Watch
from s2s.audio.files.recording import Recording
from s2s.audio.files.wav_writer import WavWriter
from s2s.clock import SystemClock
from s2s.config import Settings
from s2s.errors import S2SError, WriteError
from s2s.json_text import json_text
from s2s.session.loop import Observer
from s2s.ui.reports.exchange_report import ExchangeReport
from s2s.ui.reports.log import log_happening
from s2s.ui.screen.printer import TranscriptPrinter, WarningPrinter
from s2s.ui.terminal import tell

if TYPE_CHECKING:
    from s2s.ui.screen.progress import ProgressBar


@dataclass(frozen=True)
class Shown:
    """What is to be shown."""

    name: str
    """What the user calls the recording."""
    quiet: bool
    """Nothing but errors."""
    json: bool
    """One object instead of the transcript."""
    drawn: bool
    """A bar, if there is a terminal for it."""
    aside: bool
    """The transcript makes room on standard output for the audio."""


class SendView(Watch):
    """Shows an exchange, and reports how it ended."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._report = ExchangeReport(started=SystemClock().now())

    def warn(self, message: str) -> None:
        """Tell it, and keep it for the report."""
        self._report.warnings.append(message)
        self._tell(f"Warning: {message}")

    def offline(self) -> None:
        """Say what this endpoint is."""
        self._tell(NOTICE)

    def settled(self, settings: Settings) -> None:
        """Note whom we talk with."""
        self._report.model = settings.endpoint.model
        self._report.endpoint = settings.endpoint.shown

    @contextmanager
    def exchange(self, recording: Recording | None, sink: Sink | None) -> Iterator[list[Observer]]:
        """Show the exchange; the report watches always, the screen as far as it is wanted."""
        if recording:
            self.read(recording)
        self._report.output = str(sink.path) if isinstance(sink, WavWriter) else None
        with ExitStack() as stack:
            with signals.held():  # a bar that is drawn is taken away again
                observers = self._observers(stack, recording)
            self._report.started = SystemClock().now()
            yield observers

    def again(self) -> None:
        """What has come so far belongs to no reply."""
        old = self._report
        self._report = ExchangeReport(model=old.model, endpoint=old.endpoint, warnings=old.warnings)
        self._report.usage, self._report.cost = old.usage, old.cost

    def read(self, recording: Recording) -> None:
        """Note what the recording is, as far as that is known."""
        self._report.input = {
            "path": self._shown.name,
            "format": recording.format,
            "rate": recording.rate,
            "channels": recording.channels,
            "seconds": recording.seconds,
        }

    def ended(self, error: S2SError | None = None) -> None:
        """Say what it came to, in the way that is wanted; an error is told elsewhere."""
        if self._shown.json:
            kept = error.reply.path if error and error.reply else None
            _print_json(self._report, error, str(kept) if kept else None)
        elif error is None:
            self._tell(self._report.summary())

    def _observers(self, stack: ExitStack, recording: Recording | None) -> list[Observer]:
        watchers: list[Observer] = [self._report.observe, log_happening]
        bar: ProgressBar | None = None
        if recording and self._shown.drawn and not self._shown.quiet and _can_draw():
            from rich.console import Console

            from s2s.ui.screen.progress import ProgressBar

            bar = ProgressBar(Console(stderr=True), recording.seconds)
            bar.resume()
            stack.callback(bar.end)
            watchers.append(bar.observe)
        if not self._shown.json:
            out = sys.stderr if self._shown.aside else sys.stdout
            if not (out is sys.stderr and self._shown.quiet):
                printer = TranscriptPrinter(out, bar if out.isatty() else None)
                stack.callback(printer.end_line)
                watchers.append(printer.observe)
        if not self._shown.quiet:
            watchers.append(WarningPrinter(sys.stderr, bar).observe)
        return watchers

    def _tell(self, line: str) -> None:
        if not self._shown.quiet:
            tell(line)


def _can_draw() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def _print_json(report: ExchangeReport, error: S2SError | None, kept: str | None) -> None:
    try:
        print(json_text(report.as_json(error, kept)), flush=True)
    except OSError as exc:
        raise WriteError(f"Standard output cannot be written: {exc.strerror}.") from exc
