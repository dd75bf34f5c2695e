"""One take from the command line: opens what is needed, shows it, reports how it ended."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2s import signals
from s2s.app.outputs import open_output
from s2s.audio.files.wav_writer import WavStream, WavWriter
from s2s.audio.recorder import PausePressed, Take, Wishes
from s2s.cli.sound import chosen, settings
from s2s.cli.sources import tell_warning
from s2s.config import Sources
from s2s.conversation.events import DeviceLost, QuitPressed, StopPressed
from s2s.errors import S2SError, SoundError, Stopped, WriteError
from s2s.json_text import json_text
from s2s.session.recorder import Ending, Inbox, Signalled, record
from s2s.ui.reports.recorder_report import TakeReport
from s2s.ui.screen.printer import tell

if TYPE_CHECKING:
    from s2s.audio.devices.choice import Device, Microphone

_SUSPECT_MS = 2_000  # of nothing but zeros: a microphone that works has some noise by then


@dataclass(frozen=True, slots=True)
class Job:
    """What the command line asked for."""

    output: str
    wishes: Wishes
    mic: str | None = None
    force: bool = False
    strict: bool = False
    quiet: bool = False
    json: bool = False
    env_file: str | None = None
    log_file: str | None = None
    verbose: int = 0


def run_job(job: Job) -> None:
    """Record from the microphone that the settings name."""
    from s2s.audio.devices.portaudio import SoundSystem

    def open_microphone(stack: ExitStack, sources: Sources) -> tuple[Device, Microphone]:
        system = stack.enter_context(SoundSystem())
        device = chosen(system.devices(), "microphone", sources)
        rate, channels = job.wishes.rate, job.wishes.channels
        return device, system.microphone(device, rate=rate, channels=channels)

    run_take(job, open_microphone)


def run_take(
    job: Job, open_microphone: Callable[[ExitStack, Sources], tuple[Device, Microphone]]
) -> None:
    """Record from the microphone that is opened; with `--json` the outcome is always printed."""
    report = TakeReport(Take(job.wishes))
    try:
        _run(job, report, open_microphone)
    except S2SError as error:
        if job.json:
            _print_json(report, error)
        raise
    if job.json:
        _print_json(report, None)


def _run(
    job: Job,
    report: TakeReport,
    open_microphone: Callable[[ExitStack, Sources], tuple[Device, Microphone]],
) -> None:
    def warn(line: str) -> None:
        report.warnings.append(line)
        if not job.quiet:
            tell_warning(line)

    sources = settings(job.env_file, job.log_file, job.verbose, job.mic, warn=warn)
    with ExitStack() as outputs:
        sink = _open_sink(job, outputs)
        try:
            with ExitStack() as devices:
                report.device, microphone = open_microphone(devices, sources)
                ending = _record(job, report, report.device, microphone, sink)
            _finish(job, report, report.device, ending, sink)
        except BaseException as exc:
            report.kept = sink.abandon() or report.kept
            if isinstance(exc, S2SError) and report.kept and str(report.kept) not in exc.hint:
                hint = f"{exc.hint.rstrip('.')}. " if exc.hint else ""
                exc.hint = f"{hint}What was recorded is in {report.kept}."
            raise
    if not job.quiet and not job.json:
        tell(report.summary("Standard output" if job.output == "-" else job.output))


def _record(
    job: Job,
    report: TakeReport,
    device: Device,
    microphone: Microphone,
    sink: WavWriter | WavStream,
) -> Ending | None:
    """Record until the take is over or something ends it; the microphone is closed then."""
    inbox: Inbox = Inbox()
    with ExitStack() as stack:
        stack.enter_context(_signals_posted(inbox))
        stack.callback(microphone.close)
        microphone.start(inbox.put)
        observe = _observer(job, report, device, stack, inbox)
        ending = record(report.take, inbox, sink, observe)
    report.ended_by = report.take.end or _NAMES[type(ending)]
    return ending


_NAMES: dict[type[Ending | None], str] = {
    DeviceLost: "device-lost",
    QuitPressed: "key",
    StopPressed: "interrupt",
    Signalled: "signal",
}


@contextmanager
def _signals_posted(inbox: Inbox) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a terminal that closes end the take; a second signal interrupts."""
    received: list[int] = []

    def post(number: int) -> None:
        if received:
            signals.stop(number)
        received.append(number)
        inbox.put(StopPressed() if number == signal.SIGINT else Signalled(number))

    with signals.received_by(post):
        yield


def _observer(
    job: Job, report: TakeReport, device: Device, stack: ExitStack, inbox: Inbox
) -> Callable[[Take], None]:
    """Return what watches the take: the line on a terminal, and the first suspicion."""
    from s2s.ui.screen import keypress

    show: Callable[[Take], None] | None = None
    say: Callable[[str], None] = tell
    if not job.quiet and not job.verbose and sys.stderr.isatty():
        from rich.console import Console

        from s2s.ui.screen.recorder_line import TakeLine

        line = TakeLine(Console(stderr=True))
        stack.callback(line.end)
        show, say = line.observe, line.say
    if keypress.are_possible():
        end, pause = (lambda: inbox.put(QuitPressed())), (lambda: inbox.put(PausePressed()))
        stack.enter_context(keypress.Keys({" ": pause, "q": end, "\r": end, "\n": end}))
        if show:
            say(f"Microphone: {device.name}. Space pauses, q or Enter ends.")

    before = len(report.warnings)

    def observe(take: Take) -> None:
        suspect = take.only_zeros and take.heard_ms >= _SUSPECT_MS
        if suspect and len(report.warnings) == before and (take.began or not device.loopback):
            error = _only_zeros(device)
            report.warnings.append(f"{error.message} {error.hint}")
            if not job.quiet:
                say(f"Warning: {report.warnings[-1]}")
        if show:
            show(take)

    return observe


def _finish(
    job: Job,
    report: TakeReport,
    device: Device,
    ending: Ending | None,
    sink: WavWriter | WavStream,
) -> None:
    """Complete the file, tell what is to be told. Raises what the take has failed by."""
    take = report.take
    if isinstance(ending, Signalled) and isinstance(sink, WavStream):
        sink.abandon()  # a reader who takes nothing must not keep us
    elif take.frames:
        sink.complete()
        report.kept = sink.path if isinstance(sink, WavWriter) else None
        report.complete = True
    for notice in take.notices:
        report.warnings.append(notice)
        if not job.quiet:
            tell(f"Warning: {notice}")
    if isinstance(ending, DeviceLost):
        raise ending.error
    if isinstance(ending, Signalled):
        raise Stopped(ending.number)
    if take.only_zeros and take.heard_ms:
        raise _only_zeros(device)
    if not take.frames:
        raise SoundError(
            f"Nothing was recorded: no sound was heard in {take.heard_ms / 1000:.1f} s.",
            "Speak up, or leave out --wait-for-sound. Try the microphone: s2s devices test",
        )
    if job.strict and take.overruns:
        raise SoundError(
            "Samples were lost, and --strict does not allow that.",
            "End other programs, or record to a quicker disk, and try again.",
        )


def _only_zeros(device: Device) -> SoundError:
    from s2s.audio.check.why_silent import only_zeros

    return only_zeros(device)


def _open_sink(job: Job, stack: ExitStack) -> WavWriter | WavStream:
    sink = open_output(
        job.output,
        "OUT",
        stack,
        force=job.force,
        what="The recording",
        rate=job.wishes.rate,
        channels=job.wishes.channels,
        can_be_long=True,
    )
    if isinstance(sink, WavWriter) and not job.quiet:
        earlier = sink.target.with_name(f"{sink.target.stem}.partial.wav")
        if sink.partial_path != earlier:
            tell(f"Warning: {earlier} holds what an earlier take was when it was cut off.")
    return sink


def _print_json(report: TakeReport, error: S2SError | None) -> None:
    try:
        print(json_text(report.as_json(error)), flush=True)
    except OSError as exc:
        raise WriteError(f"Standard output cannot be written: {exc.strerror}.") from exc
