"""`s2s devices test`: is this microphone of use, and does it hear the speaker?"""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from s2s.cli import options
from s2s.cli.help import epilog
from s2s.errors import S2SError
from s2s.json_text import json_text

if TYPE_CHECKING:
    from pathlib import Path

    from s2s.app.outcome import DeviceReport
    from s2s.audio.check.echo_measurement import MeasuredEcho
    from s2s.audio.check.microphone_check import Listening, MicrophoneVerdict
    from s2s.audio.devices.choice import Device
    from s2s.audio.level.meter import Meter

_SHOWN_EVERY = 3  # chunks, 60 ms: as quick as the eye follows

_HEADPHONES = "Wear headphones, or use --half-duplex: s2s would hear itself."
_CANCELLED = "Loudspeakers are fine: s2s takes the echo out."
_PLATFORM = "Loudspeakers are fine: the system takes the echo out of this microphone."
_AUTO = {
    "platform": "talk --echo auto leaves the echo to the system, which cancels it already.",
    "headphones": "talk --echo auto leaves the microphone as it is: so weak an echo needs nothing.",
    "cancel": "talk --echo auto cancels the echo: it is louder than -40 dB.",
    "off": "talk --echo auto can do nothing here: pywebrtc-audio is not made for this system.",
}
_LOUDSPEAKERS = "Loudspeakers are fine: s2s will not hear itself."
_IF_HEARD = "If you heard the tones, loudspeakers are fine: s2s will not hear itself."
_UNHEARD = (
    "Then nothing is known of the loudspeakers. Turn the volume up, or choose another speaker with "
    "--speaker (s2s devices lists them), and try again."
)
_NOTHING_TO_REMEMBER = "No delay is remembered: no echo was found that talk would cancel."
_UNCERTAIN = "The room is too loud to tell. Try again in silence; until then wear headphones."

EPILOG = epilog(
    ("s2s devices test", "s2s devices test --mic yeti --seconds 5 --remember"),
    *(0, 2, 4, 8),
    s0="the microphone is of use",
    s4="it is not, or there is none",
)


def test(
    mic: options.Mic = None,
    speaker: options.Speaker = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.5, max=600, help="How long to listen to you.")
    ] = 4.0,
    remember: Annotated[
        bool | None,
        typer.Option(
            "--remember/--no-remember",
            help="Keep the delay of the echo for talk, which cancels it sooner then; asked on a "
            "terminal unless set.",
        ),
    ] = None,
    json: Annotated[
        bool,
        typer.Option("--json", help="One JSON object on standard output (docs/devices-test.md)."),
    ] = False,
    env_file: options.EnvFile = None,
    log_file: options.LogFile = None,
    verbose: options.Verbose = 0,
) -> None:
    """Listen to you, play three tones, and say whether this microphone and speaker will do."""
    from s2s.app.device_test import check_devices
    from s2s.app.options import DeviceTestOptions
    from s2s.app.outcome import DeviceReport
    from s2s.cli.sources import read_for_sound

    report, view = DeviceReport(), DeviceTestView(silent=json)
    try:
        sources = read_for_sound(env_file, log_file, verbose, mic, speaker)
        check_devices(DeviceTestOptions(sources, seconds), report, view)
        if json and remember:
            _keep(report)
    except S2SError as error:
        if json:
            _print_json(report, seconds, error)
        raise
    if json:
        _print_json(report, seconds, None)
    elif report.echo:
        _say(told(report.echo))
        _say(advice(report.echo, _heard_the_tones, report.auto))
        _say(_AUTO.get(report.auto or "", ""))
    if not json:
        _remember(report, remember)


def _remember(report: DeviceReport, wanted: bool | None) -> None:
    """Keep the delay, if that is wanted; without a terminal nobody is asked."""
    if report.delay_ms is None:
        _say(_NOTHING_TO_REMEMBER if wanted else "")
        return
    if wanted is None and _can_ask():
        question = (
            f"Remember for talk that the echo is {report.delay_ms:.0f} ms late on these devices?"
        )
        with contextlib.suppress(typer.Abort):  # Ctrl-D: no answer
            wanted = typer.confirm(question, default=True, err=True)
    if wanted:
        _say(f"Remembered in {_keep(report)}.")


def _keep(report: DeviceReport) -> Path | None:
    from s2s.app import delays

    if report.pair is None or report.delay_ms is None:
        return None
    return delays.remember(report.pair, report.delay_ms)


class DeviceTestView:
    """Tells how the test goes on: findings on standard output, what to do on standard error."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent  # of findings: they go into one object

    def devices(self, microphone: Device, speaker: Device) -> None:
        """Say what will be tested."""
        if not self._silent:
            _say(f"Microphone: {microphone.name}")
            _say(f"Speaker: {speaker.name}")

    @contextmanager
    def listening(self, seconds: float) -> Iterator[Callable[[Meter, Listening, float], None]]:
        """Ask for words; a terminal shows the level meanwhile."""
        from rich.console import Console

        from s2s.ui.screen.level_line import LevelLine
        from s2s.ui.terminal import tell

        tell(f"Say something, for {seconds:g} seconds.")
        console = Console(stderr=True)
        line = LevelLine(console) if console.is_terminal else None
        count = itertools.count()

        def show(meter: Meter, heard: Listening, left_ms: float) -> None:
            if line and next(count) % _SHOWN_EVERY == 0:
                line.show(meter, heard.clipped, f", {max(0.0, left_ms) / 1000:.0f} s")

        try:
            yield show
        finally:
            if line:
                line.clear()

    def judged(self, verdict: MicrophoneVerdict) -> None:
        """Say what the microphone is worth."""
        if not self._silent:
            _say(verdict.sentence)
            _say(verdict.remedy)

    def tones(self, *, again: bool) -> None:
        """Ask for silence."""
        from s2s.ui.terminal import tell

        if again:
            tell("It was too loud to tell. Once more; please be quiet.")
        else:
            tell("Now three tones from the speaker; please be quiet.")


def told(echo: MeasuredEcho) -> str:
    """Return what was found as a sentence."""
    if echo.coupling_db is None:
        return f"Echo: none found; it would be below {round(echo.limit_db)} dB."
    return f"Echo: {round(echo.coupling_db)} dB of the speaker, {echo.delay_ms:.0f} ms late."


def advice(
    echo: MeasuredEcho, tones_were_heard: Callable[[], bool | None], auto: str | None = None
) -> str:
    """Return what to do about it as a sentence.

    A speaker that is silent makes no echo: before it is praised, the user is asked.
    """
    if echo.uncertain:
        return _UNCERTAIN
    if not echo.harmless:
        return {"cancel": _CANCELLED, "platform": _PLATFORM}.get(auto or "", _HEADPHONES)
    if echo.coupling_db is not None:
        return _LOUDSPEAKERS  # the microphone heard them
    heard = tones_were_heard()
    if heard is None:
        return _IF_HEARD
    return _LOUDSPEAKERS if heard else _UNHEARD


def _heard_the_tones() -> bool | None:
    """Ask the user; None where there is nobody to ask."""
    if not _can_ask():
        return None
    try:
        return typer.confirm("Did you hear the three tones?", default=True, err=True)
    except typer.Abort:  # Ctrl-D: no answer
        return None


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _say(line: str) -> None:
    from s2s.printable import printable

    if line:
        typer.echo(printable(line))


def _print_json(report: DeviceReport, seconds: float, error: S2SError | None) -> None:
    from s2s.audio.level.meter import decibels
    from s2s.version import __version__

    def device(each: Device | None) -> dict[str, Any] | None:
        return {"index": each.index, "name": each.name, "host_api": each.host_api} if each else None

    def db(level: float) -> float:
        return round(decibels(level), 1)

    def rounded(figure: float | None) -> float | None:
        return None if figure is None else round(figure, 1)

    heard, verdict, echo = report.heard, report.verdict, report.echo
    shown = {
        "schema": 1,
        "s2s": __version__,
        "exit_status": error.exit_status if error else 0,
        "error": error and {"message": error.message, "hint": error.hint},
        "microphone": device(report.microphone),
        "speaker": device(report.speaker),
        "voice": heard
        and verdict
        and {
            "verdict": verdict.word,
            "seconds": seconds,
            "voice_dbfs": db(heard.voice),
            "room_dbfs": db(heard.room),
            "peak_dbfs": db(heard.peak),
            "clipped_samples": heard.clipped,
        },
        "echo": echo
        and {
            "found": echo.coupling_db is not None,
            "coupling_db": rounded(echo.coupling_db),
            "delay_ms": rounded(echo.delay_ms),
            "limit_db": rounded(echo.limit_db),
            "headphones": not echo.harmless,
            "auto": report.auto,
        },
    }
    sys.stdout.write(json_text(shown) + "\n")
    sys.stdout.flush()
