"""The jobs of a batch: each takes the next file, sends it, and tells what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from s2s.app.batch.attempt import Attempt
from s2s.app.batch.carrier import Carrier
from s2s.app.batch.fingerprint import Fingerprint
from s2s.app.batch.manifest import Done
from s2s.app.batch.memo import reply_in, told_of
from s2s.app.batch.outcome import FileOutcome
from s2s.app.batch.output import Output
from s2s.app.batch.preparing import Known, Ready
from s2s.app.batch.shared import Batch, Stop
from s2s.app.batch.spent import UnderWay
from s2s.app.batch.waiting import first_of
from s2s.app.outcome import Memory
from s2s.app.retries import ends_the_run, may_pass, wait_s
from s2s.errors import LimitError, NetworkError, S2SError, UsageError

READERS = 4  # threads that look at recordings and open them


Look = TypeVar("Look", bound=Ready | Known)


class Jobs:
    """Runs a batch to its end."""

    def __init__(self, batch: Batch, count: int) -> None:
        self._batch, self._count = batch, count
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="recordings")
        self._free = asyncio.Event()  # the pacer has changed its mind
        self._enough: Stop | None = None  # nothing more begins
        self._ends = asyncio.Event()  # because of that

    async def run(self, indexes: Iterator[int]) -> None:
        """Send the files of `indexes`. Raises `Stop`, and what is no file's own failure."""
        tasks = [asyncio.create_task(self._job(indexes)) for _ in range(self._count)]
        try:
            await asyncio.gather(*tasks)
            if self._enough:
                raise self._enough
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.leave()

    def leave(self) -> None:
        """No more will be sent."""
        self._readers.shutdown(wait=False, cancel_futures=True)

    async def _job(self, indexes: Iterator[int]) -> None:
        carrier = self._batch.open_carrier()
        try:
            while not self._enough and (index := next(indexes, None)) is not None:
                await self.send(index, carrier)
        except Stop as stop:
            if not stop.finishes:
                raise
            self._enough = self._enough or stop
            self._ends.set()
            self._free.set()
        finally:
            await carrier.close()

    async def send(self, index: int, carrier: Carrier) -> FileOutcome:
        """Send one file, again if need be; return what became of it. Raises `Stop`."""
        batch, begun = self._batch, self._batch.clock.now()
        path = batch.plan.inputs.paths[index]
        outcome = FileOutcome(path, self._place(index), "failed", index=index)
        try:
            ready = await self._look(index)
            if isinstance(ready, Known):
                self._is_known(outcome, ready)
            else:
                outcome.why = ready.why
                batch.watch.began(index, path)
                await self._send_again_and_again(ready, carrier, outcome)
        except S2SError as error:
            if ends_the_run(error):
                raise Stop(error, finishes=isinstance(error, LimitError)) from error
            outcome.error = error
        outcome.seconds = batch.clock.now() - begun
        batch.summary.usage, batch.summary.spent = batch.spent.usage, batch.spent.cost
        batch.summary.add(outcome)
        batch.watch.ended(outcome)
        if warning := batch.spent.warning():
            batch.watch.warn(warning)
        await batch.take(outcome)
        return outcome

    def _place(self, index: int) -> str | None:
        return None if self._batch.in_memory else self._batch.plan.reply(index)

    async def _look(self, index: int) -> Ready | Known:
        batch = self._batch
        path, place = batch.plan.inputs.paths[index], self._place(index)
        key = "" if place is None else batch.plan.key(index)
        look = partial(batch.preparation.look, path, place, key)
        return await self._opened(look)

    async def _opened(self, look: Callable[[], Look]) -> Look:
        """Return what `look` finds, on a thread; what is opened for nobody is closed."""
        looking = self._readers.submit(look)
        try:
            return await asyncio.wrap_future(looking)
        except asyncio.CancelledError:
            looking.add_done_callback(_close)
            raise

    def _is_known(self, outcome: FileOutcome, known: Known) -> None:
        outcome.status, outcome.why = "skipped", known.why
        if known.done:
            told = known.done.told
            outcome.reply = reply_in(told)
            outcome.cost = outcome.reply.cost
            first_ms = told.get("first_audio_ms")
            outcome.first_audio_ms = first_ms if isinstance(first_ms, int | float) else None
            self._compare(outcome)

    async def _send_again_and_again(
        self, ready: Ready, carrier: Carrier, outcome: FileOutcome
    ) -> None:
        batch, made = self._batch, 0
        while True:
            given_up = False
            fresh, sink = carrier.is_fresh, self._sink(ready, outcome)
            attempt = Attempt(batch.model, batch.pacer, batch.spent, carrier.forgetting)
            try:
                under_way = await self._may_begin(ready.sound.seconds)
                outcome.tries += 1
                await self._send_once(ready, carrier, attempt, sink, outcome, under_way)
            except S2SError as error:
                self._has_failed(error, attempt)
                await carrier.close()
                outcome.error = error  # until it is known to have passed
                if not fresh and isinstance(error, NetworkError) and not attempt.sent:
                    outcome.tries -= 1  # it had ended while nothing was sent over it
                    outcome.error = None
                elif not may_pass(error) or made >= batch.retries:
                    if attempt.refused_before and not batch.reached:
                        raise Stop(error) from error  # nobody has ever been there
                    raise
                elif batch.keeps and not fresh:
                    raise  # what was said before it is gone with the connection
                else:
                    wait = wait_s(error, made, batch.chance)
                    made += 1
                    batch.watch.retries(outcome.index, error, wait, made)
                    await first_of(self._ends, batch.clock, wait)
                    outcome.error = None
            except asyncio.CancelledError:
                given_up = True
                raise
            else:
                return
            finally:
                self._let_go(sink, outcome, given_up=given_up)
                ready.sound.leave()
                self._free.set()
            again = partial(batch.preparation.again, outcome.input, ready)
            ready = await self._opened(again)

    def _has_failed(self, error: S2SError, attempt: Attempt) -> None:
        """Tell the others what concerns them."""
        batch, now = self._batch, self._batch.clock.now()
        answered = attempt.connected or error.code in ("rate_limited", "unavailable")
        batch.reached = batch.reached or answered
        if attempt.refused_before and isinstance(error, UsageError):
            raise Stop(error) from error  # a proxy or certificates: nobody gets there
        if error.retry_after_s or error.code == "rate_limited":
            batch.pacer.limited(now, error.retry_after_s or 0.0)
        if not attempt.connected:
            batch.pacer.missed(now)
            if batch.pacer.is_hopeless(now):
                raise Stop(error) from error

    async def _may_begin(self, seconds: float | None) -> UnderWay:
        """Wait until another file may begin. Raises `Stop` if enough was spent."""
        batch = self._batch
        while True:
            cost = batch.spent.guess(seconds)
            if self._enough:
                raise self._enough
            if enough := batch.spent.limit(cost):
                raise Stop(enough, finishes=True)
            wait = None
            if not batch.spent.must_wait(cost):
                wait = batch.pacer.wait_s(batch.clock.now())
            if wait == 0.0:
                batch.pacer.begin(batch.clock.now())
                return batch.spent.begin(cost)
            self._free.clear()
            await first_of(self._free, batch.clock, wait)

    async def _send_once(
        self,
        ready: Ready,
        carrier: Carrier,
        attempt: Attempt,
        sink: Output | Memory,
        outcome: FileOutcome,
        under_way: UnderWay,
    ) -> None:
        batch = self._batch
        output = sink if isinstance(sink, Output) else None
        try:
            await batch.exchange(
                ready, carrier, attempt, None if batch.written else sink, outcome.index
            )
        finally:
            batch.pacer.left()
            cost = attempt.cost
            batch.spent.ended(under_way, cost, answered=attempt.answered)
            if outcome.cost is not None:
                outcome.cost = None if cost.cost is None else outcome.cost + cost.cost
            self._note(attempt, ready, sink, outcome)
        batch.pacer.replied()
        if output:
            if batch.written:
                output.text = attempt.reply.text
            line = partial(self._line, ready, attempt, outcome)
            outcome.status = "done"  # who is ended here: it is brought to the disk all the same
            try:
                await batch.committer.commit(output, batch.plan.key(outcome.index), line)
            except S2SError:
                outcome.status = "failed"
                raise
        outcome.status = "done"
        await carrier.clear(attempt.observe)
        self._compare(outcome)

    def _sink(self, ready: Ready, outcome: FileOutcome) -> Output | Memory:
        if outcome.place is None:
            return Memory()
        return Output(outcome.place, force=ready.force)

    def _let_go(self, sink: Output | Memory, outcome: FileOutcome, *, given_up: bool) -> None:
        """Keep what came of a reply that has failed for good, and nothing of one that has not."""
        if not isinstance(sink, Output) or outcome.status == "done":
            return
        if given_up or (outcome.error and not outcome.is_whole):
            kept = sink.keep()
            if kept and outcome.error:
                outcome.error.hint = f"{outcome.error.hint} What came is in {kept}.".strip()
            if kept and given_up:
                self._batch.watch.warn(f"{outcome.input}: what came of its reply is in {kept}.")
        else:
            sink.drop()

    def _note(
        self, attempt: Attempt, ready: Ready, sink: Output | Memory, outcome: FileOutcome
    ) -> None:
        outcome.reply = attempt.reply
        outcome.input_seconds = attempt.input_seconds
        outcome.output_seconds = attempt.output_seconds
        outcome.first_audio_ms = attempt.first_audio_ms
        outcome.reply.warnings += tuple(
            f"{notice[0].upper()}{notice[1:]}." for notice in ready.sound.notices
        )
        if isinstance(sink, Memory):
            outcome.reply.audio = bytes(sink.pcm)

    def _line(
        self, ready: Ready, attempt: Attempt, outcome: FileOutcome, reply: Fingerprint
    ) -> bytes:
        content, told = ready.content, told_of(outcome)
        if content is None:  # it can be read once only: nobody can tell whether it has changed
            content = Fingerprint(0, "")
        key = self._batch.plan.key(outcome.index)
        return Done(key, content, self._batch.settings, reply, told).line()

    def _compare(self, outcome: FileOutcome) -> None:
        """Fail a file whose reply is not what was expected of it."""
        missed = self._batch.expectation.missed(
            outcome.index, outcome.reply.text, outcome.first_audio_ms
        )
        if missed:
            outcome.status, outcome.error = "failed", missed


def _close(looking: Future[Any]) -> None:
    if not looking.cancelled() and not looking.exception():
        found = looking.result()
        if isinstance(found, Ready):
            found.sound.leave()
