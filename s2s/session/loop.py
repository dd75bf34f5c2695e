"""The loop itself: whatever happens is an event in one inbox, and everybody may watch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from s2s.clock import Clock
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.session.timers import Timers

TURNS_TO_READ = 10  # of the loop, until what the socket holds has become events

Observer = Callable[[float, on.Event | do.Command], None]


class Rules(Protocol):
    """A state machine: facts in, orders out, `End` the last of them."""

    def start(self) -> list[do.Command]: ...

    def handle(self, event: on.Event) -> list[do.Command]: ...


class Loop:
    """Feeds rules and has their orders carried out; owns the tasks that were spawned for it."""

    def __init__(self, rules: Rules, clock: Clock, observers: tuple[Observer, ...]) -> None:
        self._rules, self._clock, self._observers = rules, clock, observers
        self._inbox: asyncio.Queue[on.Event | BaseException] = asyncio.Queue()
        self._timers = Timers(clock, self.post)
        self._tasks: list[asyncio.Task[None]] = []

    def post(self, happened: on.Event | BaseException) -> None:
        """Put something into the inbox; an exception ends the loop."""
        self._inbox.put_nowait(happened)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside the loop; what it raises ends the loop."""

        def finished(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (raised := task.exception()):
                self.post(raised)

        self._tasks.append(asyncio.create_task(work))
        self._tasks[-1].add_done_callback(finished)

    def observe(self, happening: on.Event | do.Command) -> None:
        """Show the observers something."""
        for observer in self._observers:
            observer(self._clock.now(), happening)

    async def run(self, carry_out: Callable[[do.Command], Awaitable[None]]) -> None:
        """Go on until the rules end. Raises what they end with."""
        commands = self._rules.start()
        while True:
            for command in commands:
                self.observe(command)
                if isinstance(command, do.End):
                    if command.error:
                        raise command.error
                    return
                if isinstance(command, do.StartTimer):
                    self._timers.start(command.name, command.ms)
                elif isinstance(command, do.CancelTimer):
                    self._timers.cancel(command.name)
                else:
                    await carry_out(command)
            event = await self._inbox.get()
            if isinstance(event, BaseException):
                raise event
            if isinstance(event, on.TimerFired) and not await self._still_due(event):
                commands = []
                continue
            self.observe(event)
            commands = self._rules.handle(event)

    async def _still_due(self, fired: on.TimerFired) -> bool:
        """Whether a timer that fired still counts once all that had come before it is handled.

        After the program was stopped for a while (Ctrl-Z), what the network brought meanwhile and
        the timer are found at the same moment: the network goes first.
        """
        for _ in range(TURNS_TO_READ):
            await asyncio.sleep(0)
        if not self._inbox.empty():
            if self._timers.expired(fired.name):
                self.post(fired)
            return False
        return self._timers.expired(fired.name, forget=True)

    def stop(self) -> None:
        """Stop the timers and the tasks, without waiting for them."""
        self._timers.cancel_all()
        for task in self._tasks:
            task.cancel()

    async def gone(self) -> None:
        """Wait until the tasks that were stopped have ended."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
