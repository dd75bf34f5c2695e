"""Models with an announced end are told of, with the day and the successor."""

from __future__ import annotations

from datetime import date

from s2s.wire.models import DEFAULT_MODEL, SHUTDOWNS, TRANSCRIPTION_MODELS, shutdown_warning


def test_an_announced_end_is_told_with_day_and_successor() -> None:
    told = shutdown_warning("gpt-realtime", date(2026, 11, 23))
    assert told == "gpt-realtime shuts down on 2027-01-20; its successor is gpt-realtime-2.1."
    assert "was to shut down" in shutdown_warning("gpt-realtime", date(2027, 3, 1))


def test_what_we_choose_ourselves_has_no_announced_end() -> None:
    assert shutdown_warning(DEFAULT_MODEL, date(2026, 11, 23)) == ""
    assert shutdown_warning(TRANSCRIPTION_MODELS[0], date(2026, 11, 23)) == ""


def test_no_successor_is_itself_going_away() -> None:
    assert not {successor for _, successor in SHUTDOWNS.values()} & set(SHUTDOWNS)
