"""What an endpoint's complaint means: the error, its sentence, its remedy."""

from __future__ import annotations

import pytest
from complaints import complaint, hung_up

from s2s.config.hints import HINTS
from s2s.conversation.causes import Cause
from s2s.conversation.events import ConnectionLost, ErrorReported, SendingStalled
from s2s.conversation.refusals import (
    hinted_wait_s,
    is_fatal,
    loss,
    refusal,
    remedy,
    silence,
    stall,
)
from s2s.errors import NetworkError, RefusedError, ResponseError


def test_an_error_is_known_by_its_code_or_else_by_its_kind() -> None:
    for error in (
        complaint("invalid_request_error", "model_not_found", "No such model"),
        complaint("model_not_found", "", "No such model"),
    ):
        told = refusal(error, "talking")
        assert isinstance(told, RefusedError)
        assert str(told) == "The endpoint refused: No such model."
        assert HINTS[told.code] == "Name a model this key may use with --model or MODEL."


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (complaint("kind", "a_code", "The words"), "The words."),
        (complaint("kind", "a_code", ""), "a_code."),
        (complaint("kind", "", ""), "kind."),
        (complaint("", "", ""), "no reason given."),
        (complaint("", "", " Stop! "), "Stop!"),
        (complaint("", "", "Is it you?"), "Is it you?"),
        (complaint("", "", "It is."), "It is."),
    ],
)
def test_the_best_words_there_are_end_a_sentence_once(error: ErrorReported, said: str) -> None:
    told = refusal(error, "uploading")
    assert isinstance(told, ResponseError)
    assert str(told) == f"The endpoint reported an error while uploading: {said}"
    assert HINTS.get(told.code, told.hint)


def test_a_session_that_ran_out_is_no_refusal() -> None:
    for error in (
        complaint("", "session_expired", ""),
        complaint("session_expired", "", ""),
    ):
        told = refusal(error, "talking")
        assert isinstance(told, NetworkError)
        assert str(told) == "The session ended: session_expired."
        assert is_fatal(error)


def test_before_a_session_stands_a_broken_server_is_told_from_one_that_refuses() -> None:
    broken = refusal(complaint("server_error", "", "Oh"), "connecting")
    refused = refusal(complaint("", "", "No"), "connecting")
    later = refusal(complaint("server_error", "", "Oh"), "talking")
    assert isinstance(broken, NetworkError)
    assert str(broken) == "The endpoint cannot open a session: Oh."
    assert isinstance(refused, RefusedError)
    assert str(refused) == "The endpoint refused the session: No."
    assert isinstance(later, ResponseError)


def test_a_rejected_setting_is_named_where_the_endpoint_names_it() -> None:
    named = refusal(complaint("", "", "No", "session.audio.output.voice"), "configuring")
    nameless = refusal(complaint("", "", "No"), "configuring")
    assert isinstance(named, RefusedError)
    assert str(named) == (
        "The endpoint rejected the session's settings (session.audio.output.voice): No."
    )
    assert str(nameless) == "The endpoint rejected the session's settings: No."


@pytest.mark.parametrize("code", ["rate_limit_exceeded", "inference_rate_limit_exceeded"])
def test_a_rate_limit_is_told_as_one(code: str) -> None:
    told = refusal(complaint("", code, "Slow down"), "asking")
    assert isinstance(told, ResponseError)
    assert str(told) == "Rate limited: Slow down."
    assert HINTS.get(told.code, told.hint)


@pytest.mark.parametrize("code", [3000, 4000, 4004])
def test_a_connection_closed_at_the_door_is_a_refusal_by_these_close_codes(code: int) -> None:
    told = loss(hung_up(code, ""), "connecting")
    assert isinstance(told, RefusedError)
    assert str(told) == f"The endpoint refused the session: close code {code}."
    assert isinstance(loss(hung_up(code, ""), "talking"), NetworkError)


def test_or_by_a_code_that_ends_the_reason() -> None:
    told = loss(hung_up(1000, "invalid_request_error.tokens.invalid_api_key"), "connecting")
    assert isinstance(told, RefusedError)
    assert str(told) == ("The endpoint refused: invalid_request_error.tokens.invalid_api_key.")
    assert HINTS[told.code] == "Check OPENAI_API_KEY (or S2S_API_KEY) in your .env."


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        (hung_up(1006, "gone"), " (close code 1006, gone)"),
        (hung_up(1006, ""), " (close code 1006)"),
        (hung_up(0, "gone"), " (gone)"),
        (hung_up(0, ""), ""),
    ],
)
def test_a_lost_connection_tells_what_is_known_of_its_end(lost: ConnectionLost, told: str) -> None:
    error = loss(lost, "talking")
    assert isinstance(error, NetworkError)
    assert str(error) == f"The connection was lost while talking{told}."


def test_silence_tells_what_is_missing_or_else_what_was_done() -> None:
    assert str(silence(5, "asking")) == (
        "No answer from the endpoint for 5 s while waiting for the reply."
    )
    assert str(silence(2.5, missing="a transcript")) == (
        "No answer from the endpoint for 2.5 s while waiting for a transcript."
    )


def test_a_network_that_takes_nothing_is_told_in_seconds() -> None:
    told = stall(SendingStalled(9600))
    assert isinstance(told, NetworkError)
    assert str(told) == "The network has taken nothing for 10 s of your voice."
    assert HINTS.get(told.code, told.hint)


def test_an_unknown_complaint_has_no_remedy_rather_than_a_wrong_one() -> None:
    assert remedy(Cause.UNKNOWN) == ""
    assert remedy(Cause.QUOTA) != remedy(Cause.UNKNOWN_MODEL) != ""


@pytest.mark.parametrize(
    ("message", "wait_s"),
    [
        ("Please try again in 1m12.5s.", 72.5),
        ("Please try again in 20ms.", 0.02),
        ("Retry after 1 hour 5 min", 3900),
        ("retry in 3 parsecs", None),
        ("try again later", None),
    ],
)
def test_the_wait_that_a_rate_limit_asks_for_is_read(message: str, wait_s: float | None) -> None:
    assert hinted_wait_s(message) == (None if wait_s is None else pytest.approx(wait_s))
