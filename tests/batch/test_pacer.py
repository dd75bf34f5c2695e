"""How fast files may begin, for all jobs together: told on a clock that is a number."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from s2s.app.batch.pacer import FIRST_GAP_S, HOPELESS_S, MOST_GAP_S, MOST_WAIT_S, Pacer


def test_nothing_holds_anybody_back_before_a_limit_is_met() -> None:
    pacer = Pacer()
    for _ in range(64):
        assert pacer.wait_s(0.0) == 0.0
        pacer.begin(0.0)


def test_a_limit_holds_everybody_back_until_it_is_over() -> None:
    pacer = Pacer()
    pacer.limited(10.0, 4.0)
    assert pacer.wait_s(11.0) == 3.0
    assert pacer.wait_s(14.0) == 0.0


def test_after_a_limit_files_begin_one_by_one_and_ever_faster() -> None:
    pacer = Pacer()
    pacer.limited(0.0, 1.0)
    pacer.begin(1.0)
    assert pacer.wait_s(1.0) == FIRST_GAP_S
    pacer.replied()
    pacer.begin(2.0)
    assert 0.0 < (pacer.wait_s(2.0) or 0.0) < FIRST_GAP_S
    for _ in range(20):
        pacer.replied()
    pacer.begin(3.0)
    assert pacer.wait_s(3.0) == 0.0


def test_a_limit_that_is_met_again_makes_it_slower_but_not_without_end() -> None:
    pacer = Pacer()
    for _ in range(2):
        pacer.limited(0.0, 0.0)
    pacer.begin(0.0)
    assert pacer.wait_s(0.0) == 2 * FIRST_GAP_S
    for _ in range(20):
        pacer.limited(0.0, 0.0)
    pacer.begin(0.0)
    assert pacer.wait_s(0.0) == MOST_GAP_S


def test_a_limit_that_is_used_up_holds_until_it_is_reset_and_slows_nobody_after_it() -> None:
    pacer = Pacer()
    pacer.exhausted(0.0, 5.0)
    assert pacer.wait_s(0.0) == 5.0
    pacer.begin(5.0)
    assert pacer.wait_s(5.0) == 0.0


def test_an_endpoint_that_is_not_there_is_tried_by_one_job_alone() -> None:
    pacer = Pacer()
    pacer.missed(0.0)
    assert pacer.wait_s(0.5) == 0.5
    pacer.begin(1.0)
    assert pacer.wait_s(1.0) is None, "the others wait for what becomes of it"
    pacer.connected()
    assert pacer.wait_s(1.0) == 0.0


def test_the_waits_for_an_endpoint_double_up_to_a_minute() -> None:
    pacer, now, waits = Pacer(), 0.0, []
    for _ in range(9):
        pacer.missed(now)
        waits.append(pacer.wait_s(now) or 0.0)
        now += waits[-1]
        pacer.begin(now)
    assert waits == [1, 2, 4, 8, 16, 32, MOST_WAIT_S, MOST_WAIT_S, MOST_WAIT_S]


def test_jobs_that_fail_together_count_as_one_miss() -> None:
    pacer = Pacer()
    for _ in range(64):
        pacer.missed(0.0)
    assert pacer.wait_s(0.0) == 1.0


def test_whoever_tries_and_is_cancelled_leaves_it_to_another() -> None:
    pacer = Pacer()
    pacer.missed(0.0)
    pacer.begin(1.0)
    pacer.left()
    assert pacer.wait_s(1.0) == 0.0


def test_half_an_hour_without_a_connection_is_hopeless_and_one_connection_is_hope() -> None:
    pacer = Pacer()
    pacer.missed(0.0)
    pacer.missed(HOPELESS_S)
    assert not pacer.is_hopeless(HOPELESS_S)
    assert pacer.is_hopeless(HOPELESS_S + 1)
    pacer.connected()
    assert not pacer.is_hopeless(HOPELESS_S + 1)


DEEDS = st.sampled_from(["begin", "limited", "exhausted", "missed", "connected", "left", "replied"])


@given(st.lists(st.tuples(DEEDS, st.floats(0, 100))))
def test_whatever_happens_somebody_may_begin_in_the_end(story: list[tuple[str, float]]) -> None:
    pacer, now = Pacer(), 0.0
    for deed, seconds in story:
        now += seconds
        if deed in ("limited", "exhausted"):
            getattr(pacer, deed)(now, seconds)
        elif deed in ("begin", "missed"):
            getattr(pacer, deed)(now)
        else:
            getattr(pacer, deed)()
    pacer.left()
    wait = pacer.wait_s(now)
    assert wait is not None
    assert wait <= 100.0 + 1e-6, "as long as it was told, but for rounding"
    assert pacer.wait_s(now + wait + 1e-6) == 0.0
