"""The commands, and the one place where errors become a sentence and an exit status."""

from __future__ import annotations

import io
import signal
import sys
from types import FrameType
from typing import Annotated, NoReturn

import typer

from s2s import __version__
from s2s.cli import send_wav, serve
from s2s.errors import S2SError, Stopped

app = typer.Typer(
    name="s2s",
    help="Talk to speech-to-speech models from a terminal.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # it would show local variables, and a key may be among them
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("send-wav")(send_wav.send_wav)
app.command("serve")(serve.serve)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"s2s {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    pass


def main() -> NoReturn:
    """Run the command line; the exit statuses are those of docs/architecture.md."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    for stream in (sys.stdout, sys.stderr):  # a terminal that lacks a letter shows its number
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="s2s")
    except S2SError as error:
        from s2s.ui.transcript import printable

        typer.secho("Error: ", fg="red", bold=True, nl=False, err=True)
        typer.echo(printable(error.message), err=True)
        if error.hint:
            typer.echo(printable(error.hint), err=True)
        sys.exit(error.exit_status)
    sys.exit(0)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise Stopped(number)
