"""`s2s send-wav`: a recording goes in, a spoken reply comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from s2s import signals
from s2s.cli import money, options
from s2s.cli.help import Command, epilog
from s2s.destination import standard
from s2s.errors import S2SError, Stopped, UsageError

EPILOG = epilog(
    (
        "s2s send-wav question.wav",
        "s2s send-wav question.mp3 -o answer.wav --force",
        "s2s record - --until-silence 1 | s2s send-wav - -o - | play -t wav -",
        "s2s send-wav question.wav --json --quiet",
    ),
    *(0, 2, 3, 4, 5, 6, 7, 8),
    s0="the reply is complete",
    s4="the recording holds nothing but zeros",
)
app = typer.Typer(add_completion=False)


@app.command("send-wav", cls=Command, epilog=EPILOG)
def send_wav(
    recording: Annotated[
        str,
        typer.Argument(
            metavar="IN", parser=options.path, help="The recording, or - for standard input."
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            parser=options.path,
            help="Where the reply goes: a WAV file, or - for standard output. "
            "Unless set: IN.reply.wav beside the recording (reply.wav for standard input).",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Overwrite OUT if it exists.")
    ] = False,
    raw: Annotated[
        str | None,
        typer.Option(
            "--raw",
            metavar="RATE[:CHANNELS]",
            help="IN is headerless 16-bit PCM of this rate, such as 16000 or 48000:2.",
        ),
    ] = None,
    url: options.Url = None,
    model: options.Model = None,
    offline: options.Offline = False,
    timeout: options.Timeout = None,
    allow_plain_ws: options.AllowPlain = False,
    env_file: options.EnvFile = None,
    voice: options.Voice = None,
    instructions: options.Instructions = None,
    text_only: options.TextOnly = False,
    transcribe: options.Transcribe = None,
    language: options.Language = None,
    max_cost: money.MaxCost = None,
    prices: money.Prices = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    log_file: options.LogFile = None,
    verbose: options.Verbose = 0,
) -> None:
    """Send a recording to the model and write down its spoken reply.

    The transcript goes to standard output, the reply to a WAV file.
    """
    with signals.held() as received:  # with --json, an object is printed whatever happens
        from s2s.app.options import SendOptions
        from s2s.app.send import send
        from s2s.cli.inputs import raw_format
        from s2s.cli.runner import run
        from s2s.cli.send_view import SendView, Shown
        from s2s.cli.sources import read

        stopped_by = received.pop() if received else None

    output = output and standard(output)
    if json and output == "-":
        raise UsageError(
            "--json and -o - both want standard output.", "Write the reply to a file: -o reply.wav"
        )
    if offline and url:
        raise UsageError("--offline and --url name two endpoints.", "Drop one of them.")
    flags = {
        "WS_URL": url,
        "MODEL": model,
        "S2S_VOICE": voice,
        "S2S_INSTRUCTIONS": instructions,
        "S2S_TRANSCRIBE": transcribe,
        "S2S_LANGUAGE": language,
        "S2S_TIMEOUT": timeout,
        "S2S_LOG_FILE": log_file,
        "S2S_ENV_FILE": env_file,
        "S2S_PRICES": prices,
    }
    goes_to = output or _beside(recording)
    view = SendView(Shown(recording, quiet, json, not verbose, output == "-"))
    try:
        if stopped_by:
            raise Stopped(stopped_by)
        sources = read(flags, env_file, verbose, view.warn, {"-o": goes_to}, recording)
        asked = SendOptions(
            settings=sources,
            recording=recording,
            raw=raw_format(raw),
            output=goes_to,
            output_named=output is not None,
            force=force,
            offline=offline,
            allow_plain=allow_plain_ws,
            text_only=text_only,
            max_cost=max_cost,
        )
        send(asked, view, run)
    except S2SError as error:
        view.ended(error)
        raise
    view.ended()


def _beside(recording: str) -> str:
    """Return where the reply goes unless it is said."""
    return "reply.wav" if recording == "-" else str(Path(recording).with_suffix(".reply.wav"))
