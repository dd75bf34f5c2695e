"""The session's settings as the API shapes them: defaults, checks, and the merge of an update.

An update that holds one wrong value is refused whole, as OpenAI does it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from s2s import pcm
from s2s.local.refusals import SettingRefused, missing, required_text, wrong_type
from s2s.local.values import present, shown

Json = dict[str, Any]
Check = Callable[[Any], bool]

SERVER_VAD: Json = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 500,
    "idle_timeout_ms": None,
    "create_response": True,
    "interrupt_response": True,
}
SEMANTIC_VAD: Json = {
    "type": "semantic_vad",
    "eagerness": "auto",
    "create_response": True,
    "interrupt_response": True,
}


def default_session(session_id: str, model: str, expires_at: int) -> Json:
    """Return the session as `session.created` shows it."""
    audio_format = {"type": "audio/pcm", "rate": pcm.RATE}
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": session_id,
        "model": model,
        "output_modalities": ["audio"],
        "instructions": "",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "expires_at": expires_at,
        "include": None,
        "audio": {
            "input": {
                "format": dict(audio_format),
                "transcription": None,
                "noise_reduction": None,
                "turn_detection": dict(SERVER_VAD),
            },
            "output": {"format": dict(audio_format), "voice": "marin", "speed": 1.0},
        },
    }


def heard_by(detection: Json | None) -> Json | None:
    """Return what of `turn_detection` says how turns are heard, not what follows from them."""
    what_follows = ("create_response", "interrupt_response")
    return detection and {key: each for key, each in detection.items() if key not in what_follows}


def updated(session: Json, update: Any) -> Json:
    """Return `session` with `update` merged into it. Raises `SettingRefused`."""
    if update is None:
        raise missing("session")
    if not isinstance(update, dict):
        raise wrong_type("session", "an object", update)
    required_text(update, "type", "session")
    merged = copy.deepcopy(session)
    _merge(merged, update, _SESSION, "session")
    return merged


def overridden(session: Json, wanted: Any) -> Json:
    """Return what `response.create` makes of the session for one response."""
    merged = copy.deepcopy(session)
    merged.update({"conversation": "auto", "metadata": None, "input": None})
    if wanted is None:
        return merged
    if not isinstance(wanted, dict):
        raise wrong_type("response", "an object", wanted)
    _merge(merged, wanted, _RESPONSE, "response")
    return merged


def _merge(into: Json, update: Json, shape: Json, path: str) -> None:
    for key, value in update.items():
        where = f"{path}.{key}"
        if key not in shape:
            raise SettingRefused("unknown_parameter", where, f"Unknown parameter: '{where}'.")
        rule = shape[key]
        if value is None:
            if key in _SWITCHED_OFF_BY_NULL:
                into[key] = None
        elif isinstance(rule, dict):
            if not isinstance(value, dict):
                raise wrong_type(where, "an object", value)
            _merge(into.setdefault(key, {}), value, rule, where)
        else:
            into[key] = rule(value, where)


def _value(check: Check, supported: str) -> Callable[[Any, str], Any]:
    def rule(value: Any, where: str) -> Any:
        if not check(value):
            raise SettingRefused(
                "invalid_value",
                where,
                f"Invalid value: {shown(value)}. Supported values are: {supported}.",
            )
        return value

    return rule


def _one_of(*choices: Any) -> Callable[[Any, str], Any]:
    return _value(lambda value: value in choices, ", ".join(map(shown, choices)))


def _is_number(low: float, high: float) -> Check:
    return lambda v: isinstance(v, (int, float)) and not isinstance(v, bool) and low <= v <= high


def _number(low: float, high: float) -> Callable[[Any, str], Any]:
    return _value(_is_number(low, high), f"{low:g} to {high:g}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _turn_detection(value: Any, where: str) -> Any:
    shapes = {"server_vad": (SERVER_VAD, _SERVER_VAD), "semantic_vad": (SEMANTIC_VAD, _SEMANTIC)}
    if not isinstance(value, dict):
        raise wrong_type(where, "an object", value)
    kind = required_text(value, "type", where)
    if kind not in shapes:
        raise SettingRefused(
            "invalid_value",
            f"{where}.type",
            f"Invalid value: {shown(kind)}. Supported values are: 'server_vad' and 'semantic_vad'.",
        )
    defaults, shape = shapes[kind]
    detection = dict(defaults)
    _merge(detection, value, shape, where)
    return detection


def _shaped(shape: Json) -> Callable[[Any, str], Any]:
    def rule(value: Any, where: str) -> Any:
        if not isinstance(value, dict):
            raise wrong_type(where, "an object", value)
        result: Json = {}
        _merge(result, value, shape, where)
        return result

    return rule


def _format(value: Any, where: str) -> Any:
    checked = _shaped({"type": _one_of("audio/pcm"), "rate": _one_of(pcm.RATE)})(value, where)
    return {"type": "audio/pcm", "rate": pcm.RATE, **checked}


def _modalities(value: Any, where: str) -> Any:
    return _value(lambda v: v in (["audio"], ["text"]), '["text"] and ["audio"]')(value, where)


_flag = _value(lambda value: isinstance(value, bool), "true and false")
_text = _value(_is_text, "a string")
_list = _value(lambda value: isinstance(value, list), "a list")


def _tools(value: Any, where: str) -> list[Json]:
    if not isinstance(value, list):
        raise wrong_type(where, "an array", value)
    for index, tool in enumerate(value):
        at = f"{where}[{index}]"
        if not isinstance(tool, dict):
            raise wrong_type(at, "an object", tool)
        _one_of("function")(required_text(tool, "type", at), f"{at}.type")  # there is no MCP here
        required_text(tool, "name", at)
    tools: list[Json] = present(value)
    return tools


def _anything(value: Any, where: str) -> Any:
    return present(value)


def _voice(value: Any, where: str) -> Any:
    named = required_text(value, "id", where) if isinstance(value, dict) else value
    return _value(lambda v: named != "" and isinstance(v, (str, dict)), "a voice")(value, where)


_tokens = _value(lambda v: v == "inf" or (_is_number(1, 4096)(v)), "1 to 4096 and 'inf'")

_SERVER_VAD: Json = {
    "type": _one_of("server_vad"),
    "threshold": _number(0, 1),
    "prefix_padding_ms": _number(0, 10_000),
    "silence_duration_ms": _number(0, 10_000),
    "idle_timeout_ms": _number(5_000, 30_000),
    "create_response": _flag,
    "interrupt_response": _flag,
}
_SEMANTIC: Json = {
    "type": _one_of("semantic_vad"),
    "eagerness": _one_of("low", "medium", "high", "auto"),
    "create_response": _flag,
    "interrupt_response": _flag,
}
_TRANSCRIPTION: Json = dict.fromkeys(
    ("model", "language", "languages", "prompt", "keywords", "delay"), _anything
)
_SWITCHED_OFF_BY_NULL = ("turn_detection", "transcription", "noise_reduction", "tracing")
_OUTPUT: Json = {"format": _format, "voice": _voice, "speed": _number(0.25, 1.5)}
_SHARED: Json = {
    "output_modalities": _modalities,
    "instructions": _text,
    "tools": _tools,
    "tool_choice": _anything,
    "max_output_tokens": _tokens,
    "parallel_tool_calls": _flag,
    "reasoning": _anything,
    "prompt": _anything,
}
_SESSION: Json = {
    **_SHARED,
    "type": _one_of("realtime"),
    "model": _anything,
    "tracing": _anything,
    "truncation": _anything,
    "include": _anything,
    "audio": {
        "input": {
            "format": _format,
            "transcription": _shaped(_TRANSCRIPTION),
            "noise_reduction": _shaped(
                {"type": _one_of("near_field", "far_field"), "strength": _number(0, 1)}
            ),
            "turn_detection": _turn_detection,
        },
        "output": _OUTPUT,
    },
}
_RESPONSE: Json = {
    **_SHARED,
    "audio": {"output": {"format": _format, "voice": _voice}},
    "conversation": _one_of("auto", "none"),
    "metadata": _value(lambda value: isinstance(value, dict), "an object"),
    "input": _list,
}
