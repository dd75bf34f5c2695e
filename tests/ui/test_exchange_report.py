"""What the report of an exchange adds up."""

from __future__ import annotations

from decimal import Decimal

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.usage import Usage
from s2s.ui.reports.exchange_report import ExchangeReport


def test_words_that_come_again_count_where_they_are_longer() -> None:
    report = ExchangeReport()
    for happening in (
        on.UserTranscribed("i", "What"),
        do.ShowText("user", "What", ends=True),
        on.UserTranscribed("i", "What is it?"),
        on.UserTranscribed("i", ""),
    ):
        report.observe(1.0, happening)
    assert report.as_json(None, None)["transcripts"]["user"] == "What is it?"


def test_usage_is_reported_as_the_endpoint_gave_it() -> None:
    report, own = ExchangeReport(), {"total_tokens": 7, "odd": [1]}
    report.observe(1.0, on.ResponseEnded("r", "completed", usage=Usage(raw=own)))
    report.observe(1.0, on.UserTranscribed("i", "What"))
    assert report.as_json(None, None)["usage"] == {"responses": [own], "transcription": None}


def test_what_it_costs_is_null_where_something_has_no_price() -> None:
    report = ExchangeReport()
    assert report.as_json(None, None)["cost"] == 0
    report.observe(1.0, do.ShowCost(Decimal("0.0072056")))
    shown = report.as_json(None, None)
    assert shown["cost"] == 0.0072056
    assert shown["cost_details"] == {"known": 0.0072056, "unpriced": []}
    report.observe(2.0, do.ShowCost(Decimal("0.5"), ("x has no price",)))
    shown = report.as_json(None, None)
    assert shown["cost"] is None
    assert shown["cost_details"] == {"known": 0.5, "unpriced": ["x has no price"]}


def test_a_reply_that_was_used_says_what_it_cost() -> None:
    report = ExchangeReport()
    report.observe(1.0, on.ResponseEnded("r", "completed", usage=Usage(raw={"t": 1})))
    report.observe(1.0, do.ShowCost(Decimal("0.0072056")))
    assert ", $0.0072 (" in report.summary()
