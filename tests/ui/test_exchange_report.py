"""What the report of an exchange adds up."""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.usage import Usage
from s2s.ui.reports.exchange_report import Report


def test_words_that_come_again_count_where_they_are_longer() -> None:
    report = Report()
    for happening in (
        on.UserTranscribed("i", "What"),
        do.ShowText("user", "What", ends=True),
        on.UserTranscribed("i", "What is it?"),
        on.UserTranscribed("i", ""),
    ):
        report.observe(1.0, happening)
    assert report.as_json(None, None)["transcripts"]["user"] == "What is it?"


def test_usage_is_reported_as_the_endpoint_gave_it() -> None:
    report, own = Report(), {"total_tokens": 7, "odd": [1]}
    report.observe(1.0, on.ResponseEnded("r", "completed", usage=Usage(raw=own)))
    report.observe(1.0, on.UserTranscribed("i", "What"))
    assert report.as_json(None, None)["usage"] == {"responses": [own], "transcription": None}
