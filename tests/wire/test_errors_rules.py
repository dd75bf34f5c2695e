"""Where an endpoint's words, codes and remedies are looked for, and what becomes of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s2s.conversation.causes import Cause
from s2s.wire.realtime.errors import (
    CAUSES,
    Complaint,
    cause_in_words,
    cause_of_close,
    complaint,
    complaint_in,
)


@pytest.mark.parametrize(
    ("event", "meant"),
    [
        (
            {"type": "error", "error": {"type": "t", "code": "c", "message": "m", "param": "p"}},
            Complaint("t", "c", "m", "p"),
        ),
        ({"error": {"event_id": "s2s_1.X"}}, Complaint(about="s2s_1.X")),
        ({"type": "error", "code": "c"}, Complaint(code="c")),
        ({"type": "oops", "message": "m"}, Complaint(kind="oops", message="m")),
        ({"type": "oops", "error": {"type": "inner"}}, Complaint(kind="inner")),
        ({"code": "outer", "error": {"code": "inner"}}, Complaint(code="inner")),
        ({"error": {"code": None}, "code": "outer"}, Complaint(code="outer")),
        ({"error": {"code": 0}}, Complaint(code="0")),
        ({"error": {"code": True, "type": 1.5, "param": []}}, Complaint()),
        ({"message": "outer", "error": {"message": "inner"}}, Complaint(message="inner")),
        ({}, Complaint()),
    ],
)
def test_each_word_of_a_complaint_is_looked_for_in_it_and_then_beside_it(
    event: dict[str, Any], meant: Complaint
) -> None:
    assert complaint(event) == meant


USUAL = ("message", "detail", "details", "error", "errors", "msg", "reason", "description")


@pytest.mark.parametrize("place", USUAL)
def test_the_message_is_found_in_any_of_its_usual_places(place: str) -> None:
    assert complaint({"error": {place: "Out of memory"}}).message == "Out of memory"
    assert complaint({"error": {place: [{"msg": "Out of memory"}]}}).message == "Out of memory"


def test_of_two_places_the_more_usual_one_counts_and_an_empty_one_is_passed_over() -> None:
    both = dict.fromkeys(reversed(USUAL), "")
    for place in reversed(USUAL):
        both[place] = f"from {place}"
        assert complaint({"error": both}).message == f"from {place}"
    assert complaint({"error": ["", {"message": ""}, "Third"]}).message == "Third"


def test_words_that_lie_deeper_than_anybody_puts_them_are_not_looked_for() -> None:
    def nested(depth: int, *, in_lists: bool) -> Any:
        value: Any = "words"
        for _ in range(depth):
            value = [value] if in_lists else {"error": value}
        return value

    for in_lists in (True, False):
        assert complaint({"error": nested(4, in_lists=in_lists)}).message == "words"
        assert complaint({"error": nested(5, in_lists=in_lists)}).message == ""


def test_a_message_is_one_line_that_is_not_endless() -> None:
    assert complaint({"error": "two\n lines,\tand\u202e tricks"}).message == (
        r"two lines, and\u202e tricks"
    )
    assert complaint({"error": "x" * 2_001}).message == "x" * 2_000


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        (b'{"error": {"code": "c"}}', Complaint(code="c")),
        (b'{"error": {"type": "t", "message": "m"}}', Complaint("t", "", "m")),
        (b'{"status": 404}', Complaint(message='{"status": 404}')),  # better than nothing
        (b'{"error": {"type": "t"}}', Complaint(message='{"error": {"type": "t"}}')),
        (b'"Just words"', Complaint(message="Just words")),
        (b"404", Complaint(message="404")),
        (b"caf\xe9", Complaint(message="caf\ufffd")),
        (b"<h1>\n No </h1>", Complaint(message="<h1> No </h1>")),
    ],
)
def test_whatever_the_body_of_a_refusal_is_something_of_it_is_told(
    body: bytes, meant: Complaint
) -> None:
    assert complaint_in(body) == meant


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("You exceeded your QUOTA", Cause.QUOTA),
        ("no credit left", Cause.QUOTA),
        ("Billing is off", Cause.QUOTA),
        ("payment required", Cause.QUOTA),
        ("Insufficient funds", Cause.QUOTA),
        ("Incorrect API key", Cause.KEY),
        ("api_keys are wanted", Cause.KEY),
        ("unauthorized", Cause.KEY),
        ("Unauthorised", Cause.KEY),
        ("authentication failed", Cause.KEY),
        ("bad access token", Cause.KEY),
        ("No such model", Cause.UNKNOWN_MODEL),
        ("the models are gone", Cause.UNKNOWN_MODEL),
        ("The deployment does not exist", Cause.UNKNOWN_MODEL),
        ("DEPLOYMENTS", Cause.UNKNOWN_MODEL),
        ("remodelled", Cause.UNKNOWN),  # a word of its own
        ("the mapikey", Cause.UNKNOWN),
        ("No quota left for this model", Cause.QUOTA),  # rather than the model
        ("", Cause.UNKNOWN),
    ],
)
def test_what_a_refusal_without_a_code_speaks_of_is_known_by_its_words(
    said: str, cause: Cause
) -> None:
    assert cause_in_words(said) is cause


@pytest.mark.parametrize("code", sorted(CAUSES))
def test_a_code_means_the_same_wherever_an_endpoint_puts_it(code: str) -> None:
    assert complaint({"error": {"code": code}}).cause is CAUSES[code]
    assert complaint({"error": {"type": code}}).cause is CAUSES[code]
    assert complaint({"error": {"type": code, "code": "brand_new"}}).cause is CAUSES[code]
    assert cause_of_close(4000, code) is CAUSES[code]
    assert cause_of_close(None, f"invalid_request_error.{code}") is CAUSES[code]


def test_a_code_counts_for_more_than_a_type() -> None:
    both = {"type": "server_error", "code": "session_expired"}
    assert complaint({"error": both}).cause is Cause.EXPIRED


def test_only_these_close_codes_are_refusals_and_only_without_a_code_that_is_known() -> None:
    refusing = [code for code in range(1000, 5000) if cause_of_close(code, "x") is Cause.REFUSED]
    assert refusing == [3000, 4000, 4004]


def test_the_order_that_a_complaint_is_about_is_what_follows_the_first_dot() -> None:
    for about, order in (("s2s_12.ConfigureOption.speed", "ConfigureOption.speed"), ("x", "")):
        assert complaint(json.loads(f'{{"error": {{"event_id": "{about}"}}}}')).order == order
