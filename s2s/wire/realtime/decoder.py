"""The API's JSON read: text in, facts out. Pure.

It is read tolerantly: unknown events and fields are ignored, missing ones have harmless values.
Whatever comes out is valid Unicode: nothing behind it stumbles over half a letter.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from s2s.conversation import events as on
from s2s.well_formed import well_formed_json
from s2s.wire.realtime.dialect import ga_name
from s2s.wire.realtime.errors import Complaint, complaint

Json = dict[str, Any]

_URL_SAFE = str.maketrans("-_", "+/")
# What only shows that a response comes further: an item, a part of it, a call being written.
_STEPS = (
    "response.output_item.added",
    "response.content_part.",
    "response.function_call_arguments.",
    "response.mcp_call",
    "mcp_list_tools.",
)


def decode(message: str | bytes) -> on.Event:
    """Return the fact a message of the endpoint tells, without secrets in its prose.

    Of a piece of text the halves of letters are left as they came: `TextPieces` joins them.
    """
    if isinstance(message, bytes):
        return on.MessageUnreadable(f"a binary message of {len(message)} bytes", lossy=False)
    try:
        event = json.loads(message)
        if isinstance(event, dict) and "\\u" in message:  # nothing else can bring half a letter
            event = {**well_formed_json(event), "delta": event.get("delta")}
    except (ValueError, RecursionError):
        return on.MessageUnreadable("a message of the endpoint is not JSON")
    if not isinstance(event, dict):
        return on.MessageUnreadable("a message of the endpoint is no JSON object", lossy=False)
    name = ga_name(_text(event, "type"))
    if name.startswith(_STEPS):
        return _step(event, name)
    read = _READERS.get(name)
    return read(event) if read else on.Ignored()


def _whole_json(text: str) -> str:
    """Return JSON that stands in a text; it is written anew only where halves are escaped in it."""
    if "\\u" not in text:
        return text
    try:
        found = json.loads(text)
        whole = well_formed_json(found)
    except (ValueError, RecursionError):
        return text
    return text if whole == found else json.dumps(whole, ensure_ascii=False)


def _step(event: Json, name: str) -> on.Event:
    """Read what shows that a response comes further, and nothing else that concerns us."""
    item = _text(_object(event, "item"), "id") or _text(event, "item_id")
    content_index = int(_number(event, "content_index"))
    return on.Ignored(f"{name} {item} {content_index} {_text(event, 'delta')}".rstrip())


def _session_created(event: Json) -> on.Event:
    session = _object(event, "session")
    return on.SessionStarted(_text(session, "id"), _text(session, "model"))


def _session_updated(event: Json) -> on.Event:
    audio = _object(_object(event, "session"), "audio")
    formats = (_format(_object(audio, side)) for side in ("input", "output"))
    return on.SessionConfigured(*formats)


def _format(side: Json) -> str:
    """Return a format as `audio/pcm 24000`, or "" where the endpoint does not say."""
    stated = _object(side, "format")
    kind, rate = _text(stated, "type"), int(_number(stated, "rate"))
    if kind == "audio/pcm" and not rate:
        return ""
    return f"{kind} {rate or ''}".strip()


def _speech_started(event: Json) -> on.Event:
    return on.SpeechStarted(_text(event, "item_id"), _ms(event, "audio_start_ms"))


def _speech_stopped(event: Json) -> on.Event:
    return on.SpeechStopped(_text(event, "item_id"), _ms(event, "audio_end_ms"))


def _committed(event: Json) -> on.Event:
    return on.InputCommitted(_text(event, "item_id"), _text(event, "previous_item_id"))


def _item_added(event: Json) -> on.Event:
    item = _object(event, "item")
    named = (_text(item, name) for name in ("type", "role"))
    return on.ItemAdded(_text(item, "id"), _text(event, "previous_item_id"), *named)


def _item_ended(event: Json) -> on.Event:
    """Read a function call here and nowhere else: its arguments come in two other events too."""
    return _call(_object(event, "item"), _text(event, "response_id")) or _step(event, "item.done")


def _call(item: Json, response_id: str) -> on.FunctionCalled | on.ApprovalRequested | None:
    """Return what an item wants done by somebody else, if it wants that."""
    names = {
        "function_call": ("id", "call_id", "name"),
        "mcp_approval_request": ("id", "server_label", "name"),
    }
    kind = _text(item, "type")
    if kind not in names:
        return None
    first, second, third = (_text(item, name) for name in names[kind])
    arguments = _whole_json(_text(item, "arguments"))
    wanted = on.FunctionCalled if kind == "function_call" else on.ApprovalRequested
    return wanted(response_id, first, second, third, arguments)


def _user_text(event: Json) -> on.Event:
    return on.UserTextReceived(_text(event, "item_id"), _text(event, "delta"))


def _transcribed(event: Json) -> on.Event:
    usage = event.get("usage")
    return on.UserTranscribed(
        _text(event, "item_id"),
        _text(event, "transcript").strip(),
        usage if isinstance(usage, dict) else None,
    )


def _not_transcribed(event: Json) -> on.Event:
    return on.UserTranscriptionFailed(_text(event, "item_id"), complaint(event).message)


def _response_created(event: Json) -> on.Event:
    return on.ResponseStarted(_text(_object(event, "response"), "id"))


def _audio_delta(event: Json) -> on.Event:
    coded = _text(event, "delta")
    try:
        return on.AudioReceived(_part(event), base64.b64decode(coded, validate=True))
    except (binascii.Error, ValueError):
        pass
    bare = "".join(coded.split()).rstrip("=").translate(_URL_SAFE)  # as others write base64
    try:
        audio = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return on.MessageUnreadable("a piece of the reply's audio is not base64")
    return on.AudioReceived(_part(event), audio)


def _audio_done(event: Json) -> on.Event:
    return on.AudioEnded(_part(event))


def _text_delta(event: Json) -> on.Event:
    return on.TextReceived(_part(event), _text(event, "delta"))


def _text_done(event: Json) -> on.Event:
    whole = _text(event, "transcript") or _text(event, "text")
    return on.TextEnded(_part(event), whole)


def _response_done(event: Json) -> on.Event:
    response = _object(event, "response")
    details = _object(response, "status_details")
    error = complaint({"type": "error", "error": details.get("error")})
    code = error.code or error.kind or _text(details, "reason")
    usage = response.get("usage") or event.get("usage")  # xAI: beside the response
    return on.ResponseEnded(
        response_id=_text(response, "id"),
        status=_text(response, "status"),
        code=code,
        message=error.message,
        usage=usage if isinstance(usage, dict) else None,
        texts=tuple(_final_texts(response)),
        item_ids=tuple(
            _text(item, "id")
            for item in _objects(response, "output")
            if _text(item, "type") == "message"
        ),
        calls=tuple(
            filter(
                None, (_call(item, _text(response, "id")) for item in _objects(response, "output"))
            )
        ),
        cause=replace(error, code=code).cause,
    )


def _final_texts(response: Json) -> list[tuple[on.Part, str]]:
    texts = []
    for output_index, item in enumerate(_objects(response, "output")):
        for content_index, content in enumerate(_objects(item, "content")):
            text = _text(content, "transcript") or _text(content, "text")
            if text:
                ids = _text(response, "id"), _text(item, "id")
                texts.append((on.Part(*ids, output_index, content_index), text))
    return texts


def _rate_limits(event: Json) -> on.Event:
    resets = [
        _number(limit, "reset_seconds")
        for limit in _objects(event, "rate_limits")
        if _number(limit, "remaining") <= 0
    ]
    return on.RateLimitsUpdated(max(resets, default=0.0))


def _error(event: Json) -> on.Event:
    it = complaint(event)
    return on.ErrorReported(
        it.kind, it.code, it.message, it.param, it.about, cause=it.cause, order=it.order
    )


def _model_load_error(event: Json) -> on.Event:
    """LocalAI sends this instead of `session.created`."""
    message = complaint(event).message or "the model cannot be loaded"
    it = Complaint(code="model_load_error", message=message)
    return on.ErrorReported(it.kind, it.code, it.message, cause=it.cause)


_READERS: dict[str, Callable[[Json], on.Event]] = {
    "session.created": _session_created,
    "session.updated": _session_updated,
    "input_audio_buffer.speech_started": _speech_started,
    "input_audio_buffer.speech_stopped": _speech_stopped,
    "input_audio_buffer.committed": _committed,
    "conversation.item.added": _item_added,
    "conversation.item.input_audio_transcription.delta": _user_text,
    "conversation.item.input_audio_transcription.completed": _transcribed,
    "conversation.item.input_audio_transcription.failed": _not_transcribed,
    "response.created": _response_created,
    "response.output_audio.delta": _audio_delta,
    "response.output_audio.done": _audio_done,
    "response.output_audio_transcript.delta": _text_delta,
    "response.output_audio_transcript.done": _text_done,
    "response.output_text.delta": _text_delta,
    "response.output_text.done": _text_done,
    "response.output_item.done": _item_ended,
    "response.done": _response_done,
    "rate_limits.updated": _rate_limits,
    "error": _error,
    "model_load_error": _model_load_error,
}


def _part(event: Json) -> on.Part:
    return on.Part(
        _text(event, "response_id"),
        _text(event, "item_id"),
        int(_number(event, "output_index")),
        int(_number(event, "content_index")),
    )


def _object(event: Json, key: str) -> Json:
    value = event.get(key)
    return value if isinstance(value, dict) else {}


def _objects(event: Json, key: str) -> list[Json]:
    value = event.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(event: Json, key: str) -> str:
    value = event.get(key)
    return value if isinstance(value, str) else ""


def _ms(event: Json, key: str) -> int | None:
    return int(_number(event, key)) if isinstance(event.get(key), (int, float)) else None


def _number(event: Json, key: str) -> float:
    value = event.get(key)
    try:
        number = float(value) if isinstance(value, (int, float)) else 0.0
    except OverflowError:
        return 0.0
    return number if math.isfinite(number) else 0.0
