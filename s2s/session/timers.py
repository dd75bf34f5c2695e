"""Timers of the rules, on the session's clock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator

from s2s.clock import Clock
from s2s.conversation import events as on

TURNS_TO_READ = 10  # of the loop, until what the socket holds has become events


class Timers:
    """Posts `TimerFired`; starting one anew only moves its moment, which costs no task.

    After the program was stopped for a while (Ctrl-Z), what the network brought meanwhile and a
    timer that is over are found at the same moment: the network goes first, and may move it.
    """

    def __init__(self, clock: Clock, post: Callable[[on.Event], None]) -> None:
        self._clock = clock
        self._post = post
        self._due: dict[str, float] = {}
        self._sleepers: dict[str, tuple[float, asyncio.Task[None]]] = {}

    def start(self, name: str, ms: float) -> None:
        due = self._due[name] = self._clock.now() + ms / 1000
        wakes, sleeper = self._sleepers.get(name, (due, None))
        if sleeper is None or due < wakes:
            if sleeper:
                sleeper.cancel()
            self._sleepers[name] = (due, asyncio.create_task(self._sleep(name)))

    def cancel(self, name: str) -> None:
        self._due.pop(name, None)

    def cancel_all(self) -> None:
        self._due.clear()
        for _, sleeper in self._sleepers.values():
            sleeper.cancel()

    async def _sleep(self, name: str) -> None:
        while (due := self._due.get(name)) is not None:
            if self._clock.now() < due:
                self._sleepers[name] = (due, self._sleepers[name][1])
                await self._clock.sleep_until(due)
                continue
            for _ in range(TURNS_TO_READ):
                await asyncio.sleep(0)
            if self._due.get(name) == due:
                del self._due[name], self._sleepers[name]
                self._post(on.TimerFired(name))
                return
        self._sleepers.pop(name, None)


@contextlib.contextmanager
def alarm(clock: Clock, after_s: float, ring: Callable[[], None]) -> Iterator[None]:
    """Call `ring` if the block lasts longer than `after_s`, and let it go on.

    Not `asyncio.wait_for`, which before Python 3.12 forgets a cancellation that comes at the moment
    when the work is done: a task that sends all the time would then never end.
    """

    async def wait_and_ring(due: float) -> None:
        await clock.sleep_until(due)
        ring()

    waiting = asyncio.create_task(wait_and_ring(clock.now() + after_s))
    try:
        yield
    finally:
        waiting.cancel()
