"""The commands, and the one place where errors become a sentence and an exit status."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Annotated, NoReturn

import typer

from s2s import signals
from s2s.cli import bugs
from s2s.cli.help import COMMANDS, LazyGroup
from s2s.cli.usage_errors import COMMAND_LINE_ERROR, asks_for_help, is_nowhere, usage_error
from s2s.errors import Bug, S2SError, Stopped, UsageError, WriteError
from s2s.version import __version__

app = typer.Typer(
    name="s2s",
    cls=LazyGroup,
    help="Talk to speech-to-speech models from a terminal.",
    epilog="To begin with: s2s talk --offline. Examples, exit statuses: s2s COMMAND --help.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # it would show local variables, and a key may be among them
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _name, (_, _summary) in COMMANDS.items():
    app.command(_name, help=_summary)(lambda: None)  # it is loaded when it is called


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
    signals.catch()


def run() -> NoReturn:
    """Run the command line; the exit statuses are those of docs/architecture.md."""
    status = 0
    sys.excepthook = lambda kind, exc, trace: bugs.tell(exc)
    bugs.watch()
    try:
        try:
            status = int(app(prog_name="s2s", standalone_mode=False) or 0)
        except SystemExit as leaving:
            status = leaving.code if isinstance(leaving.code, int) else 1
        finally:
            signals.release()
        sys.stdout.flush()
    except S2SError as error:
        status = _tell(error)
        if isinstance(error, Stopped):
            signals.die_at_exit(error.signal_number)
    except COMMAND_LINE_ERROR as exc:
        status = 2 if asks_for_help(exc) else _tell(usage_error(exc))
    except typer.Abort:
        status = 130
    except OSError as exc:
        if exc.filename is not None or exc.errno is None:
            raise
        if is_nowhere():
            status = _tell(UsageError("This needs a working directory."))
        else:
            problem = f"Standard output cannot be written: {exc.strerror}."
            status = _tell(WriteError(problem, "Where does it lead to?"))
    except Exception as exc:
        bugs.tell(exc)
        status = 1
    for bug in bugs.noted:
        costs = _tell_noted(bug)
        status = status or costs
    _leave(status)


def _tell_noted(bug: BaseException) -> int:
    if isinstance(bug, S2SError):
        return _tell(bug)
    bugs.tell(bug)
    return 1


def _tell(error: S2SError) -> int:
    from s2s.ui.terminal import fitted

    if error.is_told:
        return error.exit_status
    if isinstance(error, Bug) and error.__cause__:
        bugs.tell(error.__cause__)
    if isinstance(error, UsageError) and is_nowhere():
        error.hint = "The working directory has been removed: change to another (cd)."
    with contextlib.suppress(OSError):
        message = fitted(f"Error: {error.message}", sys.stderr)
        typer.secho("Error: ", fg="red", bold=True, nl=False, err=True)
        typer.echo(message.removeprefix("Error:").lstrip(), err=True)
        if error.hint:
            typer.echo(fitted(error.hint, sys.stderr), err=True)
    return error.exit_status


def _leave(status: int) -> NoReturn:
    """Exit with `status`; output that cannot be flushed must not change it."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(status)
