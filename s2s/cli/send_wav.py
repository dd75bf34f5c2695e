"""`s2s send-wav`: a recording goes in, a spoken reply comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from s2s.cli import options, signals
from s2s.errors import UsageError

if TYPE_CHECKING:
    from s2s.cli.exchange import Job


def send_wav(
    recording: Annotated[
        str, typer.Argument(metavar="IN", help="The recording, or - for standard input.")
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
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
    quiet: options.Quiet = False,
    json: options.Json = False,
    log_file: options.LogFile = None,
    verbose: options.Verbose = 0,
) -> None:
    """Send a recording to the model and write down its spoken reply.

    The transcript goes to standard output, the reply to a WAV file.

    Exit status: 0 complete, 2 wrong option or recording, 3 refused by the
    endpoint, 4 only zeros, 5 network, 6 reply failed, incomplete or empty, 8 writing
    failed; 130 Ctrl-C;
    129, 143 the terminal closed, SIGTERM.
    """
    with signals.deferred() as received:  # with --json, an object is printed whatever happens
        from s2s.cli.exchange import Job, run_job

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
    }
    job = Job(
        recording=recording,
        output=output,
        force=force,
        raw=raw,
        flags=flags,
        offline=offline,
        allow_plain=allow_plain_ws,
        text_only=text_only,
        quiet=quiet,
        json=json,
        verbose=verbose,
        stopped_by=received[0] if received else None,
    )
    _check(job)
    run_job(job)


def _check(job: Job) -> None:
    if job.json and job.output == "-":
        raise UsageError(
            "--json and -o - both want standard output.", "Write the reply to a file: -o reply.wav"
        )
    if job.offline and job.flags["WS_URL"]:
        raise UsageError("--offline and --url name two endpoints.", "Drop one of them.")
