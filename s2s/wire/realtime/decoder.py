"""The API's JSON read: text in, facts out. Pure.

It is read tolerantly: unknown events and fields are ignored, missing ones have harmless values.
Whatever comes out is valid Unicode: nothing behind it stumbles over half a letter.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable

from s2s.conversation import events as on
from s2s.well_formed import well_formed_json
from s2s.wire.realtime import fields
from s2s.wire.realtime.dialect import ga_name
from s2s.wire.realtime.errors import Complaint, complaint
from s2s.wire.realtime.fields import Json
from s2s.wire.realtime.responses import call_in, response_done
from s2s.wire.realtime.usage import usage_in

_URL_SAFE = str.maketrans("-_", "+/")
# What only shows that a response comes further: an item, a part of it, a call being written.
_STEPS = (
    "response.output_item.added",
    "response.content_part.",
    "response.function_call_arguments.",
    "response.mcp_call",
    "mcp_list_tools.",
)

_KINDS: dict[str, on.ItemKind] = {"message": "message", "function_call": "call"}
_ROLES: dict[str, on.Role] = {"user": "user", "assistant": "assistant", "system": "system"}


def decode(message: str | bytes) -> on.Event:
    """Return the fact a message of the endpoint tells, without secrets in its prose.

    Of a piece of text the halves of letters are left as they came: `TextPieces` joins them.
    """
    if isinstance(message, bytes):
        return on.MessageUnreadable(f"a binary message of {len(message)} bytes", lossy=False)
    try:
        event = json.loads(message)
        # Nothing else can bring half a letter; one character is found far sooner than two.
        if isinstance(event, dict) and "\\" in message and "\\u" in message:
            event = {**well_formed_json(event), "delta": event.get("delta")}
    except (ValueError, RecursionError):
        return on.MessageUnreadable("a message of the endpoint is not JSON")
    if not isinstance(event, dict):
        return on.MessageUnreadable("a message of the endpoint is no JSON object", lossy=False)
    name = ga_name(fields.text(event, "type"))
    if name.startswith(_STEPS):
        return _step(event, name)
    read = _READERS.get(name)
    return read(event) if read else on.Ignored()


def _step(event: Json, name: str) -> on.Event:
    """Read what shows that a response comes further, and nothing else that concerns us."""
    item = fields.text(fields.an_object(event, "item"), "id") or fields.text(event, "item_id")
    content_index = int(fields.number(event, "content_index"))
    return on.Ignored(f"{name} {item} {content_index} {fields.text(event, 'delta')}".rstrip())


def _session_created(event: Json) -> on.Event:
    session = fields.an_object(event, "session")
    expires_at = fields.number(session, "expires_at") or None
    return on.SessionStarted(fields.text(session, "id"), fields.text(session, "model"), expires_at)


def _session_updated(event: Json) -> on.Event:
    audio = fields.an_object(fields.an_object(event, "session"), "audio")
    formats = (_format(fields.an_object(audio, side)) for side in ("input", "output"))
    return on.SessionConfigured(*formats)


def _format(side: Json) -> str:
    """Return a format as `audio/pcm 24000`, or "" where the endpoint does not say."""
    stated = fields.an_object(side, "format")
    kind, rate = fields.text(stated, "type"), int(fields.number(stated, "rate"))
    if kind == "audio/pcm" and not rate:
        return ""
    return f"{kind} {rate or ''}".strip()


def _speech_started(event: Json) -> on.Event:
    return on.SpeechStarted(
        fields.text(event, "item_id"), fields.milliseconds(event, "audio_start_ms")
    )


def _speech_stopped(event: Json) -> on.Event:
    return on.SpeechStopped(
        fields.text(event, "item_id"), fields.milliseconds(event, "audio_end_ms")
    )


def _committed(event: Json) -> on.Event:
    return on.InputCommitted(fields.text(event, "item_id"), fields.text(event, "previous_item_id"))


def _item_added(event: Json) -> on.Event:
    item = fields.an_object(event, "item")
    return on.ItemAdded(
        fields.text(item, "id"),
        fields.text(event, "previous_item_id"),
        _KINDS.get(fields.text(item, "type"), "other"),
        _ROLES.get(fields.text(item, "role"), ""),
    )


def _item_ended(event: Json) -> on.Event:
    """Read a function call here and nowhere else: its arguments come in two other events too."""
    return call_in(fields.an_object(event, "item"), fields.text(event, "response_id")) or _step(
        event, "item.done"
    )


def _user_text(event: Json) -> on.Event:
    return on.UserTextReceived(fields.text(event, "item_id"), fields.text(event, "delta"))


def _user_text_so_far(event: Json) -> on.Event:
    """xAI: each time all the words so far, which may still change."""
    text = fields.text(event, "transcript") or fields.text(event, "text")
    return on.UserTextReceived(fields.text(event, "item_id"), text.strip(), whole=True)


def _transcribed(event: Json) -> on.Event:
    if fields.text(event, "status") == "in_progress":  # xAI: completed more than once
        return _user_text_so_far(event)
    return on.UserTranscribed(
        fields.text(event, "item_id"),
        fields.text(event, "transcript").strip(),
        usage_in(event),
    )


def _not_transcribed(event: Json) -> on.Event:
    return on.UserTranscriptionFailed(fields.text(event, "item_id"), complaint(event).message)


def _response_created(event: Json) -> on.Event:
    return on.ResponseStarted(fields.text(fields.an_object(event, "response"), "id"))


def _audio_delta(event: Json) -> on.Event:
    coded = fields.text(event, "delta")
    try:
        return on.AudioReceived(fields.part(event), base64.b64decode(coded, validate=True))
    except (binascii.Error, ValueError):
        pass
    bare = "".join(coded.split()).rstrip("=").translate(_URL_SAFE)  # as others write base64
    try:
        audio = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return on.MessageUnreadable("a piece of the reply's audio is not base64")
    return on.AudioReceived(fields.part(event), audio)


def _audio_done(event: Json) -> on.Event:
    return on.AudioEnded(fields.part(event))


def _text_delta(event: Json) -> on.Event:
    return on.TextReceived(fields.part(event), fields.text(event, "delta"))


def _text_done(event: Json) -> on.Event:
    whole = fields.text(event, "transcript") or fields.text(event, "text")
    return on.TextEnded(fields.part(event), whole)


def _rate_limits(event: Json) -> on.Event:
    resets = [
        fields.number(limit, "reset_seconds")
        for limit in fields.objects(event, "rate_limits")
        if fields.number(limit, "remaining") <= 0
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
    "conversation.item.deleted": lambda event: on.ItemDeleted(fields.text(event, "item_id")),
    "conversation.item.input_audio_transcription.delta": _user_text,
    "conversation.item.input_audio_transcription.updated": _user_text_so_far,
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
    "response.done": response_done,
    "rate_limits.updated": _rate_limits,
    "error": _error,
    "model_load_error": _model_load_error,
}
