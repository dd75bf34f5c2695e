"""`s2s serve`: a Realtime endpoint on this machine."""

from __future__ import annotations

import enum
import os
from typing import Annotated

import typer

from s2s.cli import options
from s2s.errors import UsageError


class EngineName(str, enum.Enum):
    echo = "echo"
    offline = "offline"
    script = "script"


def serve(
    engine: Annotated[
        EngineName,
        typer.Option(
            "--engine",
            "-e",
            help="echo: your own voice back. offline: a fixed list of things. "
            "script: what --script says.",
        ),
    ] = EngineName.offline,
    script: Annotated[
        str | None,
        typer.Option("--script", metavar="FILE", help="Turns and faults, as YAML (docs/serve.md)."),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", metavar="N", help="The port; 0 takes a free one.")
    ] = 0,
    until_stdin_closes: Annotated[bool, typer.Option("--until-stdin-closes", hidden=True)] = False,
    log_file: options.LogFile = None,
    verbose: options.Verbose = 0,
) -> None:
    """Serve the Realtime API on 127.0.0.1, and print the URL.

    The engine `offline` understands a fixed list of things, in English, to try s2s and to test
    with; there is no language model. Faults of a --script strike with every engine.
    """
    from s2s.cli import logs, serving

    if engine is EngineName.script and not script:
        raise UsageError("The engine script needs a script.", "Name one: --script FILE")
    logs.set_up(verbose, log_file or os.environ.get("S2S_LOG_FILE"))
    serving.serve_until_stopped(engine.value, script, port, until_stdin_closes)
