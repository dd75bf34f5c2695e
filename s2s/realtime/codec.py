"""The API's JSON <-> events and commands. Pure: text in, facts out; orders in, text out.

Every client event carries an `event_id`; what is read is read tolerantly: unknown events and
fields are ignored, missing ones have harmless values.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import json
import math
from collections.abc import Callable
from typing import Any

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.realtime.dialect import ga_name
from s2s.secret import redact

_PCM_FORMAT = {"type": "audio/pcm", "rate": pcm.RATE}
Json = dict[str, Any]


class Encoder:
    """Turns orders into client events, each with an `event_id` of its own."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)

    def append(self, audio: bytes) -> str:
        """Return an `input_audio_buffer.append`; base64 needs no escaping, so no JSON encoder."""
        coded = base64.b64encode(audio).decode("ascii")
        return (
            f'{{"type":"input_audio_buffer.append","event_id":"{self._next_id()}",'
            f'"audio":"{coded}"}}'
        )

    def encode(self, command: do.Command) -> str | None:
        """Return the client event for an order, or None if the order is not for the endpoint."""
        event = _client_event(command)
        if event is None:
            return None
        return json.dumps({**event, "event_id": self._next_id()}, separators=(",", ":"))

    def _next_id(self) -> str:
        return f"s2s_{next(self._ids)}"


def _client_event(command: do.Command) -> Json | None:
    if isinstance(command, do.ConfigureSession):
        return {"type": "session.update", "session": _session(command)}
    if isinstance(command, do.ConfigureTranscription):
        wanted = {"model": command.model}
        if command.language:
            wanted["language"] = command.language
        session = {"type": "realtime", "audio": {"input": {"transcription": wanted}}}
        return {"type": "session.update", "session": session}
    if isinstance(command, do.CommitAudio):
        return {"type": "input_audio_buffer.commit"}
    if isinstance(command, do.CreateResponse):
        return {"type": "response.create"}
    return None


def _session(command: do.ConfigureSession) -> Json:
    output: Json = {"format": _PCM_FORMAT}
    if command.voice:
        output["voice"] = command.voice
    session: Json = {
        "type": "realtime",
        "output_modalities": ["text" if command.text_only else "audio"],
        "audio": {"input": {"format": _PCM_FORMAT, "turn_detection": None}, "output": output},
    }
    if command.instructions is not None:
        session["instructions"] = command.instructions
    return session


def decode(message: str | bytes) -> on.Event:
    """Return the fact a message of the endpoint tells, without secrets in its prose."""
    if isinstance(message, bytes):
        return on.MessageUnreadable(f"a binary message of {len(message)} bytes", lossy=False)
    try:
        event = json.loads(message)
    except (ValueError, RecursionError):
        return on.MessageUnreadable("a message of the endpoint is not JSON")
    if not isinstance(event, dict):
        return on.MessageUnreadable("a message of the endpoint is no JSON object", lossy=False)
    read = _READERS.get(ga_name(_text(event, "type")))
    return read(event) if read else on.Ignored()


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


def _committed(event: Json) -> on.Event:
    return on.InputCommitted(_text(event, "item_id"))


def _transcribed(event: Json) -> on.Event:
    usage = event.get("usage")
    return on.UserTranscribed(
        _text(event, "item_id"),
        _text(event, "transcript").strip(),
        usage if isinstance(usage, dict) else None,
    )


def _not_transcribed(event: Json) -> on.Event:
    message = _text(_object(event, "error"), "message")
    return on.UserTranscriptionFailed(_text(event, "item_id"), redact(message))


def _response_created(event: Json) -> on.Event:
    return on.ResponseStarted(_text(_object(event, "response"), "id"))


def _audio_delta(event: Json) -> on.Event:
    try:
        coded = _text(event, "delta")
        audio = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True)
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
    error = _object(details, "error")
    usage = response.get("usage")
    return on.ResponseEnded(
        response_id=_text(response, "id"),
        status=_text(response, "status"),
        code=_text(error, "code") or _text(error, "type") or _text(details, "reason"),
        message=redact(_text(error, "message")),
        usage=usage if isinstance(usage, dict) else None,
        texts=tuple(_final_texts(response)),
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
    error = _object(event, "error")
    return on.ErrorReported(
        kind=_text(error, "type"),
        code=_text(error, "code"),
        message=redact(_text(error, "message")),
        param=_text(error, "param"),
    )


def _model_load_error(event: Json) -> on.Event:
    """LocalAI sends this instead of `session.created`."""
    error = _object(event, "error")
    message = _text(error, "message") or _text(event, "message") or "the model cannot be loaded"
    return on.ErrorReported("", "model_load_error", redact(message))


_READERS: dict[str, Callable[[Json], on.Event]] = {
    "session.created": _session_created,
    "session.updated": _session_updated,
    "input_audio_buffer.committed": _committed,
    "conversation.item.input_audio_transcription.completed": _transcribed,
    "conversation.item.input_audio_transcription.failed": _not_transcribed,
    "response.created": _response_created,
    "response.output_audio.delta": _audio_delta,
    "response.output_audio.done": _audio_done,
    "response.output_audio_transcript.delta": _text_delta,
    "response.output_audio_transcript.done": _text_done,
    "response.output_text.delta": _text_delta,
    "response.output_text.done": _text_done,
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


def _number(event: Json, key: str) -> float:
    value = event.get(key)
    try:
        number = float(value) if isinstance(value, (int, float)) else 0.0
    except OverflowError:
        return 0.0
    return number if math.isfinite(number) else 0.0
