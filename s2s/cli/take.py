"""One take from the command line: opens what is needed, shows it, reports how it ended."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from s2s import __version__
from s2s.audio.meter import decibels
from s2s.audio.take import PausePressed, Take, Wishes
from s2s.audio.wav import WavStream, WavWriter
from s2s.cli import logs, options
from s2s.cli.outputs import is_special, open_special
from s2s.cli.sound import chosen
from s2s.config import Sources, read_sources
from s2s.conversation.events import DeviceLost, QuitPressed, StopPressed
from s2s.errors import S2SError, SoundError, Stopped, WriteError
from s2s.session.take import Ending, Inbox, Signalled, record
from s2s.ui.transcript import tell

if TYPE_CHECKING:
    from s2s.audio.devices import Device, Microphone

SCHEMA = 1  # of --json; docs/record.md

_SUSPECT_MS = 2_000  # of nothing but zeros: a microphone that works has some noise by then


@dataclass(frozen=True, slots=True)
class Job:
    """What the command line asked for."""

    output: str
    wishes: Wishes
    flags: Mapping[str, str | None] = field(default_factory=dict)  # by environment name
    force: bool = False
    strict: bool = False
    quiet: bool = False
    json: bool = False
    verbose: int = 0


@dataclass(slots=True)
class Report:
    """What is known so far; `--json` prints it, whatever happens."""

    take: Take
    device: Device | None = None
    kept: Path | None = None  # the file that holds what was recorded
    complete: bool = False  # and it has the name that was asked for
    ended_by: str | None = None
    warnings: list[str] = field(default_factory=list)


def run_job(job: Job) -> None:
    """Record from the microphone that the settings name."""
    from s2s.audio.portaudio import SoundSystem

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
    report = Report(Take(job.wishes))
    failure: S2SError | None = None
    try:
        _run(job, report, open_microphone)
    except S2SError as error:
        failure = error
        raise
    finally:
        if job.json:
            _print_json(report, failure)


def _run(
    job: Job,
    report: Report,
    open_microphone: Callable[[ExitStack, Sources], tuple[Device, Microphone]],
) -> None:
    sources = read_sources(job.flags, options.FLAG_NAMES, job.flags.get("S2S_ENV_FILE"))
    found = sources.find("S2S_LOG_FILE")
    logs.set_up(job.verbose, found.text if found else None)
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
        tell(_summary(report))


def _record(
    job: Job, report: Report, device: Device, microphone: Microphone, sink: WavWriter | WavStream
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
    before = {
        number: signal.getsignal(number)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    received: list[int] = []

    def post(number: int, frame: FrameType | None) -> None:
        if received:
            raise Stopped(number)
        received.append(number)
        inbox.put(StopPressed() if number == signal.SIGINT else Signalled(number))

    for number in before:
        signal.signal(number, post)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _observer(
    job: Job, report: Report, device: Device, stack: ExitStack, inbox: Inbox
) -> Callable[[Take], None]:
    """Return what watches the take: the line on a terminal, and the first suspicion."""
    from s2s.ui import keypress

    show: Callable[[Take], None] | None = None
    say: Callable[[str], None] = tell
    if not job.quiet and not job.verbose and sys.stderr.isatty():
        from rich.console import Console

        from s2s.ui.take_line import TakeLine

        line = TakeLine(Console(stderr=True))
        stack.callback(line.end)
        show, say = line.observe, line.say
    if keypress.are_possible():
        end, pause = (lambda: inbox.put(QuitPressed())), (lambda: inbox.put(PausePressed()))
        stack.enter_context(keypress.Keys({" ": pause, "q": end, "\r": end, "\n": end}))
        if show:
            say(f"Microphone: {device.name}. Space pauses, q or Enter ends.")

    def observe(take: Take) -> None:
        suspect = take.only_zeros and take.heard_ms >= _SUSPECT_MS
        if suspect and not report.warnings and (take.began or not device.loopback):
            error = _only_zeros(device)
            report.warnings.append(f"{error.message} {error.hint}")
            if not job.quiet:
                say(f"Warning: {report.warnings[-1]}")
        if show:
            show(take)

    return observe


def _finish(
    job: Job,
    report: Report,
    device: Device,
    ending: Ending | None,
    sink: WavWriter | WavStream,
) -> None:
    """Complete the file, tell what is to be told. Raises what the take has failed by."""
    take = report.take
    if take.frames:
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
    from s2s.audio.zeros import only_zeros

    return only_zeros(device)


def _open_sink(job: Job, stack: ExitStack) -> WavWriter | WavStream:
    rate, channels = job.wishes.rate, job.wishes.channels
    path = Path(job.output)
    if job.output == "-" or is_special(path):
        is_stdout = job.output == "-"
        stream = sys.stdout.buffer if is_stdout else stack.enter_context(open_special(path, "OUT"))
        return WavStream(stream, "The recording", rate=rate, channels=channels)
    from s2s.audio.encode import ENCODINGS, encode

    writer = WavWriter(
        path,
        force=job.force,
        rate=rate,
        channels=channels,
        can_be_long=True,
        encode=encode if path.suffix.lower() in ENCODINGS else None,
    )
    earlier = path.with_name(f"{path.stem}.partial.wav")
    if writer.partial_path != earlier and not job.quiet:
        tell(f"Warning: {earlier} holds what an earlier take was when it was cut off.")
    return writer


def _summary(report: Report) -> str:
    take, wishes = report.take, report.take.wishes
    channels = {1: "mono", 2: "stereo"}.get(wishes.channels, f"{wishes.channels} channels")
    name = report.kept or "Standard output"
    end = ", ended by --max-minutes" if take.end == "max-minutes" else ""
    return (
        f"{name}: {take.seconds:.1f} s, {wishes.rate / 1000:g} kHz {channels}, "
        f"peak {round(decibels(take.peak))} dB{end}"
    )


def _print_json(report: Report, error: S2SError | None) -> None:
    take, device = report.take, report.device
    shown: dict[str, Any] = {
        "schema": SCHEMA,
        "s2s": __version__,
        "exit_status": error.exit_status if error else 0,
        "error": error and {"message": error.message, "hint": error.hint},
        "warnings": report.warnings,
        "microphone": device
        and {"index": device.index, "name": device.name, "host_api": device.host_api},
        "output": {
            "path": report.kept and str(report.kept),
            "complete": report.complete,
            "seconds": take.seconds,
            "samples": take.frames,
            "rate": take.wishes.rate,
            "channels": take.wishes.channels,
        },
        "ended_by": report.ended_by,
        "peak_dbfs": round(decibels(take.peak), 1),
        "clipped_samples": take.clipped,
        "overruns": take.overruns,
    }
    try:
        print(json.dumps(shown, ensure_ascii=False), flush=True)
    except OSError as exc:
        raise WriteError(f"Standard output cannot be written: {exc.strerror}.") from exc
