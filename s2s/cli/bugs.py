"""Bugs that nobody waits for, on threads and in tasks of ours: none goes without a word.

They are told when the program ends, so that no screen is torn, and they cost the exit status.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

from s2s.printable import printable_report
from s2s.secret import redact

if TYPE_CHECKING:
    import asyncio

_MOST = 20  # that are told; a bug that comes with every chunk is one bug

noted: list[BaseException] = []


def watch() -> None:
    """Note what ends a thread, from now on."""
    threading.excepthook = _ended


def _ended(thread: threading.ExceptHookArgs) -> None:
    if thread.exc_value and not isinstance(thread.exc_value, SystemExit):
        note(thread.exc_value)


def note(bug: BaseException) -> None:
    """Note a bug, to be told at the end."""
    if len(noted) < _MOST and bug not in noted:
        noted.append(bug)


def note_of_loop(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Note what an event loop could hand to nobody."""
    if isinstance(bug := context.get("exception"), BaseException):
        note(bug)
    else:
        loop.default_exception_handler(context)


def tell(bug: BaseException) -> None:
    """Print the traceback of a bug, what it quotes is no secret and steers no terminal."""
    lines = traceback.format_exception(type(bug), bug, bug.__traceback__)
    with contextlib.suppress(OSError):
        print(printable_report(redact("".join(lines))), file=sys.stderr)
