"""One JSON object for each happening, one line each; the format is docs/events.md."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.usage import Usage
from s2s.errors import S2SError, UsageError
from s2s.json_text import json_text
from s2s.private import private
from s2s.ui.kept.background import Background
from s2s.version import __version__

SCHEMA = 2  # grows when a field changes its meaning or goes away
EVERY_S = 1.0  # between two lines of what happens many times a second

_Often = on.AudioCaptured | do.SendAudio | on.AudioPlayed
_OFTEN = (on.AudioCaptured, do.SendAudio, on.AudioPlayed)
_OWN_CLOCKWORK = (do.StartTimer, do.CancelTimer)  # dozens a second, and nothing has happened


class Journal:
    """Adds everything that happens to a file, or with "-" to standard output.

    Raises UsageError at once if the file cannot be created. A later failure is told once, by
    `on_error`, and stays in `error`.
    """

    def __init__(self, path: str, on_error: Callable[[S2SError], None]) -> None:
        self._fd = _open(path)
        self._background = Background("the journal of events", on_error)
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        self._write(
            {"t": 0.0, "type": "journal_started", "schema": SCHEMA, "s2s": __version__, "time": now}
        )
        self._start: float | None = None
        self._last = 0.0
        self._told = 0.0
        self._often: dict[type, dict[str, Any]] = {}

    @property
    def error(self) -> S2SError | None:
        return self._background.error

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Write a line, or add to one that is written every second."""
        if self._start is None:
            self._start = self._told = at
        self._last = at
        if isinstance(happening, _OFTEN):
            self._add(happening)
        elif not isinstance(happening, _OWN_CLOCKWORK):
            self._tell(at, type(happening), _plain_fields(happening))
        if at - self._told >= EVERY_S:
            self._write_often(at)

    def close(self) -> None:
        """Write what was added up since the last second."""
        self._write_often(self._last)
        self._background.close()

    def _add(self, happening: _Often) -> None:
        line = self._often.setdefault(type(happening), {"count": 0, "size": 0})
        line["count"] += 1
        line["size"] += len(happening.pcm)
        if isinstance(happening, on.AudioCaptured):
            line["overruns"] = line.get("overruns", 0) + happening.overrun
            line["peak"] = round(max(line.get("peak", 0.0), pcm.peak(happening.pcm)), 3)
        elif isinstance(happening, on.AudioPlayed):
            line["heard"] = _plain(happening.heard)

    def _write_often(self, at: float) -> None:
        self._told = at
        often, self._often = self._often, {}
        for kind, line in often.items():
            line["ms"] = pcm.duration_ms(line["size"])
            self._tell(at, kind, line)

    def _tell(self, at: float, kind: type, happened: dict[str, Any]) -> None:
        since = round(at - (self._start or 0.0), 3)
        self._write({"t": since, "type": _name(kind), **happened})

    def _write(self, line: dict[str, Any]) -> None:
        rest = memoryview(f"{json_text(line)}\n".encode())

        def write() -> None:
            nonlocal rest
            while rest:
                rest = rest[os.write(self._fd, rest) :]

        self._background.write(write)


def _open(path: str) -> int:
    try:
        return private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the path
        problem = getattr(exc, "strerror", None) or exc
        name = "Standard output" if path == "-" else path
        raise UsageError(f"{name} cannot be written: {problem}.", "Check --events.") from exc


def _name(kind: type) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


def _plain_fields(happening: Any) -> dict[str, Any]:
    """Return the fields of an event or a command; sound becomes its length."""
    plain: dict[str, Any] = {}
    for field in fields(happening):
        value = getattr(happening, field.name)
        if isinstance(value, bytes):
            plain |= {"size": len(value), "ms": pcm.duration_ms(len(value))}
        else:
            plain[field.name] = _plain(value)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, S2SError):
        return {
            "message": value.message,
            "hint": value.hint,
            "exit_status": value.exit_status,
        }
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Usage):
        return dict(value.raw)
    if isinstance(value, on.Part | on.Heard):
        return {name: _plain(each) for name, each in value._asdict().items()}
    if isinstance(value, on.FunctionCalled | on.ApprovalRequested):
        return _plain_fields(value)
    if is_dataclass(value):  # a setting
        return {"type": _name(type(value)), **_plain_fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value
