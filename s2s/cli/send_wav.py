"""`s2s send-wav`: a recording goes in, a spoken reply comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from s2s import signals
from s2s.cli import batch_options, money, options
from s2s.cli.help import Command, epilog
from s2s.destination import standard
from s2s.errors import S2SError, Stopped, UsageError

EPILOG = epilog(
    (
        "s2s send-wav question.wav",
        "s2s send-wav question.mp3 -o answer.wav --force",
        "s2s record - --until-silence 1 | s2s send-wav - -o - | play -t wav -",
        "s2s send-wav question.wav --json --quiet",
        "s2s send-wav calls/ more.mp3 @list.txt -o replies/ --jobs 16",
    ),
    *(0, 1, 2, 3, 4, 5, 6, 7, 8),
    s0="the reply is complete; of many, every one",
    s1="some of many recordings have failed",
    s4="the recording holds nothing but zeros",
)
app = typer.Typer(add_completion=False)


@app.command("send-wav", cls=Command, epilog=EPILOG)
def send_wav(
    recordings: Annotated[
        list[str],
        typer.Argument(
            metavar="IN",
            parser=options.path,
            help="The recording, or - for standard input. Many: recordings, folders, and @LIST for "
            "the names in a file (@- in standard input).",
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
            "Unless set: IN.reply.wav beside the recording (reply.wav for standard input). "
            "For many recordings: a folder, which is made.",
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
    jobs: batch_options.Jobs = None,
    retries: batch_options.Retries = None,
    one_conversation: batch_options.OneConversation = False,
    null: batch_options.NullSeparated = False,
    redo: batch_options.Redo = False,
    skip_existing: batch_options.SkipExisting = False,
    dry_run: batch_options.DryRun = False,
    expect: batch_options.Expect = None,
    max_first_audio: batch_options.MaxFirstAudio = None,
    pace: batch_options.PaceOption = batch_options.Pace.burst,
    max_cost: money.MaxCost = None,
    prices: money.Prices = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    log_file: options.LogFile = None,
    verbose: options.Verbose = 0,
) -> None:
    """Send a recording to the model and write down its spoken reply.

    The transcript goes to standard output, the reply to a WAV file. Of many recordings each is
    sent alone, several at once; a second run goes on where the first was stopped (docs/batch.md).
    """
    with signals.held() as received:  # with --json, an object is printed whatever happens
        from s2s.app.options import SendOptions
        from s2s.app.send import send
        from s2s.cli.inputs import raw_format
        from s2s.cli.runner import run
        from s2s.cli.send_batch import Many, send_batch
        from s2s.cli.send_view import SendView, Shown
        from s2s.cli.sources import read

        stopped_by = received.pop() if received else None

    output = output and standard(output)
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
    many = Many(
        jobs=jobs,
        retries=retries,
        one_conversation=one_conversation,
        null_separated=null,
        redo=redo,
        skip_existing=skip_existing,
        dry_run=dry_run,
        expect=expect,
        max_first_audio_ms=max_first_audio,
        realtime=pace is batch_options.Pace.realtime,
    )
    if many.is_asked_for(tuple(recordings)):
        from s2s.app.batch.options import BatchOptions
        from s2s.cli.batch_view import BatchView

        if output == "-":
            raise UsageError(
                "The replies to many recordings need a folder, and not standard output.",
                "Name one: -o replies/",
            )
        shown = BatchView(quiet=quiet, json=json, drawn=not verbose, dry_run=dry_run)
        try:
            if stopped_by:
                raise Stopped(stopped_by)
            common = BatchOptions(
                settings=read(flags, env_file, verbose, shown.warn),
                inputs=tuple(recordings),
                output=output,
                raw=raw_format(raw),
                force=force,
                offline=offline,
                allow_plain=allow_plain_ws,
                text_only=text_only,
                max_cost=max_cost,
            )
            asked_for = many.options(common)
        except S2SError as error:
            shown.finished(error)
            raise
        send_batch(asked_for, shown, dry_run=dry_run)
        return
    (recording,) = recordings
    if json and output == "-":
        raise UsageError(
            "--json and -o - both want standard output.", "Write the reply to a file: -o reply.wav"
        )
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
            retries=retries or 0,
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
