"""The loop itself: whatever happens is an event in one inbox, and everybody may watch.

An event is handled in the turn of the event loop in which it is posted: fifty chunks a second and
more come through here, and every turn costs as much as the work on a chunk.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from s2s.clock import Clock
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Phase, PhaseChanged
from s2s.session.timers import Timers

Observer = Callable[[float, on.Event | do.Command], None]


class Rules(Protocol):
    """A state machine: facts in, orders out, `End` the last of them."""

    @property
    def phase(self) -> Phase: ...

    def start(self) -> list[do.Command]: ...

    def handle(self, event: on.Event) -> list[do.Command]: ...


class Loop:
    """Feeds rules and has their orders carried out; owns the tasks that were spawned for it."""

    def __init__(
        self,
        rules: Rules,
        carry_out: Callable[[do.Command], None],
        clock: Clock,
        observers: tuple[Observer, ...],
    ) -> None:
        self._rules, self._carry_out = rules, carry_out
        self._clock, self._observers = clock, observers
        self._inbox: deque[on.Event] = deque()
        self._handling = True  # until `run` has begun
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._timers = Timers(clock, self.post)
        self._tasks: list[asyncio.Task[None]] = []

    def post(self, event: on.Event) -> None:
        """Have an event handled behind those that were posted before; only on the loop's thread."""
        self._inbox.append(event)
        if not self._handling:
            self._handle_all()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside the loop; what it raises ends the loop."""

        def finished(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (raised := task.exception()):
                self._end(raised)

        self._tasks.append(asyncio.create_task(work))
        self._tasks[-1].add_done_callback(finished)

    def observe(self, happening: on.Event | do.Command) -> None:
        """Show the observers something."""
        now = self._clock.now()
        for observer in self._observers:
            observer(now, happening)

    async def run(self) -> None:
        """Go on until the rules end. Raises what they end with."""
        self._handle_all(self._rules.start())
        await self._ended

    def stop(self) -> None:
        """Stop the timers and the tasks, without waiting for them."""
        self._handling = True
        self._timers.cancel_all()
        for task in self._tasks:
            task.cancel()

    async def gone(self) -> None:
        """Wait until the tasks that were stopped have ended."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _handle_all(self, commands: list[do.Command] | None = None) -> None:
        self._handling = True
        try:
            self._obey(commands or [])
            while self._inbox and not self._ended.done():
                event, phase = self._inbox.popleft(), self._rules.phase
                self.observe(event)
                commands = self._rules.handle(event)
                if self._rules.phase != phase:
                    self.observe(PhaseChanged(self._rules.phase))
                self._obey(commands)
        except BaseException as exc:
            self._end(exc)
        self._handling = False

    def _obey(self, commands: list[do.Command]) -> None:
        for command in commands:
            self.observe(command)
            if isinstance(command, do.End):
                self._end(command.error)
            elif isinstance(command, do.StartTimer):
                self._timers.start(command.name, command.ms)
            elif isinstance(command, do.CancelTimer):
                self._timers.cancel(command.name)
            else:
                self._carry_out(command)

    def _end(self, error: BaseException | None) -> None:
        if self._ended.done():
            return
        if error:
            self._ended.set_exception(error)
        else:
            self._ended.set_result(None)
