"""What is wrong with a command line, in our own words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import typer

from s2s.errors import UsageError

# click's, or that of Typer's own copy of it.
COMMAND_LINE_ERROR = cast("type[Exception]", typer.BadParameter.__base__)

# What the library for command lines writes, and what we write instead. Older ones check with
# click, newer ones with pydantic.
_WORDS = (
    (r"Value error, ", ""),
    (r"^'(.*)' is not one of (.*?)\.?$", r"'\1' is none of \2"),
    (r"^Input should be a valid number.*|^.* is not a valid float.*", "it needs a number"),
    (r"^Input should be a finite number.*", "it needs a number"),
    (r"^Input should be a valid integer.*|^.* is not a valid integer.*", "it needs a whole number"),
    (r"^Input should be greater than or equal to (\S+)$", r"it must be at least \1"),
    (r"^Input should be less than or equal to (\S+)$", r"it must be at most \1"),
    (r"^(\S+) is not in the range (\S+?)<=x<=(\S+?)\.?$", r"\1 is not from \2 to \3"),
    (r"^(\S+) is not in the range x>=(\S+?)\.?$", r"it must be at least \2"),
    (r"^Got unexpected extra arguments?(?:\(s\))? \((.*)\)$", r"There is too much: \1"),
)


def is_nowhere() -> bool:
    """Whether the working directory has been removed, so that no relative path leads anywhere."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def asks_for_help(exc: Any) -> bool:
    """Whether nothing was asked for, so that the help is the answer; it is printed."""
    if type(exc).__name__ != "NoArgsIsHelpError":
        return False
    exc.show()
    return True


def usage_error(exc: Any) -> UsageError:
    """Return what an error of the library for command lines means to the user."""
    said = str(exc.message or exc.format_message())
    for pattern, ours in _WORDS:
        said = re.sub(pattern, ours, said, flags=re.DOTALL)
    param = getattr(exc, "param", None)
    missing = type(exc).__name__ == "MissingParameter"
    if missing and param is not None:
        said = f"{_name(param)} is missing"
    elif param is not None:
        said = f"{_name(param)}: {said}"
    elif type(exc).__name__ != "NoSuchOption":
        said = said or "The command line cannot be understood"
    else:
        said = exc.format_message()
    path = exc.ctx.command_path if exc.ctx else "s2s"
    return UsageError(said if said.endswith((".", "?")) else f"{said}.", f"See {path} --help.")


def _name(param: Any) -> str:
    """Return what the user calls an option or an argument."""
    if param.param_type_name == "argument":
        return str(param.metavar or param.name.upper())
    return str(max(param.opts, key=len))
