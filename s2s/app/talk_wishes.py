"""What the options of `talk` ask of a session."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from s2s.app.options import TalkOptions
from s2s.conversation.commands import ConfigureOption
from s2s.conversation.session_config import TalkWishes, Wishes
from s2s.errors import UsageError

_NOISE = {"near": {"type": "near_field"}, "far": {"type": "far_field"}, "off": None}
_SERVER, _SEMANTIC = "--turns server", "--turns semantic"


def talk_wishes(wishes: Wishes, asked: TalkOptions) -> TalkWishes:
    """Return the wishes for a conversation. Raises `UsageError` for options that do not fit."""
    return TalkWishes(
        session=replace(wishes.session, turn_detection=_turn_detection(asked)),
        transcription=wishes.transcription,
        timeout_ms=wishes.timeout_ms,
        options=tuple(_options(asked)),
        greet=asked.greet,
        half_duplex=asked.half_duplex,
        max_ms=None if asked.max_minutes is None else asked.max_minutes * 60_000,
    )


def _turn_detection(asked: TalkOptions) -> dict[str, Any] | None:
    for name, value, fits in (
        ("--threshold", asked.threshold, _SERVER),
        ("--silence-ms", asked.silence_ms, _SERVER),
        ("--prefix-ms", asked.prefix_ms, _SERVER),
        ("--idle-timeout", asked.idle_timeout_s, _SERVER),
        ("--eagerness", asked.eagerness, _SEMANTIC),
    ):
        if value is not None and fits != f"--turns {asked.turns}":
            raise UsageError(f"{name} goes with {fits}.", f"Add {fits}, or leave {name} out.")
    always = {"create_response": True, "interrupt_response": True}
    if asked.turns == "manual":
        return None
    if asked.turns == "semantic":
        return {"type": "semantic_vad", "eagerness": asked.eagerness or "auto", **always}
    detection: dict[str, Any] = {
        "type": "server_vad",
        "threshold": 0.5 if asked.threshold is None else asked.threshold,
        "prefix_padding_ms": 300 if asked.prefix_ms is None else asked.prefix_ms,
        "silence_duration_ms": 500 if asked.silence_ms is None else asked.silence_ms,
        **always,
    }
    if asked.idle_timeout_s is not None:
        detection["idle_timeout_ms"] = round(asked.idle_timeout_s * 1000)
    return detection


def _options(asked: TalkOptions) -> list[ConfigureOption]:
    options = []
    if asked.noise_reduction:
        noise = {"audio": {"input": {"noise_reduction": _NOISE[asked.noise_reduction]}}}
        options.append(ConfigureOption("--noise-reduction", noise))
    if asked.speed is not None:
        options.append(ConfigureOption("--speed", {"audio": {"output": {"speed": asked.speed}}}))
    if asked.effort:
        options.append(ConfigureOption("--effort", {"reasoning": {"effort": asked.effort}}))
    return options
