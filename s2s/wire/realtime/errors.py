"""An endpoint's complaint, in whichever of their shapes it comes. Pure.

{"type": "error", "error": {"type": …, "code": …, "message": …}}    OpenAI, Azure
{"type": "error", "error": "CUDA out of memory", "code": …}         vLLM
{"type": "error", "error": null, "message": …}                      a message beside the type
{"detail": …}                                                       FastAPI, at the handshake
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from s2s.printable import printable
from s2s.secret import redact

_WORDS = ("message", "detail", "details", "error", "errors", "msg", "reason", "description")
_MOST = 2_000  # characters of a message that are kept


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an endpoint says is wrong; "" for what it does not say. Harmless, without secrets."""

    kind: str = ""
    code: str = ""
    message: str = ""
    param: str = ""
    about: str = ""
    """The `event_id` of our event that it is about."""


def complaint(event: dict[str, Any]) -> Complaint:
    """Return the complaint in an event or a body that has an `error`, or is one."""
    error = event.get("error")
    inner = error if isinstance(error, dict) else {}
    outer = event.get("type")
    kind = _word(inner.get("type")) or ("" if outer == "error" else _word(outer))
    return Complaint(
        kind=kind,
        code=_word(inner.get("code")) or _word(event.get("code")),
        message=_message(error) or _message({k: v for k, v in event.items() if k != "error"}),
        param=_word(inner.get("param")),
        about=_word(inner.get("event_id")),
    )


def complaint_in(body: bytes) -> Complaint:
    """Return what the body of an HTTP answer complains of; text that is no JSON is the message."""
    text = body.decode("utf-8", "replace")
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return Complaint(message=_cleaned(text))
    if isinstance(read, dict):
        found = complaint(read)
        return found if found.message or found.code else Complaint(message=_cleaned(text))
    return Complaint(message=_message(read) or _cleaned(text))


def _message(value: Any, depth: int = 4) -> str:
    """Return the first words that are found in `value`: a string, or one in its usual places."""
    if isinstance(value, str):
        return _cleaned(value)
    if depth and isinstance(value, list):
        return next(filter(None, (_message(each, depth - 1) for each in value)), "")
    if depth and isinstance(value, dict):
        return next(filter(None, (_message(value.get(key), depth - 1) for key in _WORDS)), "")
    return ""


def _word(value: Any) -> str:
    """Return a type or a code; some endpoints number theirs."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _cleaned(value) if isinstance(value, str) else ""


def _cleaned(text: str) -> str:
    return printable(redact(" ".join(text[:_MOST].split())))
