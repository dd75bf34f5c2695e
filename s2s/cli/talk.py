"""`s2s talk`: a live conversation, both ways at once."""

from __future__ import annotations

from typing import Annotated

import typer

from s2s.cli import options
from s2s.cli.choices import Eagerness, Effort, NoiseReduction, Turns
from s2s.cli.help import Command, epilog
from s2s.destination import standard
from s2s.errors import UsageError

TURNS = "Turns"
RECORDINGS = "Files and pipes"


EPILOG = epilog(
    (
        "s2s talk --offline",
        "s2s talk --voice cedar --instructions 'Answer in one sentence.' --save talks",
        "s2s talk --half-duplex --max-minutes 10",
        "s2s talk --in question.wav --out heard.wav",
    ),
    *(0, 2, 3, 4, 5, 6, 8),
    s0="you left, or the recording or the time was over",
    s6="the last response failed or was empty (with --in)",
)
app = typer.Typer(add_completion=False)


@app.command("talk", cls=Command, epilog=EPILOG)
def talk(
    mic: options.Mic = None,
    speaker: options.Speaker = None,
    half_duplex: Annotated[
        bool,
        typer.Option(
            "--half-duplex",
            rich_help_panel=options.SOUND,
            help="Send nothing while the assistant speaks: for loudspeakers that the microphone "
            "hears. You interrupt by key then.",
        ),
    ] = False,
    noise_reduction: Annotated[
        NoiseReduction | None,
        typer.Option(
            "--noise-reduction",
            rich_help_panel=options.SOUND,
            help="By the endpoint: near for a headset, far for a laptop's microphone.",
        ),
    ] = None,
    turns: Annotated[
        Turns,
        typer.Option(
            "--turns",
            rich_help_panel=TURNS,
            help="Who ends your turn: the server by a pause, the server by what you say, or you "
            "with the space bar.",
        ),
    ] = Turns.server,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            min=0,
            max=1,
            rich_help_panel=TURNS,
            help="How sure of speech the server must be; 0.5 unless set.",
        ),
    ] = None,
    silence_ms: Annotated[
        int | None,
        typer.Option(
            "--silence-ms",
            min=0,
            max=60_000,
            rich_help_panel=TURNS,
            help="The pause that ends a turn; 500 unless set.",
        ),
    ] = None,
    prefix_ms: Annotated[
        int | None,
        typer.Option(
            "--prefix-ms",
            min=0,
            max=60_000,
            rich_help_panel=TURNS,
            help="Sound from before speech was noticed; 300 unless set.",
        ),
    ] = None,
    idle_timeout: Annotated[
        float | None,
        typer.Option(
            "--idle-timeout",
            metavar="SECONDS",
            min=1,
            rich_help_panel=TURNS,
            help="Silence after which the assistant speaks by itself.",
        ),
    ] = None,
    eagerness: Annotated[
        Eagerness | None,
        typer.Option(
            "--eagerness",
            rich_help_panel=TURNS,
            help="How soon a semantic turn is taken for over.",
        ),
    ] = None,
    voice: options.Voice = None,
    instructions: options.Instructions = None,
    speed: Annotated[
        float | None,
        typer.Option(
            "--speed",
            min=0.25,
            max=1.5,
            rich_help_panel=options.REPLY,
            help="How fast the assistant speaks, 0.25 to 1.5.",
        ),
    ] = None,
    effort: Annotated[
        Effort | None,
        typer.Option(
            "--effort",
            rich_help_panel=options.REPLY,
            help="How long a reasoning model may think.",
        ),
    ] = None,
    greet: Annotated[
        bool,
        typer.Option(
            "--greet", rich_help_panel=options.REPLY, help="Let the assistant speak first."
        ),
    ] = False,
    text_only: options.TextOnly = False,
    transcribe: options.Transcribe = None,
    language: options.Language = None,
    max_minutes: Annotated[
        float | None,
        typer.Option(
            "--max-minutes",
            metavar="MINUTES",
            min=0.01,
            help="End after so long; an answer under way is heard, for a minute at most.",
        ),
    ] = None,
    save: Annotated[
        str | None,
        typer.Option(
            "--save",
            metavar="DIR",
            parser=options.path,
            help="Keep the conversation as it was heard: a stereo WAV and the transcript, "
            "in a folder of its own below DIR.",
        ),
    ] = None,
    given: Annotated[
        str | None,
        typer.Option(
            "--in",
            metavar="FILE|-",
            parser=options.path,
            rich_help_panel=RECORDINGS,
            help="A recording, or a pipe, instead of the microphone.",
        ),
    ] = None,
    raw: Annotated[
        str | None,
        typer.Option(
            "--raw",
            metavar="RATE[:CHANNELS]",
            rich_help_panel=RECORDINGS,
            help="What --in reads is headerless 16-bit PCM of this rate.",
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            metavar="FILE|-",
            parser=options.path,
            rich_help_panel=RECORDINGS,
            help="A WAV file, or a pipe, instead of the speaker.",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", "-f", rich_help_panel=RECORDINGS, help="Overwrite --out if it exists."
        ),
    ] = False,
    url: options.Url = None,
    model: options.Model = None,
    offline: options.Offline = False,
    timeout: options.Timeout = None,
    allow_plain_ws: options.AllowPlain = False,
    env_file: options.EnvFile = None,
    plain: Annotated[
        bool,
        typer.Option(
            "--plain",
            rich_help_panel=options.OUTPUT,
            help="One line for each happening, no toolbar, no control characters.",
        ),
    ] = False,
    events: Annotated[
        str | None,
        typer.Option(
            "--events",
            metavar="FILE|-",
            parser=options.path,
            rich_help_panel=options.OUTPUT,
            help="Everything that happens as JSON lines (docs/events.md).",
        ),
    ] = None,
    quiet: options.Quiet = False,
    log_file: options.LogFile = None,
    verbose: options.Verbose = 0,
) -> None:
    """Talk with the model: speak, listen, interrupt."""
    from s2s.app.options import TalkOptions
    from s2s.cli.inputs import raw_format
    from s2s.cli.sources import read
    from s2s.cli.talking import TalkView, run_talk

    if offline and url:
        raise UsageError("--offline and --url name two endpoints.", "Drop one of them.")
    if raw and not given:
        raise UsageError("--raw says how to read --in, and there is no --in.", "Add --in -.")
    if out and text_only:
        raise UsageError("Written replies have no audio for --out.", "Drop --out or --text-only.")
    out, events = out and standard(out), events and standard(events)
    flags = {
        "WS_URL": url,
        "MODEL": model,
        "S2S_VOICE": voice,
        "S2S_INSTRUCTIONS": instructions,
        "S2S_TRANSCRIBE": transcribe,
        "S2S_LANGUAGE": language,
        "S2S_TIMEOUT": timeout,
        "S2S_MIC": mic,
        "S2S_SPEAKER": speaker,
        "S2S_LOG_FILE": log_file,
        "S2S_ENV_FILE": env_file,
    }
    view = TalkView(
        save=save,
        events=events,
        beside=out != "-" and events != "-",
        offline=offline,
        plain=plain or bool(verbose),
        quiet=quiet,
    )
    outputs = {"--out": out, "--events": events}
    asked = TalkOptions(
        settings=read(flags, env_file, verbose, view.warn, outputs, given),
        turns=turns.value,
        threshold=threshold,
        silence_ms=silence_ms,
        prefix_ms=prefix_ms,
        idle_timeout_s=idle_timeout,
        eagerness=eagerness.value if eagerness else None,
        speed=speed,
        effort=effort.value if effort else None,
        noise_reduction=noise_reduction.value if noise_reduction else None,
        greet=greet,
        half_duplex=half_duplex,
        max_minutes=max_minutes,
        recording=given,
        raw=raw_format(raw),
        out=out,
        force=force,
        offline=offline,
        allow_plain=allow_plain_ws,
        text_only=text_only,
    )
    run_talk(asked, view)
