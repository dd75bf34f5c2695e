"""The API's JSON written: orders in, text out. Pure.

Every client event carries an `event_id` that ends with its purpose: what an endpoint complains
about is told by that.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable
from typing import Any

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation.session_config import (
    ByKey,
    ContextLimit,
    Option,
    ReasoningEffort,
    SemanticVad,
    Speed,
    TurnDetection,
)
from s2s.well_formed import well_formed

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
        if isinstance(command, do.SendAudio):
            return self.append(command.pcm)
        event = _client_event(command)
        if event is None:
            return None
        event_id = f"{self._next_id()}.{do.purpose(command)}"
        # What was typed or set may hold bytes that are no UTF-8: no endpoint could read them.
        whole = {**event, "event_id": event_id}
        return well_formed(json.dumps(whole, ensure_ascii=False, separators=(",", ":")))

    def _next_id(self) -> str:
        return f"s2s_{next(self._ids)}"


def _client_event(command: do.Command) -> Json | None:
    write = _WRITERS.get(type(command))
    return write(command) if write else None


def _configure(command: do.ConfigureSession) -> Json:
    output: Json = {"format": _PCM_FORMAT}
    if command.voice:
        output["voice"] = command.voice
    given: Json = {"format": _PCM_FORMAT, "turn_detection": _turn_detection(command.turn_detection)}
    session: Json = {
        "type": "realtime",
        "output_modalities": ["text" if command.text_only else "audio"],
        "audio": {"input": given, "output": output},
    }
    if command.instructions is not None:
        session["instructions"] = command.instructions
    return {"type": "session.update", "session": session}


def _turn_detection(wanted: TurnDetection) -> Json | None:
    if isinstance(wanted, ByKey):
        return None
    # Both, always: without the one, the other's default still lets the endpoint cancel a reply.
    decides = {"create_response": wanted.decides, "interrupt_response": wanted.decides}
    if isinstance(wanted, SemanticVad):
        return {"type": "semantic_vad", "eagerness": wanted.eagerness, **decides}
    detection = {
        "type": "server_vad",
        "threshold": wanted.threshold,
        "prefix_padding_ms": wanted.prefix_ms,
        "silence_duration_ms": wanted.silence_ms,
        **decides,
    }
    if wanted.idle_timeout_ms is not None:
        detection["idle_timeout_ms"] = wanted.idle_timeout_ms
    return detection


def _configure_turns(command: do.ConfigureTurns) -> Json:
    given = {"turn_detection": _turn_detection(command.turn_detection)}
    return {"type": "session.update", "session": {"type": "realtime", "audio": {"input": given}}}


def _configure_option(command: do.ConfigureOption) -> Json:
    session = {"type": "realtime", **_option(command.setting)}
    return {"type": "session.update", "session": session}


def _option(setting: Option) -> Json:
    if isinstance(setting, Speed):
        return {"audio": {"output": {"speed": setting.factor}}}
    if isinstance(setting, ReasoningEffort):
        return {"reasoning": {"effort": setting.level}}
    if isinstance(setting, ContextLimit):
        limit = {"post_instructions": setting.tokens}
        kept = {"retention_ratio": setting.keep, "token_limits": limit}
        return {"truncation": {"type": "retention_ratio", **kept}}
    field = {"type": f"{setting.microphone}_field"} if setting.microphone else None
    return {"audio": {"input": {"noise_reduction": field}}}


def _configure_transcription(command: do.ConfigureTranscription) -> Json:
    wanted = {"model": command.model}
    if command.language:
        wanted["language"] = command.language
    session = {"type": "realtime", "audio": {"input": {"transcription": wanted}}}
    return {"type": "session.update", "session": session}


def _create_user_text(command: do.CreateUserText) -> Json:
    content = [{"type": "input_text", "text": command.text}]
    item = {"type": "message", "role": "user", "content": content}
    return {"type": "conversation.item.create", "item": item}


def _seed(command: do.SeedItem) -> Json:
    spoken = {"type": "input_audio", "audio": base64.b64encode(command.pcm).decode("ascii")}
    kind = "output_text" if command.role == "assistant" else "input_text"
    content = spoken if command.pcm else {"type": kind, "text": command.text}
    item: Json = {"type": "message", "role": command.role, "content": [content]}
    if command.item_id:
        item["id"] = command.item_id
    after = {"previous_item_id": command.after} if command.after else {}
    return {"type": "conversation.item.create", **after, "item": item}


def _create_function_output(command: do.CreateFunctionOutput) -> Json:
    item = {
        "type": "function_call_output",
        "call_id": command.call_id,
        "output": json.dumps(dict(command.answer), ensure_ascii=False),
    }
    return {"type": "conversation.item.create", "item": item}


def _decline(command: do.DeclineApproval) -> Json:
    item = {
        "type": "mcp_approval_response",
        "id": f"no_{command.item_id[-28:]}",  # one is wanted, of 32 characters at most
        "approval_request_id": command.item_id,
        "approve": False,
    }
    return {"type": "conversation.item.create", "item": item}


def _truncate(command: do.TruncateItem) -> Json:
    return {
        "type": "conversation.item.truncate",
        "item_id": command.item_id,
        "content_index": command.content_index,
        "audio_end_ms": command.heard_ms,
    }


def _cancel(command: do.CancelResponse) -> Json:
    named = {"response_id": command.response_id} if command.response_id else {}
    return {"type": "response.cancel", **named}


_WRITERS: dict[type, Callable[[Any], Json]] = {
    do.ConfigureSession: _configure,
    do.ConfigureTurns: _configure_turns,
    do.ConfigureOption: _configure_option,
    do.ConfigureTranscription: _configure_transcription,
    do.CommitAudio: lambda _: {"type": "input_audio_buffer.commit"},
    do.ClearInput: lambda _: {"type": "input_audio_buffer.clear"},
    do.SeedItem: _seed,
    do.CreateUserText: _create_user_text,
    do.CreateFunctionOutput: _create_function_output,
    do.DeclineApproval: _decline,
    do.AskForSign: lambda _: {"type": "session.update", "session": {"type": "realtime"}},
    do.CreateResponse: lambda _: {"type": "response.create"},
    do.CancelResponse: _cancel,
    do.TruncateItem: _truncate,
    do.DeleteItem: lambda each: {"type": "conversation.item.delete", "item_id": each.item_id},
}
