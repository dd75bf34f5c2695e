"""An endpoint's complaint, in whichever of their shapes it comes. Pure.

{"type": "error", "error": {"type": …, "code": …, "message": …}}    OpenAI, Azure
{"type": "error", "error": "CUDA out of memory", "code": …}         vLLM
{"type": "error", "error": null, "message": …}                      a message beside the type
{"detail": …}                                                       FastAPI, at the handshake
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from s2s.conversation.causes import Cause
from s2s.printable import printable
from s2s.secret import redact

_WORDS = ("message", "detail", "details", "error", "errors", "msg", "reason", "description")
_MOST = 2_000  # characters of a message that are kept

CAUSES = {
    "invalid_api_key": Cause.KEY,
    "insufficient_permissions": Cause.PERMISSION,
    "insufficient_quota": Cause.QUOTA,
    "credit_balance_exhausted": Cause.CREDIT,
    "billing_hard_limit_reached": Cause.BILLING,
    "account_deactivated": Cause.ACCOUNT,
    "missing_model": Cause.NO_MODEL,
    "invalid_model": Cause.WRONG_MODEL,
    "model_not_found": Cause.UNKNOWN_MODEL,
    "model_load_error": Cause.UNLOADED_MODEL,
    "beta_api_shape_disabled": Cause.OLD_API,
    "session_expired": Cause.EXPIRED,
    "server_error": Cause.SERVER,
    "rate_limit_exceeded": Cause.RATE_LIMIT,
    "inference_rate_limit_exceeded": Cause.RATE_LIMIT,
    "conversation_already_has_active_response": Cause.BUSY,
    "input_audio_buffer_commit_empty": Cause.TOO_SHORT,
    "response_cancel_not_active": Cause.CROSSED,
    "turn_detected": Cause.INTERRUPTED,
    "client_cancelled": Cause.INTERRUPTED,
}
_TRUNCATED_LATE = "already shorter than"  # said of an item, without a code of its own
# What endpoints write who give no code.
_SPOKEN_OF = (
    (r"quota|credit|billing|payment|insufficient funds", Cause.QUOTA),
    (r"\bapi.?keys?\b|unauthori[sz]ed|authenticat|access.?token", Cause.KEY),
    (r"\bmodels?\b|\bdeployments?\b", Cause.UNKNOWN_MODEL),
)
_REFUSING_CLOSES = (3000, 4000, 4004)  # what a socket is closed with instead of an error


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an endpoint says is wrong; "" for what it does not say. Harmless, without secrets."""

    kind: str = ""
    code: str = ""
    message: str = ""
    param: str = ""
    about: str = ""
    """The `event_id` of our event that it is about."""

    @property
    def cause(self) -> Cause:
        """What it means. OpenAI changes `code` while `type` stays, so both count."""
        known = CAUSES.get(self.code) or CAUSES.get(self.kind)
        late = Cause.CROSSED if _TRUNCATED_LATE in self.message else Cause.UNKNOWN
        return known or late

    @property
    def order(self) -> str:
        """The purpose of the order it is about, with which the encoder ends an `event_id`."""
        return self.about.partition(".")[2]


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


def cause_in_words(said: str) -> Cause:
    """Return what a refusal without a code speaks of."""
    known = (cause for words, cause in _SPOKEN_OF if re.search(words, said, re.IGNORECASE))
    return next(known, Cause.UNKNOWN)


def cause_of_close(code: int | None, reason: str) -> Cause:
    """Return what refusal the end of a connection tells; a reason may carry `type.code`."""
    known = CAUSES.get(reason.rpartition(".")[2], Cause.UNKNOWN)
    if known is Cause.UNKNOWN and code in _REFUSING_CLOSES:
        return Cause.REFUSED
    return known


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
