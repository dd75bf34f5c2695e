"""What a response holds when it is over: its texts, its calls, what it used. Pure."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from s2s.conversation import events as on
from s2s.well_formed import well_formed_json
from s2s.wire.realtime import fields
from s2s.wire.realtime.errors import complaint
from s2s.wire.realtime.fields import Json
from s2s.wire.realtime.usage import usage_in

_STATUSES: dict[str, on.ResponseStatus] = {
    "completed": "completed",
    "cancelled": "cancelled",
    "incomplete": "incomplete",
    "failed": "failed",
}


def response_done(event: Json) -> on.Event:
    """Read the end of a response."""
    response = fields.an_object(event, "response")
    details = fields.an_object(response, "status_details")
    error = complaint({"type": "error", "error": details.get("error")})
    stated = fields.text(response, "status")
    status = _STATUSES.get(stated, "")
    unknown = "" if status else stated
    code = error.code or error.kind or fields.text(details, "reason") or unknown
    response_id, items = fields.text(response, "id"), fields.objects(response, "output")
    return on.ResponseEnded(
        response_id=response_id,
        status=status,
        code=code,
        message=error.message,
        usage=usage_in(response, event),  # xAI: beside the response
        texts=tuple(_final_texts(response)),
        item_ids=tuple(
            fields.text(item, "id") for item in items if fields.text(item, "type") == "message"
        ),
        calls=tuple(filter(None, (call_in(item, response_id) for item in items))),
        cause=replace(error, code=code).cause,
    )


def _final_texts(response: Json) -> list[tuple[on.Part, str]]:
    texts = []
    for output_index, item in enumerate(fields.objects(response, "output")):
        for content_index, content in enumerate(fields.objects(item, "content")):
            text = fields.text(content, "transcript") or fields.text(content, "text")
            if text:
                ids = fields.text(response, "id"), fields.text(item, "id")
                texts.append((on.Part(*ids, output_index, content_index), text))
    return texts


def call_in(item: Json, response_id: str) -> on.FunctionCalled | on.ApprovalRequested | None:
    """Return what an item wants done by somebody else, if it wants that."""
    names = {
        "function_call": ("id", "call_id", "name"),
        "mcp_approval_request": ("id", "server_label", "name"),
    }
    kind = fields.text(item, "type")
    if kind not in names:
        return None
    first, second, third = (fields.text(item, name) for name in names[kind])
    line, values = _arguments(fields.text(item, "arguments"))
    wanted = on.FunctionCalled if kind == "function_call" else on.ApprovalRequested
    return wanted(response_id, first, second, third, line, values)


def _arguments(text: str) -> tuple[str, dict[str, Any] | None]:
    """Return a call's arguments on one line, and read; None: they are no JSON object.

    No half of a letter stays in them, also where it is escaped in the JSON.
    """
    try:
        found = well_formed_json(json.loads(text))
        line = json.dumps(found, ensure_ascii=False)
    except (ValueError, RecursionError):
        return " ".join(text.split()), None
    return line, found if isinstance(found, dict) else None
