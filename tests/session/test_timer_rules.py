"""Timers of a session: the network goes before them, and nobody stays asleep for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from manual_clock import ManualClock
from test_exchange_loop import LeapingClock

from s2s.conversation import events as on
from s2s.session.timers import Timers


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def asleep() -> int:
    """How many tasks there are beside the one of the test."""
    return len(asyncio.all_tasks()) - 1


@pytest.mark.parametrize("what", ["moved", "cancelled"])
def test_a_timer_that_is_moved_in_the_last_moment_does_not_fire_in_it(what: str) -> None:
    """It is over, and what the socket holds at the same moment moves or cancels it."""

    async def go() -> None:
        clock, fired = LeapingClock(), list[on.Event]()
        timers = Timers(clock, fired.append)
        moves: dict[str, Callable[[], None]] = {
            "moved": lambda: timers.start("answer", 1000),
            "cancelled": lambda: timers.cancel("answer"),
        }

        async def network() -> None:
            await clock.sleep_until(1.0)
            for _ in range(3):  # turns of the loop, until it is read
                await asyncio.sleep(0)
            moves[what]()

        async def leap(seconds: float) -> None:
            clock.leap(seconds)
            for _ in range(30):
                await asyncio.sleep(0)

        timers.start("answer", 1000)
        reading = asyncio.create_task(network())
        await asyncio.sleep(0)
        await leap(1.0)
        await reading
        assert fired == []
        await leap(1.1)
        assert fired == ([on.TimerFired("answer")] if what == "moved" else [])
        timers.start("answer", 1000)
        await asyncio.sleep(0)
        await leap(1.1)
        assert fired[-1:] == [on.TimerFired("answer")], "and it can be started again"
        assert asleep() == 0

    run(go())


def test_nobody_sleeps_on_for_a_timer_that_was_brought_forward() -> None:
    async def go() -> None:
        clock, fired = ManualClock(), list[on.Event]()
        timers = Timers(clock, fired.append)
        timers.start("a", 5000)
        await clock.advance(0.1)
        timers.start("a", 100)
        await clock.advance(1)
        assert fired == [on.TimerFired("a")]
        assert asleep() == 0

    run(go())


def test_timers_that_are_all_cancelled_fire_no_more_and_leave_nobody_asleep() -> None:
    async def go() -> None:
        clock, fired = ManualClock(), list[on.Event]()
        timers = Timers(clock, fired.append)
        timers.start("a", 1000)
        timers.start("b", 2000)
        await clock.advance(0.1)
        timers.cancel_all()
        await clock.advance(0.1)
        assert asleep() == 0
        await clock.advance(10)
        assert fired == []

    run(go())
