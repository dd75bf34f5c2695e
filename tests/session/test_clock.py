"""Every wait of a session is on its own clock: what is slow takes no time to prove."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, cast

import pytest
from manual_clock import ManualClock
from websockets.asyncio.client import ClientConnection
from websockets.frames import CloseCode

from s2s.session.timers import alarm
from s2s.wire.transport import LIVE_PING_EVERY_S, WebSocketTransport


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 30))


def test_an_alarm_rings_when_the_work_is_slow_and_lets_it_go_on() -> None:
    async def go() -> None:
        clock, rung, done = ManualClock(), list[float](), asyncio.Event()

        async def work() -> None:
            with alarm(clock, 30.0, lambda: rung.append(clock.now())):
                await done.wait()

        working = asyncio.create_task(work())
        await clock.advance(29.9)
        assert rung == []
        await clock.advance(10)
        assert rung == [30.0]
        done.set()
        await working

    run(go())


def test_an_alarm_is_silent_when_the_work_is_done_in_time() -> None:
    async def go() -> None:
        clock, rung = ManualClock(), list[float]()
        with alarm(clock, 30.0, lambda: rung.append(clock.now())):
            await clock.advance(29.0)
        await clock.advance(60)
        assert rung == []

    run(go())


class Line:
    """The socket of a peer that answers pings for as long as it is let."""

    close_code, close_reason = CloseCode.ABNORMAL_CLOSURE, ""

    def __init__(self) -> None:
        self.answers, self.aborted = True, False
        self.pings = 0

    @property
    def transport(self) -> Line:
        return self

    def abort(self) -> None:
        self.aborted = True

    async def ping(self) -> asyncio.Future[float]:
        self.pings += 1
        pong: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        if self.answers:
            pong.set_result(0.0)
        return pong

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("dead_s", [5.0, 30.0])
def test_a_line_on_which_nothing_answers_is_lost_after_that_time(dead_s: float) -> None:
    async def go() -> None:
        clock, line = ManualClock(), Line()
        transport = WebSocketTransport(cast(ClientConnection, line))
        transport.watch(dead_s, clock)
        await clock.advance(5 * LIVE_PING_EVERY_S)
        assert (line.pings, line.aborted) == (5, False)
        line.answers = False
        await clock.advance(dead_s - 0.1)
        assert not line.aborted, "the last pong is not that old"
        await clock.advance(0.2)
        assert line.aborted
        assert "does not answer" in transport.lost.reason
        await transport.close()

    run(go())


def test_a_message_is_a_sign_of_life_where_a_pong_is_late() -> None:
    class Talkative(Line):
        def __init__(self) -> None:
            super().__init__()
            self.answers = False
            self.says: asyncio.Queue[str] = asyncio.Queue()

        async def recv(self) -> str:
            return await self.says.get()

    async def go() -> None:
        clock, line = ManualClock(), Talkative()
        transport = WebSocketTransport(cast(ClientConnection, line))
        transport.watch(5.0, clock)

        async def read() -> None:
            async for _ in transport.messages():
                pass

        reading = asyncio.create_task(read())
        for _ in range(10):
            line.says.put_nowait("{}")
            await clock.advance(4.0)
        assert not line.aborted
        await clock.advance(1.1)
        assert line.aborted
        reading.cancel()
        await transport.close()

    run(go())


class StoppedClock(ManualClock):
    """A clock on which a sleeper wakes late, as after a stop of the whole program."""

    late_s = stopped_s = 0.0

    def now(self) -> float:
        return super().now() + self.stopped_s

    async def sleep_until(self, when: float) -> None:
        await super().sleep_until(when - self.stopped_s)
        self.stopped_s += self.late_s
        self.late_s = 0.0


def test_a_program_that_stood_still_for_a_minute_has_lost_its_line() -> None:
    async def go() -> None:
        clock, line = StoppedClock(), Line()
        transport = WebSocketTransport(cast(ClientConnection, line))
        transport.watch(5.0, clock)
        clock.late_s = 4.0
        await clock.advance(4.0)
        assert not line.aborted, "a short stop is none"
        clock.late_s = 60.0
        await clock.advance(4.0)
        assert line.aborted
        await transport.close()

    run(go())
