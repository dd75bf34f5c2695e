"""What an endpoint complains of is read in whichever shape it comes, and shown in its own words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.refusals import remedy
from s2s.conversation.usage import Tokens, Usage
from s2s.wire.realtime.decoder import decode
from s2s.wire.realtime.encoder import Encoder
from s2s.wire.realtime.errors import Complaint, cause_in_words, cause_of_close, complaint_in
from s2s.wire.remedies import REMEDIES

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
    assert ended.usage == Usage(Tokens(3), raw=usage)


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
    causes = (Complaint(code=code).cause, cause_in_words(said))
    assert word in "".join(REMEDIES.get(cause) or remedy(cause) for cause in causes)


def test_a_refusal_that_speaks_of_something_else_has_no_remedy_of_ours() -> None:
    assert remedy(cause_in_words("Upgrade required")) == ""


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ({"code": "invalid_api_key"}, Cause.KEY),
        ({"type": "insufficient_quota", "code": "some_new_code"}, Cause.QUOTA),
        ({"type": "invalid_request_error", "code": "session_expired"}, Cause.EXPIRED),
        ({"type": "server_error"}, Cause.SERVER),
        ({"code": "inference_rate_limit_exceeded"}, Cause.RATE_LIMIT),
        ({"code": "conversation_already_has_active_response"}, Cause.BUSY),
        ({"code": "invalid_value", "message": "it is already shorter than 2ms"}, Cause.CROSSED),
        ({"type": "invalid_request_error", "code": "unknown_parameter"}, Cause.UNKNOWN),
    ],
)
def test_what_a_complaint_is_about_is_told_by_its_code_or_its_type(
    error: dict[str, str], cause: Cause
) -> None:
    reported = decode(json.dumps({"type": "error", "error": error}))
    assert isinstance(reported, on.ErrorReported)
    assert reported.cause is cause


def test_the_end_of_a_response_tells_what_its_code_is_about() -> None:
    failed = {"status": "failed", "status_details": {"error": {"code": "rate_limit_exceeded"}}}
    cancelled = {"status": "cancelled", "status_details": {"reason": "turn_detected"}}
    for response, cause in ((failed, Cause.RATE_LIMIT), (cancelled, Cause.INTERRUPTED)):
        ended = decode(json.dumps({"type": "response.done", "response": response}))
        assert isinstance(ended, on.ResponseEnded)
        assert ended.cause is cause


@pytest.mark.parametrize(
    ("code", "reason", "cause"),
    [
        (3000, "invalid_request_error.invalid_api_key", Cause.KEY),
        (1008, "model_not_found", Cause.UNKNOWN_MODEL),
        (4004, "", Cause.REFUSED),
        (1011, "oops", Cause.UNKNOWN),
        (None, "", Cause.UNKNOWN),
    ],
)
def test_a_connection_may_be_closed_with_a_refusal(
    code: int | None, reason: str, cause: Cause
) -> None:
    assert cause_of_close(code, reason) is cause


@pytest.mark.parametrize(
    "order", [do.CommitAudio(), do.CreateResponse(), do.TruncateItem("i", 0, 1)]
)
def test_an_error_tells_which_order_it_answers(order: do.Command) -> None:
    sent = json.loads(Encoder().encode(order) or "")
    error = {"type": "error", "error": {"message": "No.", "event_id": sent["event_id"]}}
    reported = decode(json.dumps(error))
    assert isinstance(reported, on.ErrorReported)
    assert (reported.order, reported.about) == (do.purpose(order), sent["event_id"])


def test_an_error_that_answers_no_order_of_ours_tells_none() -> None:
    for about in ("", "evt_7", None, 3):
        reported = decode(json.dumps({"type": "error", "error": {"event_id": about}}))
        assert isinstance(reported, on.ErrorReported)
        assert reported.order == ""
