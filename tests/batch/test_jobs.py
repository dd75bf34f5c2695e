"""Jobs on a clock turned by hand: what one meets concerns all, and what is tried again when."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from batches import Watched, questions
from manual_clock import ManualClock

from s2s.app.batch.attempt import Attempt
from s2s.app.batch.carrier import Carrier
from s2s.app.batch.committing import Committer
from s2s.app.batch.expecting import Expectation
from s2s.app.batch.inputs import gather
from s2s.app.batch.jobs import Jobs
from s2s.app.batch.output import Output
from s2s.app.batch.plan import Plan
from s2s.app.batch.preparing import Preparation, Ready
from s2s.app.batch.sending import nobody
from s2s.app.batch.shared import Batch, Stop
from s2s.app.outcome import Memory
from s2s.conversation import events as on
from s2s.errors import NetworkError, RefusedError, S2SError
from s2s.session.link import Link
from s2s.wire.realtime.codec import RealtimeCodec
from s2s.wire.transport import Transport

Send = Callable[[int, Attempt], Awaitable[None]]


async def never() -> Transport:
    raise AssertionError("nothing connects here")


class Lasting(Carrier):
    """A connection that every file could be forgotten of."""

    used = False

    @property
    def is_fresh(self) -> bool:
        return not self.used

    async def clear(self, also: Callable[[float, on.Event], None]) -> None:
        self.used = True

    async def close(self) -> None:
        self.used = False
        await super().close()


class Told:
    """What is sent, and when; `send` says what becomes of it."""

    def __init__(self, folder: Path, count: int, send: Send, *, retries: int = 3) -> None:
        self.clock = ManualClock()
        self.began: list[tuple[int, float]] = []
        self.watch = Watched()
        inputs = gather(
            (str(questions(folder, count)),), null_separated=False, output=None, warn=print
        )

        async def exchange(
            ready: Ready,
            carrier: Carrier,
            attempt: Attempt,
            sink: Output | Memory | None,
            index: int,
        ) -> None:
            self.began.append((index, self.clock.now()))
            await send(index, attempt)

        self.committer = Committer(None)
        self.batch = Batch(
            plan=Plan(inputs, None),
            preparation=Preparation(None, "", None, redo=False, skip_existing=False, force=False),
            expectation=Expectation(None, None),
            committer=self.committer,
            exchange=exchange,
            open_carrier=lambda: Carrier(self.link, self.clock, keeps=False),
            watch=self.watch,
            take=nobody,
            clock=self.clock,
            settings="",
            retries=retries,
            in_memory=True,
            chance=lambda: 1.0,
        )

    def link(self) -> Link:
        return Link(never, RealtimeCodec(), self.clock, 30.0)

    def run(self, jobs: int) -> None:
        async def go() -> None:
            work = asyncio.create_task(
                Jobs(self.batch, jobs).run(iter(range(len(self.batch.plan.inputs))))
            )
            while not work.done():
                await asyncio.sleep(0.005)  # for the threads that open recordings
                await self.clock.advance(0.25)
            await work

        try:
            asyncio.run(go())
        finally:
            self.committer.close()


def connected(attempt: Attempt) -> None:
    attempt.observe(0.0, on.SessionStarted("s", "m"))


def limited(retry_after_s: float) -> S2SError:
    error = RefusedError("Too many.", code="rate_limited")
    error.retry_after_s = retry_after_s
    return error


def test_a_limit_that_one_job_meets_holds_all_of_them(tmp_path: Path) -> None:
    async def send(index: int, attempt: Attempt) -> None:
        if len(told.began) == 1:
            raise limited(100.0)
        connected(attempt)
        await told.clock.sleep_until(told.clock.now() + 1.0)

    told = Told(tmp_path, 12, send)
    told.run(jobs=2)
    early = [at for _, at in told.began if at < 100.0]
    assert len(early) <= 2, "only those that had begun"
    assert told.batch.summary.done == 12
    assert told.watch.retried == ["rate_limited"]


def test_an_endpoint_that_is_away_is_tried_by_one_job_alone(tmp_path: Path) -> None:
    away_until = 20.0
    trying = 0

    async def send(index: int, attempt: Attempt) -> None:
        nonlocal trying
        if told.clock.now() < away_until:
            if told.clock.now() > 2.0:
                trying += 1
                assert trying == 1
                await told.clock.sleep_until(told.clock.now() + 0.5)
                trying -= 1
            raise NetworkError("Not there.", code="unavailable")
        connected(attempt)

    told = Told(tmp_path, 8, send, retries=10)
    told.run(jobs=8)
    assert told.batch.summary.done == 8
    assert len([at for _, at in told.began if 2.0 < at < away_until]) <= 5


def test_half_an_hour_without_an_endpoint_ends_the_run(tmp_path: Path) -> None:
    async def send(index: int, attempt: Attempt) -> None:
        if index == 0:
            connected(attempt)
            return
        raise NetworkError("Gone.", code="unavailable")

    told = Told(tmp_path, 400, send)
    with pytest.raises(Stop):
        told.run(jobs=4)
    assert told.batch.summary.done + told.batch.summary.failed < 40


def test_a_connection_that_had_ended_before_anything_was_sent_costs_no_retry(
    tmp_path: Path,
) -> None:
    lost = 0

    async def send(index: int, attempt: Attempt) -> None:
        nonlocal lost
        connected(attempt)
        if index == 2 and not lost:
            lost += 1
            raise NetworkError("Gone.", code="dropped")

    told = Told(tmp_path, 4, send, retries=0)
    told.batch.open_carrier = lambda: Lasting(told.link, told.clock, keeps=False)
    told.run(jobs=1)
    assert told.batch.summary.done == 4
    assert told.watch.retried == []
    assert {each.tries for each in told.watch.outcomes.values()} == {1}
