"""A session lasts only so long; a conversation goes on over as many of them as it needs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from fault_rules import SLACK_MS, broken_rules
from faulty import ANSWER_MS, BY_KEY, TALK, Case, Outcome, held, question_words

from s2s.conversation.bill import ShowCost
from s2s.conversation.session_config import BargeInMode

TURNS = 5
ALL_ASKED = [question_words(turn) for turn in range(1, TURNS + 1)]


def all_tokens(outcome: Outcome) -> Decimal:
    """Return what the endpoint says that all replies have used."""
    replies = (each["response"] for each in outcome.sent if each["type"] == "response.done")
    return Decimal(sum(each["usage"]["total_tokens"] for each in replies))


def sessions(outcome: Outcome) -> int:
    return sum(each["type"] == "session.created" for each in outcome.sent)


@pytest.mark.parametrize("command", [TALK, BY_KEY])
def test_over_five_walls_that_are_announced_nobody_notices_anything(command: str) -> None:
    case = Case(command, TURNS, reconnect=True, session_s=10.0)
    outcome = held(case)
    assert sessions(outcome) >= 6
    assert broken_rules(case, outcome) == []
    assert outcome.asked == ALL_ASKED, "one transcript"
    assert min(outcome.saved_ms) >= ANSWER_MS - SLACK_MS, "one recording"
    assert outcome.cost == ShowCost(all_tokens(outcome) / 1_000_000), "one bill"
    assert not any(each["type"] == "error" for each in outcome.sent), "no session came to its end"
    assert "onnect" not in outcome.out.replace("Connecting.", "", 1) + outcome.err


@pytest.mark.parametrize("mode", ["confirm", "never"])
@pytest.mark.parametrize(
    "fault", [None, {"after_s": 1.3, "do": "reset"}], ids=["walls", "a cut too"]
)
def test_each_session_is_asked_anew_who_decides_what_is_said_over_a_reply(
    mode: BargeInMode, fault: dict[str, Any] | None
) -> None:
    case = Case(TALK, TURNS, fault, reconnect=True, session_s=10.0, barge_in=mode)
    outcome = held(case)
    assert sessions(outcome) >= 6
    assert broken_rules(case, outcome) == []
    assert outcome.asked == ALL_ASKED
    asked: list[list[bool]] = []  # of each session: does the endpoint decide
    replies = 0
    for each in outcome.sent:
        if each["type"] == "session.created":
            asked.append([])
        elif each["type"] == "session.updated":
            detection = each["session"]["audio"]["input"]["turn_detection"]
            asked[-1].append(detection["create_response"])
        elif each["type"] == "response.created":
            replies += 1
    assert all(each[0] for each in asked if each), "as the first one was"
    assert sum(not all(each) for each in asked) >= replies >= TURNS, "while each reply sounded"


@pytest.mark.parametrize("command", [TALK, BY_KEY])
@pytest.mark.parametrize(
    "end", [{"error": "session_expired"}, {"do": "close", "code": 1001}], ids=["expired", "closed"]
)
def test_limits_that_nobody_announced_are_met_after_the_fact(
    command: str, end: dict[str, str]
) -> None:
    case = Case(command, TURNS, {"after_s": 6.1, "connection": 0, **end}, reconnect=True)
    outcome = held(case)
    assert sessions(outcome) >= 5
    assert broken_rules(case, outcome) == []
    assert outcome.asked == ALL_ASKED, "one transcript"
    assert min(outcome.saved_ms) >= ANSWER_MS - SLACK_MS, "one recording"
    assert outcome.cost == ShowCost(all_tokens(outcome) / 1_000_000), "one bill"
    assert outcome.out.count("Connected again") + outcome.err.count("Connected again") >= 4


def test_without_reconnection_a_session_that_has_lasted_as_long_as_it_may_ends_it() -> None:
    outcome = held(Case(TALK, TURNS, session_s=10.0))
    assert outcome.status == 5
    assert "maximum duration of 10 seconds" in outcome.told
