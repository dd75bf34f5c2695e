"""`s2s serve`: a Realtime endpoint on this machine."""

from __future__ import annotations

import enum
import os
from typing import Annotated

import typer

from s2s.cli import completion, options
from s2s.cli.help import Command, epilog


class Vad(str, enum.Enum):
    auto = "auto"
    energy = "energy"
    silero = "silero"


class EngineName(str, enum.Enum):
    echo = "echo"
    offline = "offline"
    script = "script"


EPILOG = epilog(
    (
        "s2s serve",
        "s2s serve --engine echo --port 8765",
        "s2s serve --script turns.yaml --fault 'output_audio.delta#3:close=1011'",
    ),
    *(0, 2),
    s0="ended by a signal, once it serves",
)
app = typer.Typer(add_completion=False)


@app.command("serve", cls=Command, epilog=EPILOG)
def serve(
    engine: Annotated[
        EngineName | None,
        typer.Option(
            "--engine",
            "-e",
            help="echo: your own voice back. offline: a fixed list of things. "
            "script: what --script says. Unless set: script with a --script, else offline.",
        ),
    ] = None,
    script: Annotated[
        str | None,
        typer.Option(
            "--script",
            metavar="FILE",
            parser=options.path,
            help="Turns and faults, as YAML (docs/serve.md).",
        ),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", metavar="N", help="The port; 0 takes a free one.")
    ] = 0,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            autocompletion=completion.faults,
            metavar="PLACE:DEED",
            help="Something that goes wrong, such as connect:http=429 or "
            "output_audio.delta#3:close=1011; may be repeated (docs/serve.md).",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME",
            help="The model that the sessions say they run, to try what it would cost "
            "(docs/cost.md); s2s-ENGINE unless set.",
        ),
    ] = None,
    log: Annotated[
        str | None,
        typer.Option(
            "--log",
            metavar="FILE",
            parser=options.path,
            help="Write every message, both ways, to this file: one JSON object a line.",
        ),
    ] = None,
    log_audio: Annotated[
        bool, typer.Option("--log-audio", help="Keep the audio in --log; it is elided unless set.")
    ] = False,
    vad: Annotated[
        Vad,
        typer.Option(
            "--vad",
            help="What tells speech from silence. energy: anything loud enough, tones too. "
            "silero: speech only; needs the offline extra. auto: silero if it is there.",
        ),
    ] = Vad.auto,
    max_sessions: Annotated[
        int, typer.Option("--max-sessions", metavar="N", min=1, help="Sessions at once.")
    ] = 64,
    delay_ms: Annotated[
        int,
        typer.Option(
            "--delay-ms",
            metavar="MS",
            min=0,
            max=60_000,
            help="Be that far away, in each direction: every message arrives so much later.",
        ),
    ] = 0,
    tls_cert: Annotated[
        str | None,
        typer.Option(
            "--tls-cert",
            metavar="FILE",
            help="Serve wss:// with this certificate, for clients that speak nothing else "
            "(docs/serve.md says how to make one).",
        ),
    ] = None,
    tls_key: Annotated[
        str | None,
        typer.Option("--tls-key", metavar="FILE", help="The private key of --tls-cert."),
    ] = None,
    until_stdin_closes: Annotated[bool, typer.Option("--until-stdin-closes", hidden=True)] = False,
    log_file: options.LogFile = None,
    verbose: options.Verbose = 0,
) -> None:
    """Serve the Realtime API on 127.0.0.1, and print the URL.

    The engine `offline` understands a fixed list of things, in English, to try s2s and to test
    with; there is no language model. Faults of a --script strike with every engine.
    """
    from s2s.app.outputs import check_apart
    from s2s.cli import logs
    from s2s.cli.serving import Wanted, serve_until_stopped

    log_file = log_file or os.environ.get("S2S_LOG_FILE")
    check_apart({"--log": log, "--log-file": log_file}, script, "script")
    logs.set_up(verbose, log_file)
    wanted = Wanted(
        engine=engine.value if engine else None,
        script=script,
        faults=fault or [],
        port=port,
        log=log,
        log_audio=log_audio,
        vad=vad.value,
        max_sessions=max_sessions,
        delay_ms=delay_ms,
        until_eof=until_stdin_closes,
        model=model,
        tls_cert=tls_cert,
        tls_key=tls_key,
    )
    serve_until_stopped(wanted)
