"""What an endpoint complains of, as the codec reads it: in the API's words, which tests may use."""

from __future__ import annotations

from s2s.conversation import events as on
from s2s.wire.realtime.errors import Complaint, cause_of_close


def complaint(
    kind: str, code: str, message: str, param: str = "", about: str = ""
) -> on.ErrorReported:
    """Return the fact for an error of this type and code; `about` is an `event_id` of ours."""
    it = Complaint(kind, code, message, param, about)
    return on.ErrorReported(kind, code, message, param, about, it.cause, it.order)


def response_ended(
    response_id: str,
    status: on.ResponseStatus,
    code: str = "",
    message: str = "",
    items: tuple[str, ...] = (),
) -> on.ResponseEnded:
    """Return the fact for the end of a response that has a code."""
    cause = Complaint(code=code, message=message).cause
    return on.ResponseEnded(response_id, status, code, message, item_ids=items, cause=cause)


def hung_up(code: int, reason: str) -> on.ConnectionLost:
    """Return the fact for a connection that was closed with a reason."""
    return on.ConnectionLost(code, reason, cause_of_close(code, reason))
