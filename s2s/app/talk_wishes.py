"""What the options of `talk` ask of a session."""

from __future__ import annotations

from dataclasses import replace

from s2s.app.echo import asked as echo_asked
from s2s.app.options import TalkOptions
from s2s.conversation.backchannel import says_nothing
from s2s.conversation.session_config import (
    CONFIRM_MS,
    BargeInMode,
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
RECONNECT_S = 300.0  # unless something else is asked for
_SERVER, _SEMANTIC = "--turns server", "--turns semantic"


def talk_wishes(wishes: Wishes, asked: TalkOptions) -> TalkWishes:
    """Return the wishes for a conversation. Raises `UsageError` for options that do not fit."""
    _check_echo(asked, wishes)
    barge_in = _barge_in(asked, wishes)
    return TalkWishes(
        session=replace(wishes.session, turn_detection=_turn_detection(asked)),
        transcription=wishes.transcription,
        timeout_ms=wishes.timeout_ms,
        hints=wishes.hints,
        money=wishes.money,
        options=tuple(_options(asked)),
        greet=asked.greet,
        half_duplex=echo_asked(asked) == "half-duplex",
        barge_in=barge_in,
        confirm_ms=asked.confirm_ms or CONFIRM_MS,
        backchannels=asked.backchannels,
        reconnect_ms=_reconnect_s(asked) * 1000,
        max_ms=None if asked.max_minutes is None else asked.max_minutes * 60_000,
    )


def _reconnect_s(asked: TalkOptions) -> float:
    if asked.reconnect_s is not None:
        return asked.reconnect_s
    return 0.0 if asked.recording or asked.microphone else RECONNECT_S


def _barge_in(asked: TalkOptions, wishes: Wishes) -> BargeInMode | None:
    """Return what speech over a reply is to do; None: as the echo allows.

    Raises `UsageError` for what says how speech interrupts where it cannot, or not in that way.
    """
    of_confirming = [
        name
        for name, given in (
            ("--confirm-ms", asked.confirm_ms is not None),
            ("--backchannels", any(each.strip() for each in asked.backchannels)),
        )
        if given
    ]
    for name in ["--barge-in"] * bool(asked.barge_in) + of_confirming:
        for other, why, given in (
            ("--turns manual", "only keys interrupt", asked.turns == "manual"),
            (
                _half_duplex(asked),
                "nothing is heard while a reply sounds",
                echo_asked(asked) == "half-duplex",
            ),
            ("--text-only", "no reply sounds", _is_written(asked, wishes)),
        ):
            if given:
                raise UsageError(
                    f"{name} is about speech over a reply; with {other} {why}.",
                    f"Leave out {name}, or {other}.",
                )
    if of_confirming and asked.barge_in not in (None, "confirm"):
        raise UsageError(
            f"{of_confirming[0]} goes with --barge-in confirm, not {asked.barge_in}.",
            "Leave one of them out.",
        )
    for phrase in asked.backchannels:
        if phrase.strip() and says_nothing(phrase):
            raise UsageError(
                f"--backchannels has words in it, and {phrase.strip()!r} is none.", "Leave it out."
            )
    return "confirm" if of_confirming else asked.barge_in


def _check_echo(asked: TalkOptions, wishes: Wishes) -> None:
    """Refuse what is about the sound of replies where they have none."""
    name = _half_duplex(asked) if asked.half_duplex else f"--echo {asked.echo}"
    if _is_written(asked, wishes) and (asked.echo or asked.half_duplex):
        raise UsageError(
            f"{name} is about the sound of replies; with --text-only there is none.",
            f"Leave out {name}, or --text-only.",
        )


def _half_duplex(asked: TalkOptions) -> str:
    return "--half-duplex" if asked.half_duplex else "--echo half-duplex"


def _is_written(asked: TalkOptions, wishes: Wishes) -> bool:
    return asked.text_only or wishes.session.text_only


def _turn_detection(asked: TalkOptions) -> TurnDetection:
    for name, value, fits in (
        ("--threshold", asked.threshold, _SERVER),
        ("--silence-ms", asked.silence_ms, _SERVER),
        ("--prefix-ms", asked.prefix_ms, _SERVER),
        ("--idle-timeout", asked.idle_timeout_s, _SERVER),
        ("--eagerness", asked.eagerness, _SEMANTIC),
    ):
        if value is not None and fits != f"--turns {asked.turns}":
            raise UsageError(f"{name} goes with {fits}.", f"Add {fits}, or leave {name} out.")
    if asked.turns == "manual":
        return ByKey()
    if asked.turns == "semantic":
        return SemanticVad(asked.eagerness or "auto")
    idle_s, usual = asked.idle_timeout_s, ServerVad()
    return ServerVad(
        threshold=usual.threshold if asked.threshold is None else asked.threshold,
        prefix_ms=usual.prefix_ms if asked.prefix_ms is None else asked.prefix_ms,
        silence_ms=usual.silence_ms if asked.silence_ms is None else asked.silence_ms,
        idle_timeout_ms=None if idle_s is None else round(idle_s * 1000),
    )


def _options(asked: TalkOptions) -> list[ConfigureOption]:
    options = []
    if asked.noise_reduction:
        options.append(ConfigureOption("--noise-reduction", _NOISE[asked.noise_reduction]))
    if asked.speed is not None:
        options.append(ConfigureOption("--speed", Speed(asked.speed)))
    if asked.effort:
        options.append(ConfigureOption("--effort", ReasoningEffort(asked.effort)))
    if asked.context_limit:
        options.append(ConfigureOption("--context-limit", asked.context_limit))
    return options
