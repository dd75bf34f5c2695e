"""A wire message as one line for the log: audio elided, long texts cut, secrets never."""

from __future__ import annotations

import json
from typing import Any

from s2s import pcm
from s2s.json_text import json_text
from s2s.printable import printable
from s2s.secret import redact

_AUDIO_KEYS = ("audio", "delta", "data")
_AUDIO = '"audio":"'
_MAX_TEXT = 200  # characters of one string


def describe(message: str | bytes) -> str:
    """Return `message` as one line: its type, then its fields, audio as `480 samples`."""
    if isinstance(message, bytes):
        return f"binary, {len(message)} bytes"
    if message.startswith('{"type":"input_audio_buffer.append"'):  # ours, and too many to parse
        return f"input_audio_buffer.append {_samples(message.partition(_AUDIO)[2][:-2])}"
    try:
        event = json.loads(message)
    except (ValueError, RecursionError):
        return f"not JSON, {len(message)} characters"
    if not isinstance(event, dict):
        return f"not an object, {len(message)} characters"
    kind = str(event.pop("type", "no type"))
    is_audio = kind.endswith("audio.delta") or kind.endswith("buffer.append")
    try:
        short = _short(event, is_audio)
    except RecursionError:
        short = "nested too deeply"
    return f"{printable(redact(kind))} {json_text(short)}"


def _short(value: Any, is_audio: bool) -> Any:
    if isinstance(value, dict):
        return {
            key: _samples(each)
            if isinstance(each, str) and key in _AUDIO_KEYS and (is_audio or key == "audio")
            else _short(each, is_audio)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_short(each, is_audio) for each in value]
    if isinstance(value, str) and len(value) > _MAX_TEXT:
        return f"{redact(value)[:_MAX_TEXT]}… ({len(value)} characters)"  # no key is cut in two
    return value


def _samples(coded: str) -> str:
    size = len(coded) * 3 // 4 - coded.count("=", -2)
    return f"{size // pcm.SAMPLE_SIZE} samples"
