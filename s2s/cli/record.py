"""`s2s record`: what the microphone hears, in a file."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from s2s.cli import options
from s2s.cli.help import Command, epilog
from s2s.destination import standard
from s2s.errors import UsageError

TAKE = "The recording"


EPILOG = epilog(
    (
        "s2s record take.wav",
        "s2s record take.flac --seconds 10 --mic yeti",
        "s2s record - --until-silence 1 | s2s send-wav - -o reply.wav",
    ),
    *(0, 2, 4, 8),
    s0="recorded, also when Ctrl-C ended it",
)
app = typer.Typer(add_completion=False)


@app.command("record", cls=Command, epilog=EPILOG)
def record(
    output: Annotated[
        str,
        typer.Argument(
            metavar="OUT",
            parser=options.path,
            help="A .wav, .flac or .ogg file, or - for standard output (WAV).",
        ),
    ],
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds", metavar="N", min=0.001, rich_help_panel=TAKE, help="Exactly this long."
        ),
    ] = None,
    until_silence: Annotated[
        float | None,
        typer.Option(
            "--until-silence",
            metavar="S",
            min=0.1,
            rich_help_panel=TAKE,
            help="End when, after a sound, there was none for S seconds.",
        ),
    ] = None,
    wait_for_sound: Annotated[
        bool,
        typer.Option("--wait-for-sound", rich_help_panel=TAKE, help="Begin with the first sound."),
    ] = False,
    max_minutes: Annotated[
        float | None,
        typer.Option(
            "--max-minutes",
            metavar="M",
            min=0.001,
            rich_help_panel=TAKE,
            help="End after M minutes whatever happens, waiting and pauses included.",
        ),
    ] = None,
    rate: Annotated[
        int,
        typer.Option(
            "--rate",
            metavar="HZ",
            min=1_000,
            max=384_000,
            rich_help_panel=TAKE,
            help="Samples per second.",
        ),
    ] = 24_000,
    channels: Annotated[
        int,
        typer.Option(
            "--channels", metavar="C", min=1, max=32, rich_help_panel=TAKE, help="1 is mono."
        ),
    ] = 1,
    mic: options.Mic = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", rich_help_panel=TAKE, help="Fail (4) if any samples were lost."),
    ] = False,
    reconnect: Annotated[
        bool,
        typer.Option(
            "--reconnect",
            rich_help_panel=TAKE,
            help="Wait for a microphone that is lost, with silence in the recording, and go on.",
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Overwrite OUT if it exists.")
    ] = False,
    env_file: options.EnvFile = None,
    quiet: options.Quiet = False,
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            rich_help_panel=options.OUTPUT,
            help="One JSON object on standard output at the end (docs/record.md).",
        ),
    ] = False,
    log_file: options.LogFile = None,
    verbose: options.Verbose = 0,
) -> None:
    """Record the microphone until Ctrl-C, q or Enter, or as the options say.

    On a terminal the space bar pauses and resumes.
    """
    from s2s.app.options import RecordOptions
    from s2s.audio.recorder import Recorder, RecorderConfig
    from s2s.cli.record_view import RecordView, run_record
    from s2s.cli.sources import read_for_sound

    for name, value in (
        ("--seconds", seconds),
        ("--until-silence", until_silence),
        ("--max-minutes", max_minutes),
    ):
        if value is not None and not math.isfinite(value):
            raise UsageError(f"{name} {value} is no number to count to.", "Give one, or none.")
    output = standard(output)
    _check(output, json=json, log_file=log_file)
    view = RecordView(quiet, json, not verbose)
    config = RecorderConfig(rate, channels, seconds, until_silence, wait_for_sound, max_minutes)

    def asked() -> RecordOptions:
        sources = read_for_sound(env_file, log_file, verbose, mic, warn=view.warn_early)
        return RecordOptions(sources, output, config, force, strict, reconnect)

    run_record(view, Recorder(config), asked, output)


def _check(output: str, *, json: bool, log_file: str | None) -> None:
    from s2s.app.outputs import check_apart, is_stream
    from s2s.audio.files.encode import ENCODINGS

    check_apart({"OUT": output, "--log-file": log_file})
    if output == "-":
        if json:
            raise UsageError(
                "--json and - both want standard output.", "Record to a file: s2s record take.wav"
            )
        if sys.stdout.isatty():
            raise UsageError(
                "- would write audio to the terminal.", "Pipe it on: s2s record - | play -t wav -"
            )
        return
    path = Path(output)
    known = (".wav", *ENCODINGS)
    is_folder = os.path.isdir(path)  # noqa: PTH112 - raises nothing, whatever the name
    if path.suffix.lower() not in known and not is_folder and not is_stream(output):
        raise UsageError(
            f"{path} does not end as a format that can be recorded.",
            f"Choose a name that ends with one of {', '.join(known)}.",
        )
