"""One client's connection: an inbox, an outbox, and the engine's replies under way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket as sockets
import struct
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from s2s.errors import S2SError
from s2s.local import faults as act
from s2s.local.delay import Delay
from s2s.local.engines import Engine, Synthesiser
from s2s.local.expiry import SESSION_S, expired
from s2s.local.incoming import HungUp, hang_up, next_message
from s2s.local.orders import Drop, Hear, Next, Order, Reply, Send
from s2s.local.outbox import Outbox, cost
from s2s.local.session import LocalSession
from s2s.local.steps import Step
from s2s.local.voicing import voiced

if TYPE_CHECKING:
    from s2s.local.vad import Detector

DEAD_S = 60.0  # a line is, before this side forgets it
INBOX = 8  # client messages in waiting before the network is held back; each may be large
Handle = Callable[[float], list[Order]]  # what to tell the session, once it is its turn
Recorder = Callable[[int, str, "str | bytes"], None]  # connection, "in" or "out", message

log = logging.getLogger("s2s.local")


@dataclass(frozen=True)
class Service:
    """What a server serves: an engine for each connection, and what that needs."""

    engine: Callable[[], Engine]
    detector: Callable[[float], Detector]  # by the API's threshold
    synthesiser: Callable[[], Synthesiser]
    model: str
    faults: tuple[act.Fault, ...] = ()
    seed: int = 1
    record: Recorder | None = None  # told of every message, both ways
    max_sessions: int = 64  # at once
    delay_s: float = 0.0  # on the way, in each direction
    session_s: float = SESSION_S  # after which a session ends


class Connection:
    """Feeds the rules and carries out what they order; `run` lasts as long as the connection."""

    def __init__(
        self,
        socket: ServerConnection,
        service: Service,
        plan: act.FaultPlan,
        number: int,
        workers: Executor,
        full: bool,
    ) -> None:
        self._socket, self._service, self._plan, self._workers = socket, service, plan, workers
        self._number = number
        self._loop = asyncio.get_running_loop()
        self._engine = service.engine()
        self._session = LocalSession(
            model=service.model,
            detector=service.detector,
            now=self._loop.time(),
            wall_time=time.time(),
            number=number,
            seed=service.seed,
            session_s=service.session_s,
        )
        self._record = partial(service.record, number) if service.record else None
        self._inbox: asyncio.Queue[Handle | None] = asyncio.Queue(INBOX)
        self._outbox = Outbox(plan)
        self._way_in: Delay[Handle | None] = Delay(service.delay_s)
        self._way_out: Delay[act.Action] = Delay(service.delay_s)
        self._alarm: asyncio.TimerHandle | None = None
        self._replies: dict[str, Iterator[Step]] = {}
        self._full = full
        self._silent = False  # a fault wants nothing to be sent any more
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until the client leaves or a fault hangs up."""
        if instead := self._instead_of_a_session():
            with contextlib.suppress(ConnectionClosed, HungUp):
                for action in instead:
                    await self._perform(action)
            return
        far = (self._put_in(), self._put_out()) if self._service.delay_s else ()
        expiry = expired(self._service.session_s)
        timed = [*self._plan.timed(), (self._service.session_s, expiry)]
        for work in (self._read(), self._write(), *far, *map(self._strike, timed)):
            self._spawn(work)
        try:
            self._obey(self._session.start())
            while (handle := await self._inbox.get()) is not None:
                self._obey(handle(self._loop.time()))
                self._set_alarm()
        finally:
            if self._alarm:
                self._alarm.cancel()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for response_id in list(self._replies):
                self._drop(response_id)

    def _instead_of_a_session(self) -> list[act.Action]:
        request = self._socket.request
        if request and "OpenAI-Beta" in request.headers:
            message = "The beta shape of the Realtime API is not served; leave out OpenAI-Beta."
            return act.refuse("beta_api_shape_disabled", message)
        if self._full:
            message = f"This server holds {self._service.max_sessions} sessions at most."
            return act.refuse("too_many_sessions", message, close=1013)
        return self._plan.on_connect()

    # --- the network

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed, HungUp):
            while True:
                message = await next_message(self._socket)
                if self._record:
                    self._record("in", message)
                await self._take(partial(self._session.receive, message), len(message))
        await self._take(None)

    async def _take(self, handle: Handle | None, size: int = 0) -> None:
        if self._service.delay_s:
            await self._way_in.put(handle, size)
        else:
            await self._inbox.put(handle)

    async def _put_in(self) -> None:
        while True:
            await self._inbox.put(await self._way_in.get())

    async def _put_out(self) -> None:
        while True:
            action = await self._outbox.get()
            await self._way_out.put(action, cost(action))

    async def _write(self) -> None:
        ready = self._way_out if self._service.delay_s else self._outbox
        with contextlib.suppress(ConnectionClosed, HungUp):
            while True:
                await self._perform(await ready.get())

    async def _strike(self, fault: tuple[float, list[act.Action]]) -> None:
        after_s, actions = fault
        await asyncio.sleep(after_s)
        with contextlib.suppress(ConnectionClosed, HungUp):
            for action in actions:
                await self._perform(action)

    async def _send(self, message: str | bytes) -> None:
        if self._silent:
            return
        if self._socket.state is not State.OPEN:
            raise HungUp  # what was not sent any more is not to be noted either
        if self._record:
            self._record("out", message)
        await self._socket.send(message)

    async def _perform(self, action: act.Action) -> None:
        if isinstance(action, act.SendText):
            await self._send(action.text)
        elif isinstance(action, act.SendBinary):
            await self._send(action.data)
        elif isinstance(action, act.Stall):
            await asyncio.sleep(action.seconds)
        elif isinstance(action, act.Silence):
            self._silent = True  # one that strikes by the clock does so beside the writer
            await self._socket.wait_closed()
        elif isinstance(action, act.Dead):
            self._silent = True
            self._socket.transport.pause_reading()
            await asyncio.sleep(DEAD_S)
            self._socket.transport.abort()
        elif isinstance(action, act.Hangup):
            await hang_up(self._socket, action.code, action.reason[:120])
        elif isinstance(action, act.Reset):
            # Linger 0 makes the kernel cut the connection (RST) instead of ending it (FIN).
            cut = struct.pack("ii", 1, 0)
            raw = self._socket.transport.get_extra_info("socket")
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, cut)
            self._socket.transport.abort()

    def _drop_client(self) -> None:
        """Leave a client that asks and never reads. A goodbye would only wait with the rest."""
        if not self._socket.transport.is_closing():
            log.warning("Connection %d is dropped: its client does not read.", self._number)
            self._socket.transport.abort()

    # --- the rules

    def _set_alarm(self) -> None:
        """Be called when the session has something to send."""
        if self._alarm:
            self._alarm.cancel()
        due = self._session.wake_at
        self._alarm = None if due is None else self._loop.call_at(due, self._advance)

    def _advance(self) -> None:
        """Send what is due, at once: behind the client's messages it would be late."""
        self._obey(self._session.advance(self._loop.time()))
        self._set_alarm()

    def _obey(self, orders: list[Order]) -> None:
        waiting = deque(orders)
        while waiting:
            order = waiting.popleft()
            if isinstance(order, Send):
                if not self._outbox.put(order.event):
                    self._drop_client()
            elif isinstance(order, Drop):
                self._drop(order.response_id)
            elif self._engine.instant and self._outbox.has_room:
                # Not on a thread: the order of events depends on nothing but what the client sends.
                waiting.extend(self._work(order)(self._loop.time()))
            else:
                task = self._spawn(self._work_on_a_thread(order))
                if not isinstance(order, Hear):
                    self._busy[order.response_id] = task

    # --- the engine

    async def _work_on_a_thread(self, order: Hear | Reply | Next) -> None:
        if not isinstance(order, Hear):
            await self._outbox.room()
        handle = await self._loop.run_in_executor(self._workers, self._work, order)
        await self._inbox.put(handle)

    def _work(self, order: Hear | Reply | Next) -> Handle:
        """Let the engine do what is ordered; return what to tell the session of it."""
        try:
            if isinstance(order, Hear):
                return partial(self._session.heard, order.item_id, self._engine.hear(order.pcm))
            if isinstance(order, Next) and order.response_id not in self._replies:
                return lambda now: []  # dropped while this waited for its turn
            if isinstance(order, Reply):
                steps = self._engine.reply(order.turn)
                spoken = voiced(steps, order.turn, self._service.synthesiser)
                self._replies[order.response_id] = spoken
            step = next(self._replies[order.response_id], None)
            return partial(self._session.stepped, order.response_id, step)
        except Exception as exc:
            if not isinstance(exc, S2SError):
                log.exception("the engine broke down")
            if isinstance(order, Hear):
                return partial(self._session.heard, order.item_id, "")
            told = f"{exc.message} {exc.hint}" if isinstance(exc, S2SError) else "engine failure"
            return partial(self._session.failed, order.response_id, told)

    def _drop(self, response_id: str) -> None:
        """Close a reply's iterator, after the step it is taking."""

        def close(_: object = None) -> None:
            steps = self._replies.pop(response_id, None)
            if isinstance(steps, Generator):
                with contextlib.suppress(RuntimeError):  # the server is shutting down
                    self._workers.submit(steps.close)

        step = self._busy.pop(response_id, None)
        if step and not step.done():
            step.add_done_callback(close)
        else:
            close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
