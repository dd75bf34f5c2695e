"""Which failures may pass, which end a whole run, and how long is waited."""

from __future__ import annotations

import errno

import pytest

from s2s.app.retries import FIRST_WAIT_S, MOST_WAIT_S, ends_the_run, may_pass, wait_s
from s2s.errors import (
    NetworkError,
    RefusedError,
    ResponseError,
    S2SError,
    SoundError,
    UsageError,
    WriteError,
)


def limited(retry_after_s: float | None = None) -> S2SError:
    error = RefusedError("Too many.", code="rate_limited")
    error.retry_after_s = retry_after_s
    return error


@pytest.mark.parametrize(
    "error",
    [
        NetworkError("dropped", code="dropped"),
        NetworkError("unavailable", code="unavailable"),
        NetworkError("silence", code="no_answer"),
        ResponseError("limited", code="rate_limited"),
        ResponseError("broken", code="failed_reply"),
        limited(2.0),
    ],
    ids=lambda error: error.message,
)
def test_what_may_pass_is_tried_again_and_ends_no_run(error: S2SError) -> None:
    assert may_pass(error)
    assert not ends_the_run(error)


@pytest.mark.parametrize("code", ["key", "quota", "unknown_model", "unauthorized", "refused"])
def test_a_refusal_ends_the_run(code: str) -> None:
    assert not may_pass(RefusedError("no", code=code))
    assert ends_the_run(RefusedError("no", code=code))


def test_what_is_wrong_with_one_recording_concerns_no_other() -> None:
    for error in (UsageError("text"), SoundError("zeros"), ResponseError("", code="incomplete")):
        assert not may_pass(error)
        assert not ends_the_run(error)


def test_a_full_disk_ends_the_run_wherever_it_is_noticed() -> None:
    assert ends_the_run(WriteError("full"))
    noticed = UsageError("cannot be created")
    noticed.__cause__ = OSError(errno.ENOSPC, "full")
    assert ends_the_run(noticed)
    noticed.__cause__ = OSError(errno.ENAMETOOLONG, "long")
    assert not ends_the_run(noticed)


def test_an_endpoint_that_asks_for_hours_is_not_waited_for() -> None:
    assert may_pass(limited(3_600.0))
    assert not may_pass(limited(3_601.0))


def test_waits_double_to_a_minute_and_are_spread() -> None:
    error = NetworkError("dropped")
    assert [wait_s(error, made, lambda: 1.0) for made in range(4)] == [1, 2, 4, 8]
    assert wait_s(error, 0, lambda: 0.0) == FIRST_WAIT_S / 2
    assert wait_s(error, 20, lambda: 1.0) == MOST_WAIT_S


def test_what_the_endpoint_asks_for_is_waited_at_least() -> None:
    assert wait_s(limited(7.0), 0, lambda: 0.0) >= 7.0
