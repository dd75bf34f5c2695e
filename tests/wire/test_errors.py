"""What an endpoint complains of is read in whichever shape it comes, and shown in its own words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s2s.conversation import events as on
from s2s.conversation.refusals import remedy
from s2s.wire.realtime.decoder import decode
from s2s.wire.realtime.errors import complaint_in

WORDS = "CUDA out of memory"


@pytest.mark.parametrize(
    "event",
    [
        {"error": {"type": "server_error", "message": WORDS}},
        {"error": WORDS, "code": "processing_error"},
        {"message": WORDS},
        {"error": None, "message": WORDS},
        {"error": {"message": {"detail": WORDS}}},
        {"error": {"error": {"message": WORDS}}},
        {"error": {"detail": WORDS}},
        {"error": {"code": 500}, "message": WORDS},
        {"error": [{"message": WORDS}]},
        {"detail": WORDS},
        {"detail": [{"loc": ["body"], "msg": WORDS}]},
        {"errors": [WORDS, "and more"]},
    ],
)
def test_the_endpoints_own_words_are_read_in_every_shape(event: dict[str, Any]) -> None:
    reported = decode(json.dumps({"type": "error", **event}))
    assert isinstance(reported, on.ErrorReported)
    assert reported.message == WORDS


def test_codes_are_read_beside_the_words_and_as_numbers() -> None:
    assert decode('{"type": "error", "error": "x", "code": "busy"}') == on.ErrorReported(
        "", "busy", "x"
    )
    assert decode('{"type": "error", "error": {"code": 429}}') == on.ErrorReported("", "429", "")


@pytest.mark.parametrize(
    "error", [WORDS, {"message": WORDS}, {"type": "server_error", "msg": WORDS}]
)
def test_a_failed_response_says_why_in_every_shape(error: Any) -> None:
    response = {"id": "r", "status": "failed", "status_details": {"error": error}}
    ended = decode(json.dumps({"type": "response.done", "response": response}))
    assert isinstance(ended, on.ResponseEnded)
    assert ended.message == WORDS


def test_usage_beside_the_response_is_read() -> None:
    usage = {"input_tokens": 3}
    event = {"type": "response.done", "response": {"id": "r"}, "usage": usage}
    ended = decode(json.dumps(event))
    assert isinstance(ended, on.ResponseEnded)
    assert ended.usage == usage


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b'{"error": {"code": "model_not_found", "message": "No such model"}}',
         "model_not_found", "No such model"),
        (b'{"detail": "Model x is not here"}', "", "Model x is not here"),
        (b"plain words", "", "plain words"),
        (b'["a", "b"]', "", "a"),
        (b"[" * 100_000, "", "[" * 2_000),
        (b"", "", ""),
    ],
)  # fmt: skip
def test_the_body_of_a_refusal_is_read(body: bytes, code: str, message: str) -> None:
    read = complaint_in(body)
    assert (read.code, read.message) == (code, message)


def test_a_complaint_steers_no_terminal_and_holds_no_key() -> None:
    read = complaint_in(b'{"error": "\\u001b[2J Incorrect key sk-abcdefgh"}')
    assert read.message == r"\x1b[2J Incorrect key ***"


@pytest.mark.parametrize(
    ("code", "said", "word"),
    [
        ("model_not_found", "", "--model"),
        ("", "The model `x` does not exist", "--model"),
        ("", "Incorrect API key provided", "OPENAI_API_KEY"),
        ("", "You exceeded your current quota", "credit"),
    ],
)
def test_a_refusal_is_known_by_its_code_or_by_what_it_speaks_of(
    code: str, said: str, word: str
) -> None:
    assert word in remedy(code, said)


def test_a_refusal_that_speaks_of_something_else_has_no_remedy_of_ours() -> None:
    assert remedy("", "Upgrade required") == ""
