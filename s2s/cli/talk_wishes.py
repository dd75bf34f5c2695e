"""What the options of `talk` ask of a session."""

from __future__ import annotations

from dataclasses import dataclass, replace

from s2s.conversation.session_config import (
    ByKey,
    ConfigureOption,
    NoiseReduction,
    ReasoningEffort,
    SemanticVad,
    ServerVad,
    Speed,
    TalkWishes,
    TurnDetection,
    Wishes,
)
from s2s.errors import UsageError

_NOISE = {
    "near": NoiseReduction("near"),
    "far": NoiseReduction("far"),
    "off": NoiseReduction(None),
}
_SERVER, _SEMANTIC = "--turns server", "--turns semantic"


@dataclass(frozen=True)
class TalkFlags:
    """The options as they were given; None: not given."""

    turns: str = "server"
    threshold: float | None = None
    silence_ms: int | None = None
    prefix_ms: int | None = None
    idle_timeout_s: float | None = None
    eagerness: str | None = None
    speed: float | None = None
    effort: str | None = None
    noise_reduction: str | None = None
    greet: bool = False
    half_duplex: bool = False
    max_minutes: float | None = None


def talk_wishes(wishes: Wishes, flags: TalkFlags) -> TalkWishes:
    """Return the wishes for a conversation. Raises `UsageError` for options that do not fit."""
    return TalkWishes(
        session=replace(wishes.session, turn_detection=_turn_detection(flags)),
        transcription=wishes.transcription,
        timeout_ms=wishes.timeout_ms,
        hints=wishes.hints,
        options=tuple(_options(flags)),
        greet=flags.greet,
        half_duplex=flags.half_duplex,
        max_ms=None if flags.max_minutes is None else flags.max_minutes * 60_000,
    )


def _turn_detection(flags: TalkFlags) -> TurnDetection:
    for name, value, fits in (
        ("--threshold", flags.threshold, _SERVER),
        ("--silence-ms", flags.silence_ms, _SERVER),
        ("--prefix-ms", flags.prefix_ms, _SERVER),
        ("--idle-timeout", flags.idle_timeout_s, _SERVER),
        ("--eagerness", flags.eagerness, _SEMANTIC),
    ):
        if value is not None and fits != f"--turns {flags.turns}":
            raise UsageError(f"{name} goes with {fits}.", f"Add {fits}, or leave {name} out.")
    if flags.turns == "manual":
        return ByKey()
    if flags.turns == "semantic":
        return SemanticVad(flags.eagerness or "auto")
    idle_s, usual = flags.idle_timeout_s, ServerVad()
    return ServerVad(
        threshold=usual.threshold if flags.threshold is None else flags.threshold,
        prefix_ms=usual.prefix_ms if flags.prefix_ms is None else flags.prefix_ms,
        silence_ms=usual.silence_ms if flags.silence_ms is None else flags.silence_ms,
        idle_timeout_ms=None if idle_s is None else round(idle_s * 1000),
    )


def _options(flags: TalkFlags) -> list[ConfigureOption]:
    options = []
    if flags.noise_reduction:
        options.append(ConfigureOption("--noise-reduction", _NOISE[flags.noise_reduction]))
    if flags.speed is not None:
        options.append(ConfigureOption("--speed", Speed(flags.speed)))
    if flags.effort:
        options.append(ConfigureOption("--effort", ReasoningEffort(flags.effort)))
    return options
