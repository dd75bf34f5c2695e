"""Every server event that this endpoint sends, without `response.`: the places of faults."""

from __future__ import annotations

EVENTS = frozenset(
    {
        "session.created",
        "session.updated",
        "error",
        "rate_limits.updated",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "input_audio_buffer.cleared",
        "input_audio_buffer.timeout_triggered",
        "conversation.item.added",
        "conversation.item.done",
        "conversation.item.retrieved",
        "conversation.item.deleted",
        "conversation.item.truncated",
        "conversation.item.input_audio_transcription.delta",
        "conversation.item.input_audio_transcription.completed",
        "created",
        "done",
        "output_item.added",
        "output_item.done",
        "content_part.added",
        "content_part.done",
        "output_audio.delta",
        "output_audio.done",
        "output_text.delta",
        "output_text.done",
        "output_audio_transcript.delta",
        "output_audio_transcript.done",
        "function_call_arguments.delta",
        "function_call_arguments.done",
    }
)
