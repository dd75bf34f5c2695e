"""The API's words stand in the wire and in the endpoint on this machine; flags, at the edges."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from s2s.config.hints import HINTS
from s2s.conversation.causes import Cause
from s2s.wire.realtime.errors import CAUSES

S2S = Path(__file__).parents[1] / "s2s"
SPEAK_IT = ("wire", "local", "testing")

EVENTS = re.compile(
    r"\b(session|input_audio_buffer|output_audio_buffer|conversation\.item|response|rate_limits)"
    r"\.[a-z_]+"
)
FIELDS = {
    *("turn_detection", "server_vad", "semantic_vad", "prefix_padding_ms", "silence_duration_ms"),
    *("idle_timeout_ms", "create_response", "interrupt_response", "noise_reduction", "near_field"),
    *("far_field", "output_modalities", "event_id", "previous_item_id", "audio_end_ms"),
    *("input_tokens", "output_tokens", "input_token_details", "output_token_details"),
    *("status_details", "function_call", "function_call_output"),
    *("mcp_approval_request", "mcp_approval_response"),
    *("session.type", "input_audio", "input_text", "output_audio", "reset_seconds", "in_progress"),
}
SETTINGS = re.compile(
    r"(?<![\w-])--?[a-z][a-z-]*\b|\b[A-Z]+_[A-Z_]+\b|\bMODEL\b|\.env\b|\bpress [a-z]\b"
)


def strings(source: str) -> Iterator[tuple[int, str]]:
    """Give every string of a program that is no documentation, and its line."""
    tree = ast.parse(source)
    told = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for each in ast.walk(tree):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in told:
            yield each.lineno, each.value


def of_the_wire(text: str) -> bool:
    return bool(EVENTS.search(text)) or text in FIELDS or text in CAUSES


def of_a_setting(text: str) -> bool:
    return bool(SETTINGS.search(text))


def found(files: Iterator[Path], unwanted: Callable[[str], bool]) -> list[str]:
    """Return where an unwanted string stands."""
    return [
        f"{path.relative_to(S2S.parent)}:{line}: {text}"
        for path in sorted(files)
        for line, text in strings(path.read_text(encoding="utf-8"))
        if unwanted(text)
    ]


def test_the_apis_words_stand_in_the_wire_and_in_the_endpoint_of_this_machine_only() -> None:
    others = (each for each in S2S.rglob("*.py") if each.relative_to(S2S).parts[0] not in SPEAK_IT)
    assert found(others, of_the_wire) == []


def test_no_rule_names_a_flag_a_variable_or_a_key() -> None:
    assert found((S2S / "conversation").rglob("*.py"), of_a_setting) == []


@pytest.mark.parametrize(
    "line",
    [
        'send({"type": "session.update"})',
        'if error.code == "conversation_already_has_active_response": ...',
        'usage.get("input_tokens")',
        'detection = {"type": "server_vad"}',
        'kind.startswith("response.output_audio.delta")',
        'f"{name} response.done"',
    ],
)
def test_the_check_finds_a_word_of_the_api(line: str) -> None:
    assert any(of_the_wire(text) for _, text in strings(line))


@pytest.mark.parametrize(
    "hint",
    [
        "Allow more time with --timeout.",
        "Run with -v for more.",
        "Check OPENAI_API_KEY.",
        "Name it in MODEL.",
        "Put it into your .env.",
        "Muted until you press m.",
    ],
)
def test_the_check_finds_a_setting(hint: str) -> None:
    assert of_a_setting(hint)


def test_plain_words_are_none_of_them() -> None:
    text = "The session's response was to come - half-heard, well-known; 24 kHz PCM, GA only."
    assert not of_the_wire(text)
    assert not of_a_setting(text)


def test_every_hint_of_an_edge_is_for_a_code_that_the_rules_raise() -> None:
    raised = {cause.code for cause in Cause}
    for path in (S2S / "conversation").rglob("*.py"):
        raised |= {text for _, text in strings(path.read_text(encoding="utf-8"))}
    assert set(HINTS) <= raised
