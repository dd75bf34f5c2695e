"""A recording from the microphone as it is seen, and the keys and signals that end it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2s import signals
from s2s.app.options import RecordOptions
from s2s.app.outcome import Recorded
from s2s.app.record import Open, open_microphone, record
from s2s.audio.recorder import PausePressed, Recorder
from s2s.conversation.events import QuitPressed, StopPressed
from s2s.errors import S2SError, WriteError
from s2s.json_text import json_text
from s2s.session.recorder import Inbox, Signalled
from s2s.ui.reports.recorder_report import RecorderReport
from s2s.ui.terminal import tell

if TYPE_CHECKING:
    from s2s.audio.devices.choice import Device


@dataclass
class RecordView:
    """Shows a recording, and reports how it ended."""

    quiet: bool = False
    """Nothing but errors."""
    json: bool = False
    """One object at the end."""
    drawn: bool = True
    """A line with the level, if there is a terminal for it."""

    def __post_init__(self) -> None:
        self._say: Callable[[str], None] = tell
        self.warnings: list[str] = []  # that came before there was a recording

    def warn(self, message: str) -> None:
        """Tell a warning, unless nobody wants any."""
        if not self.quiet:
            self._say(f"Warning: {message}")

    def warn_early(self, message: str) -> None:
        """Tell a warning of the settings, and keep it for the report."""
        self.warnings.append(message)
        self.warn(message)

    @contextmanager
    def signals(self, inbox: Inbox) -> Iterator[None]:
        """Let Ctrl-C, SIGTERM and a terminal that closes end the recording; a second interrupts."""
        received: list[int] = []

        def post(number: int) -> None:
            if received:
                signals.stop(number)
            received.append(number)
            inbox.put(StopPressed() if number == signal.SIGINT else Signalled(number))

        with signals.received_by(post):
            yield

    @contextmanager
    def recording(self, device: Device, inbox: Inbox) -> Iterator[Callable[[Recorder], None]]:
        """Show the line, and listen to the keys, where there is a terminal."""
        from s2s.ui.screen import keypress

        with ExitStack() as stack:
            show: Callable[[Recorder], None] | None = None
            if not self.quiet and self.drawn and sys.stderr.isatty():
                from rich.console import Console

                from s2s.ui.screen.recorder_line import RecorderLine

                line = RecorderLine(Console(stderr=True))
                stack.callback(self._without_line)
                stack.callback(line.end)
                show, self._say = line.observe, line.say
            if keypress.are_possible():
                end, pause = (lambda: inbox.put(QuitPressed())), (lambda: inbox.put(PausePressed()))
                stack.enter_context(keypress.Keys({" ": pause, "q": end, "\r": end, "\n": end}))
                if show:
                    self._say(f"Microphone: {device.name}. Space pauses, q or Enter ends.")
            yield show or _nothing

    def _without_line(self) -> None:
        self._say = tell

    def ended(self, recorded: Recorded, error: S2SError | None, name: str) -> None:
        """Say what it came to, in the way that is wanted; an error is told elsewhere."""
        report = RecorderReport(
            recorded.recorder,
            recorded.device,
            recorded.kept,
            recorded.complete,
            recorded.ended_by,
            recorded.warnings,
        )
        if self.json:
            _print_json(report, error)
        elif not self.quiet and error is None:
            tell(report.summary("Standard output" if name == "-" else name))


def run_record(
    view: RecordView,
    recorder: Recorder,
    options: Callable[[], RecordOptions],
    name: str,
    opened: Open = open_microphone,
) -> None:
    """Record from the microphone that is opened; with `--json` the outcome is always printed."""
    recorded = Recorded(recorder, warnings=view.warnings)
    try:
        record(options(), recorded, view, opened)
    except S2SError as error:
        view.ended(recorded, error, name)
        raise
    view.ended(recorded, None, name)


def _nothing(recorder: Recorder) -> None:
    """Show nothing."""


def _print_json(report: RecorderReport, error: S2SError | None) -> None:
    try:
        print(json_text(report.as_json(error)), flush=True)
    except OSError as exc:
        raise WriteError(f"Standard output cannot be written: {exc.strerror}.") from exc
