"""One exchange from the command line: opens what is needed, shows it, reports how it ended."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from s2s import signals
from s2s.audio.files.recording import Recording, open_recording
from s2s.audio.files.wav_writer import WavStream, WavWriter
from s2s.cli import offline
from s2s.cli.inputs import raw_format
from s2s.cli.outputs import open_output
from s2s.cli.runner import run
from s2s.cli.sources import read
from s2s.clock import SystemClock
from s2s.config import Settings, resolve
from s2s.conversation.exchange import Exchange
from s2s.errors import S2SError, Stopped, UsageError, WriteError
from s2s.json_text import json_text
from s2s.session.exchange import hold
from s2s.session.link import Link
from s2s.session.loop import Observer
from s2s.ui.reports.exchange_report import Report
from s2s.ui.reports.log import log_happening
from s2s.ui.screen.printer import TranscriptPrinter, WarningPrinter, tell
from s2s.wire.models import shutdown_warning
from s2s.wire.realtime.codec import RealtimeCodec
from s2s.wire.transport import open_transport

if TYPE_CHECKING:
    from s2s.ui.screen.progress import ProgressBar

log = logging.getLogger("s2s.exchange")


@dataclass(frozen=True)
class Job:
    """What the command line asked for."""

    recording: str
    output: str | None
    force: bool
    raw: str | None
    flags: Mapping[str, str | None]  # by environment name
    offline: bool
    allow_plain: bool
    text_only: bool
    quiet: bool
    json: bool
    verbose: int
    stopped_by: int | None = None  # a signal that came before the work began


def run_job(job: Job) -> None:
    """Run the exchange; with `--json` its outcome is printed whatever it is."""
    clock = SystemClock()
    report = Report(started=clock.now())
    sink: WavWriter | WavStream | None = None
    try:
        with ExitStack() as stack:
            _stop_if_stopped(job)
            settings = _settings(job, stack, report)
            recording = stack.enter_context(open_recording(job.recording, raw=raw_format(job.raw)))
            stack.callback(_tell_notices, job, report, recording)
            report.input = _describe(recording, job.recording)
            if not settings.wishes.session.text_only:
                sink = open_output(_output(job), "-o", stack, force=job.force)
                report.output = str(sink.path) if isinstance(sink, WavWriter) else None
            with signals.held():  # a bar that is drawn is taken away again
                observers = _observers(job, stack, report, recording)
            report.started = clock.now()
            run(_exchange(settings, recording, sink, clock, observers))
            if sink:
                sink.complete()
    except S2SError as error:
        kept = sink.abandon() if sink else None
        if kept and str(kept) not in error.hint:
            error.hint = f"{error.hint} What came is in {kept}.".strip()
        if job.json:
            _print_json(report, error, str(kept) if kept else None)
        raise
    except BaseException:
        if sink:
            sink.abandon()
        raise
    if job.json:
        _print_json(report, None, None)
    elif not job.quiet:
        tell(report.summary())


async def _exchange(
    settings: Settings,
    recording: Recording,
    sink: WavWriter | WavStream | None,
    clock: SystemClock,
    observers: tuple[Observer, ...],
) -> None:
    link = Link(
        lambda: open_transport(settings.endpoint, settings.timeout_s),
        RealtimeCodec(),
        clock,
        settings.timeout_s,
    )
    try:
        exchange = Exchange(settings.wishes)
        await hold(exchange, link, recording, sink, clock=clock, observers=observers)
    finally:
        await link.close()


def _stop_if_stopped(job: Job) -> None:
    if job.stopped_by:
        raise Stopped(job.stopped_by)


def _settings(job: Job, stack: ExitStack, report: Report) -> Settings:
    warn = partial(_warn, job, report)
    outputs = {"-o": _output(job)}
    sources = read(job.flags, job.flags["S2S_ENV_FILE"], job.verbose, warn, outputs, job.recording)
    if job.offline:
        server = offline.start(stack, warn)
        server.wait()
        sources = sources.for_offline(server.url)
        if not job.quiet:
            tell(offline.NOTICE)
    settings = resolve(sources, text_only=job.text_only, allow_plain=job.allow_plain)
    if settings.wishes.session.text_only and job.output:
        raise UsageError(
            "A written reply has no audio, so -o has nothing to write.",
            "Leave out -o, or --text-only (S2S_TEXT_ONLY).",
        )
    for name, value in settings.sources.items():
        log.info("= %s = %s", name, value)
    report.model, report.endpoint = settings.endpoint.model, settings.endpoint.shown
    asked = [settings.endpoint.model]
    if sources.find("S2S_TRANSCRIBE"):  # ours are not the user's to worry about
        asked += [each.model for each in settings.wishes.transcription]
    ending = [shutdown_warning(model, date.today()) for model in asked]
    for warning in (*settings.warnings, *filter(None, ending)):
        _warn(job, report, warning)
    return settings


def _output(job: Job) -> str:
    if job.output:
        return job.output
    if job.recording == "-":
        return "reply.wav"
    return str(Path(job.recording).with_suffix(".reply.wav"))


def _describe(recording: Recording, path: str) -> dict[str, object]:
    return {
        "path": path,
        "format": recording.format,
        "rate": recording.rate,
        "channels": recording.channels,
        "seconds": recording.seconds,
    }


def _observers(
    job: Job, stack: ExitStack, report: Report, recording: Recording
) -> tuple[Observer, ...]:
    """Return those who watch: the report always, the screen as far as it is wanted."""
    watchers: list[Observer] = [report.observe, log_happening]
    bar: ProgressBar | None = None
    if not job.quiet and not job.verbose and sys.stderr.isatty() and _can_draw():
        from rich.console import Console

        from s2s.ui.screen.progress import ProgressBar

        bar = ProgressBar(Console(stderr=True), recording.seconds)
        bar.resume()
        stack.callback(bar.end)
        watchers.append(bar.observe)
    if not job.json:
        out = sys.stderr if job.output == "-" else sys.stdout
        if not (out is sys.stderr and job.quiet):
            printer = TranscriptPrinter(out, bar if out.isatty() else None)
            stack.callback(printer.end_line)
            watchers.append(printer.observe)
    if not job.quiet:
        watchers.append(WarningPrinter(sys.stderr, bar).observe)
    return tuple(watchers)


def _can_draw() -> bool:
    return os.environ.get("TERM") not in ("dumb", "unknown")


def _tell_notices(job: Job, report: Report, recording: Recording) -> None:
    report.input = _describe(recording, job.recording)  # its length is certain now
    for notice in recording.notices:
        _warn(job, report, f"{notice[0].upper()}{notice[1:]}.")


def _warn(job: Job, report: Report, message: str) -> None:
    report.warnings.append(message)
    if not job.quiet:
        tell(f"Warning: {message}")


def _print_json(report: Report, error: S2SError | None, kept: str | None) -> None:
    try:
        print(json_text(report.as_json(error, kept)), flush=True)
    except OSError as exc:
        raise WriteError(f"Standard output cannot be written: {exc.strerror}.") from exc
