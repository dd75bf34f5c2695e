"""Lists of recordings: a line for each, and in columns what is known of it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, NamedTuple

from s2s.errors import UsageError
from s2s.printable import printable

_MARK = b"\xef\xbb\xbf"  # with which some editors begin a file
COLUMNS = "PATH, then with tabs between: what the reply must hold, the name of the reply"


class ListLine(NamedTuple):
    """One recording of a list."""

    path: str
    expect: str = ""
    name: str = ""


def read_list(source: str, *, null_separated: bool) -> Iterator[ListLine]:
    """Give the lines of a list, "-" for standard input. Raises `UsageError`.

    Lines that are empty are passed over. With `null_separated` a name ends with a NUL, and there
    are no columns.
    """
    called = "standard input" if source == "-" else printable(source)
    try:
        with _opened(source) as file:
            yield from _nul_separated(file, called) if null_separated else _lines(file, called)
    except (OSError, ValueError) as exc:
        problem = getattr(exc, "strerror", None) or exc
        raise UsageError(
            f"The list {called} cannot be read: {problem}.",
            "A file whose name begins with @ is written ./@name.",
        ) from exc


def _opened(source: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if source == "-" else Path(source).open("rb")


def _lines(file: BinaryIO, called: str) -> Iterator[ListLine]:
    for number, line in enumerate(file, 1):
        if b"\0" in line:
            raise UsageError(
                f"The list {called} holds NULs.", "If its names end with them, say so with -0."
            )
        text = os.fsdecode(line.removeprefix(_MARK) if number == 1 else line)
        if text.strip():
            yield _columns(text.rstrip("\r\n"), called, number)


def _nul_separated(file: BinaryIO, called: str) -> Iterator[ListLine]:
    content = file.read()
    if b"\0" not in content and b"\n" in content:
        raise UsageError(f"The list {called} holds no NUL.", "Leave out -0: its names are lines.")
    for name in filter(None, content.split(b"\0")):
        yield ListLine(os.fsdecode(name))


def expectation(pattern: str, where: str) -> re.Pattern[str]:
    """Return what the words of a reply must hold. Raises `UsageError` if that is no such thing."""
    try:
        return re.compile(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as exc:
        raise UsageError(
            f"{printable(pattern)!r} is no regular expression ({where}): {exc}.",
            "Write a backslash before what is meant as it is: \\? \\. \\( \\[",
        ) from None


def as_line(line: ListLine) -> str:
    """Return a line of a list, without its end; its path holds neither a tab nor a line's end."""
    return "\t".join(line).rstrip("\t")


def _columns(text: str, called: str, number: int) -> ListLine:
    path, *more = text.split("\t")
    if len(more) > 2 or not path:
        raise UsageError(
            f"ListLine {number} of {called} makes no sense: {printable(text[:80])}.",
            f"A line is {COLUMNS}.",
        )
    line = ListLine(path, *more)
    if line.expect:
        expectation(line.expect, f"line {number} of {called}")
    return line
