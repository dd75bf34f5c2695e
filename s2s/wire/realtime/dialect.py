"""Other endpoints' names for the same events (beta-style servers, Azure's preview, Qwen, Grok)."""

from __future__ import annotations

_NAMES = {
    "conversation.item.created": "conversation.item.added",
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
}


def ga_name(event_type: str) -> str:
    """Return the GA name of a server event, whatever its sender calls it."""
    return _NAMES.get(event_type, event_type)
