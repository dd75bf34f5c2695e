"""The log of what goes over the wire: one JSON object a line, both directions, with times.

    {"t": 1.2345, "connection": 1, "from": "client", "event": {"type": "…", "audio": "480 samples"}}

`t` is seconds since the server started. Audio is elided unless it is to be kept. What is not a JSON
object stands under `text`, and of a binary message there are the `bytes`.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from s2s import pcm
from s2s.errors import UsageError
from s2s.json_text import json_text
from s2s.printable import printable
from s2s.private import private

_SIDES = {"in": "client", "out": "server"}
_AUDIO_EVENTS = ("output_audio.delta", "input_audio_buffer.append")


class WireLog:
    """Writes to a file as it goes. Raises `UsageError` if that cannot be created."""

    def __init__(self, path: Path, *, keep_audio: bool = False) -> None:
        try:
            self._file = open(path, "w", 1, "utf-8", opener=private)  # noqa: SIM115
        except (OSError, ValueError) as exc:  # ValueError: a NUL in the path
            problem = getattr(exc, "strerror", None) or exc
            raise UsageError(
                f"The log {path} cannot be written: {problem}.", "Check --log."
            ) from exc
        self._keep_audio = keep_audio
        self._started = time.monotonic()

    def __call__(self, connection: int, direction: str, message: str | bytes) -> None:
        entry = {
            "t": round(time.monotonic() - self._started, 4),
            "connection": connection,
            "from": _SIDES[direction],
            **self._content(message),
        }
        try:
            self._file.write(json_text(entry) + "\n")
        except OSError as exc:  # the server goes on; the log is as long as the disk let it be
            if not self._file.closed:
                told = printable(f"Warning: the log is not written any more: {exc}")
                print(told, file=sys.stderr)

    def _content(self, message: str | bytes) -> dict[str, Any]:
        if isinstance(message, bytes):
            return {"bytes": len(message)}
        try:
            event = json.loads(message)
            if isinstance(event, dict):
                return {"event": event if self._keep_audio else _without_audio(event)}
        except (ValueError, RecursionError):
            pass
        return {"text": message[:2000]}


def _without_audio(event: dict[str, Any]) -> dict[str, Any]:
    spoken = str(event.get("type", "")).endswith(_AUDIO_EVENTS)
    return {
        key: _elided(value) if key in ("audio", "delta") and spoken else _deep(value)
        for key, value in event.items()
    }


def _deep(value: Any) -> Any:
    """Elide audio inside items."""
    if isinstance(value, list):
        return [_deep(each) for each in value]
    if isinstance(value, dict):
        return {k: _elided(v) if k == "audio" else _deep(v) for k, v in value.items()}
    return value


def _elided(coded: Any) -> Any:
    if not isinstance(coded, str):
        return _deep(coded)
    return f"{(len(coded) * 3 // 4 - coded.count('=', -2)) // pcm.SAMPLE_SIZE} samples"
