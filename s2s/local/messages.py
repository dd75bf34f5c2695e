"""Messages as they come in, and the events that answer what is wrong with them. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from s2s.local.items import Item
from s2s.local.refusals import SettingRefused, missing
from s2s.local.tokens import input_audio_tokens, text_tokens
from s2s.local.values import shown
from s2s.well_formed import well_formed_json

Json = dict[str, Any]

MAX_DEPTH = 100  # levels of objects and arrays inside each other; JSON's readers recurse

# The API's own list, as its answer to an unknown type gives it (captured on the wire).
_CLIENT_TYPES = (
    "'session.update', 'session.close', 'input_audio_buffer.append', "
    "'session.input_audio_buffer.append', 'input_audio_buffer.commit', "
    "'input_audio_buffer.clear', 'conversation.item.create', 'conversation.item.truncate', "
    "'conversation.item.delete', 'conversation.item.retrieve', 'response.create', and "
    "'response.cancel'"
)


def _no_json(constant: str) -> None:
    """Refuse NaN and its like, which Python takes for JSON and nobody else does."""
    raise ValueError(constant)


def too_deep(message: str) -> bool:
    """Tell whether JSON is nested so deep that reading, copying or logging it could fail."""
    if message.count("[") + message.count("{") <= MAX_DEPTH:
        return False
    try:
        level = [json.loads(message)]
    except RecursionError:
        return True
    except ValueError:
        return False  # no JSON, which is another complaint
    for _ in range(MAX_DEPTH + 1):
        level = [inner for outer in level for inner in _inside(outer)]
    return bool(level)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def parse(message: str | bytes) -> Json:
    """Return the client event a message holds. Raises `SettingRefused` if it holds none."""
    if isinstance(message, bytes):
        raise SettingRefused("invalid_event", "", "Binary messages are not supported.")
    try:
        event = json.loads(message, parse_constant=_no_json)
        if "\\u" in message:  # nothing else can bring half a letter
            event = well_formed_json(event)
    except (ValueError, RecursionError):
        raise SettingRefused("invalid_json", "", "The message is not valid JSON.") from None
    if not isinstance(event, dict):
        raise SettingRefused("invalid_event", "", "The message is not a JSON object.")
    return event


def unknown_type(kind: Any) -> SettingRefused:
    """Return the complaint about a client event that does not exist."""
    if kind is None:
        return missing("type")
    message = f"Invalid value: {shown(kind)}. Supported values are: {_CLIENT_TYPES}."
    return SettingRefused("invalid_value", "type", message)


def unreadable() -> SettingRefused:
    """Return the complaint about a shape that nobody thought of."""
    message = "The event cannot be read: a value in it is not of the type it should be."
    return SettingRefused("invalid_event", "", message)


def already_active(response_id: str) -> SettingRefused:
    """Return the complaint about a second response in the conversation at a time."""
    message = (
        f"Conversation already has an active response in progress: {response_id}. "
        "Wait until the response is finished before creating a new one."
    )
    return SettingRefused("conversation_already_has_active_response", "", message)


def nothing_to_cancel() -> SettingRefused:
    message = "Cancellation failed: no active response found"
    return SettingRefused("response_cancel_not_active", "", message)


def error_event(refused: SettingRefused, caused_by: Any) -> Json:
    """Return the `error` event for a refusal; `caused_by` is the client event's id."""
    error = {
        "type": "invalid_request_error",
        "code": refused.code,
        "message": refused.message,
        "param": refused.param or None,
        "event_id": caused_by if isinstance(caused_by, str) else None,
    }
    return {"type": "error", "error": error}


def transcript_events(item: Item) -> Iterator[Json]:
    """Give the events that tell what a user's item says."""
    spoken = input_audio_tokens(item.spoken_size)
    contents = enumerate(item.body["content"])
    index, said = next((n, c["transcript"]) for n, c in contents if c["type"] == "input_audio")
    written = text_tokens(len(said))
    name = "conversation.item.input_audio_transcription"
    where = {"item_id": item.id, "content_index": index}
    if said:
        yield {"type": f"{name}.delta", **where, "delta": said}
    usage = {
        "type": "tokens",
        "total_tokens": spoken + written,
        "input_tokens": spoken,
        "input_token_details": {"text_tokens": 0, "audio_tokens": spoken},
        "output_tokens": written,
    }
    yield {"type": f"{name}.completed", **where, "transcript": said, "usage": usage}
