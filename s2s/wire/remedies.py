"""The remedies for refusals that a setting cures, by the setting's name."""

from __future__ import annotations

from s2s.conversation.causes import Cause

REMEDIES = {
    Cause.KEY: "Check OPENAI_API_KEY (or S2S_API_KEY) in your .env.",
    Cause.NO_MODEL: "Name a model with --model or MODEL.",
    Cause.WRONG_MODEL: "Name a realtime model with --model or MODEL, such as gpt-realtime-2.1.",
    Cause.UNKNOWN_MODEL: "Name a model this key may use with --model or MODEL.",
    Cause.UNLOADED_MODEL: "Name a model this endpoint has with --model or MODEL.",
}
