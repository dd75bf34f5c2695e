"""What went over the wire of a server, to be asked for from another thread."""

from __future__ import annotations

import base64
import binascii
import json
import threading
from typing import Any, Literal, NamedTuple

from s2s.testing.names import problem_with

Json = dict[str, Any]


class WireEvent(NamedTuple):
    """One message. What is not a JSON object stands under `text`, or as a count of `bytes`."""

    connection: int  # from 1, in the order in which they were opened
    sender: Literal["client", "server"]
    event: Json


class Wire:
    """All messages of all connections, in their order."""

    def __init__(self) -> None:
        self._wire: list[WireEvent] = []
        self._news = threading.Condition()

    @property
    def events(self) -> list[WireEvent]:
        """All messages so far, both ways, audio included."""
        with self._news:
            return list(self._wire)

    def received(self, event_type: str = "", connection: int | None = None) -> list[Json]:
        """Return what clients sent so far: all, or of one type, or on one connection.

        Raises `ValueError` for a type that no client sends, and likewise the others.
        """
        __tracebackhide__ = True
        return self._of("client", event_type, connection)

    def sent(self, event_type: str = "", connection: int | None = None) -> list[Json]:
        """Return what the server sent so far: all, or of one type, or on one connection."""
        __tracebackhide__ = True
        return self._of("server", event_type, connection)

    def heard(self, connection: int = 1) -> bytes:
        """Return the audio a client appended so far, as 24 kHz mono 16-bit PCM."""
        found = self.received("input_audio_buffer.append", connection)
        return b"".join(_audio(each.get("audio")) for each in found)

    def spoken(self, connection: int = 1) -> bytes:
        """Return the audio sent to a client so far, as 24 kHz mono 16-bit PCM."""
        found = self.sent("response.output_audio.delta", connection)
        return b"".join(_audio(each.get("delta")) for each in found)

    def wait_for(self, event_type: str, count: int = 1, timeout_s: float = 10.0) -> list[Json]:
        """Wait until clients have sent `count` events of a type; return those that came.

        What a client sends last may be on its way still when the client is done. This blocks the
        thread: an async test calls it by `asyncio.to_thread`. Raises `TimeoutError`.
        """
        __tracebackhide__ = True
        self.received(event_type)  # a misspelt one is not waited for

        def has_come() -> bool:
            return len(self.received(event_type)) >= count

        with self._news:
            if not self._news.wait_for(has_come, timeout_s):
                came = ", ".join(sorted({str(each.get("type")) for each in self.received()}))
                raise TimeoutError(
                    f"{len(self.received(event_type))} of {count} {event_type} came in "
                    f"{timeout_s:g} s; there were {came or 'no events at all'}."
                )
            return self.received(event_type)

    def _of(self, sender: str, event_type: str, connection: int | None) -> list[Json]:
        __tracebackhide__ = True
        of_type = [
            each
            for each in self.events
            if each.sender == sender and event_type in ("", each.event.get("type"))
        ]
        if not of_type and (problem := problem_with(event_type, sender)):
            raise ValueError(problem)
        return [each.event for each in of_type if connection in (None, each.connection)]

    def _record(self, connection: int, direction: str, message: str | bytes) -> None:
        sender: Literal["client", "server"] = "client" if direction == "in" else "server"
        with self._news:
            self._wire.append(WireEvent(connection, sender, _event(message)))
            self._news.notify_all()


def _event(message: str | bytes) -> Json:
    if isinstance(message, bytes):
        return {"bytes": len(message)}
    try:
        event = json.loads(message)
    except (ValueError, RecursionError):
        return {"text": message}
    return event if isinstance(event, dict) else {"text": message}


def _audio(coded: Any) -> bytes:
    """Return the bytes of base64 audio; none of what is not base64, which the server refused."""
    try:
        return base64.b64decode(coded or "", validate=True)
    except (binascii.Error, TypeError, ValueError):
        return b""
