"""What is known of models: the default, and those with an announced end."""

from __future__ import annotations

from datetime import date

DEFAULT_MODEL = "gpt-realtime-2.1"  # what OpenAI's guides and agents SDK use (November 2026)

# Transcription of the user's words, tried in this order until the endpoint takes one.
TRANSCRIPTION_MODELS = ("gpt-transcribe", "gpt-4o-mini-transcribe")

# Voices of the Realtime API; the first two are what OpenAI recommends (its guides, November 2026).
VOICES = (
    *("marin", "cedar"),
    *("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse"),
)

_2027_01 = date(2027, 1, 20)
_2027_02 = date(2027, 2, 26)

# Announced shutdowns and successors, as the docstrings of openai-python 3.54 give them
# (types/realtime/realtime_session_create_request.py and audio_transcription.py).
SHUTDOWNS: dict[str, tuple[date, str]] = {
    "gpt-realtime": (_2027_01, "gpt-realtime-2.1"),
    "gpt-realtime-2025-08-28": (_2027_01, "gpt-realtime-2.1"),
    "gpt-realtime-mini": (_2027_01, "gpt-realtime-2.1-mini"),
    "gpt-realtime-mini-2025-12-15": (_2027_01, "gpt-realtime-2.1-mini"),
    "gpt-audio-mini": (_2027_01, "gpt-realtime-2.1-mini"),
    "gpt-audio-mini-2025-12-15": (_2027_01, "gpt-realtime-2.1-mini"),
    "whisper-1": (_2027_02, "gpt-transcribe"),
    "gpt-4o-transcribe": (_2027_02, "gpt-transcribe"),
    "gpt-4o-mini-transcribe": (_2027_02, "gpt-transcribe"),
    "gpt-4o-transcribe-diarize": (_2027_02, "gpt-transcribe"),
}


def shutdown_warning(model: str, today: date) -> str:
    """Return a sentence on the announced end of `model`, or "" if none is known."""
    if model not in SHUTDOWNS:
        return ""
    day, successor = SHUTDOWNS[model]
    tense = "shuts down" if today <= day else "was to shut down"
    return f"{model} {tense} on {day.isoformat()}; its successor is {successor}."
