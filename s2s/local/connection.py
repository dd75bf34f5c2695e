"""One client's connection: an inbox, an outbox, and the engine's replies under way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket as sockets
import struct
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from s2s.errors import S2SError
from s2s.local import faults as act
from s2s.local.engines import Engine, Step, Synthesiser
from s2s.local.orders import Drop, Hear, Next, Order, Reply, Send
from s2s.local.session import LocalSession
from s2s.local.voicing import voiced

if TYPE_CHECKING:
    from s2s.local.vad import Detector

INBOX = 64  # client messages in waiting before the network is held back
OUTBOX = 64  # server events in waiting before the engine is held back
Handle = Callable[[float], list[Order]]  # what to tell the session, once it is its turn

log = logging.getLogger("s2s.local")


@dataclass(frozen=True)
class Service:
    """What a server serves: an engine for each connection, and what that needs."""

    engine: Callable[[], Engine]
    detector: Callable[[float], Detector]  # by the API's threshold
    synthesiser: Callable[[], Synthesiser]
    model: str
    faults: tuple[act.Fault, ...] = ()


class Connection:
    """Feeds the rules and carries out what they order; `run` lasts as long as the connection."""

    def __init__(
        self,
        socket: ServerConnection,
        service: Service,
        plan: act.FaultPlan,
        number: int,
        workers: Executor,
    ) -> None:
        self._socket, self._service, self._plan, self._workers = socket, service, plan, workers
        self._loop = asyncio.get_running_loop()
        self._engine = service.engine()
        self._session = LocalSession(
            model=service.model,
            detector=service.detector,
            now=self._loop.time(),
            wall_time=time.time(),
            number=number,
        )
        self._inbox: asyncio.Queue[Handle | None] = asyncio.Queue(INBOX)
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._room = asyncio.Event()
        self._room.set()
        self._replies: dict[str, Iterator[Step]] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until the client leaves or a fault hangs up."""
        if instead := self._instead_of_a_session():
            with contextlib.suppress(ConnectionClosed):
                for action in instead:
                    await self._perform(action)
            return
        for work in (self._read(), self._write()):
            self._spawn(work)
        wake: asyncio.TimerHandle | None = None
        try:
            self._obey(self._session.start())
            while (handle := await self._inbox.get()) is not None:
                self._obey(handle(self._loop.time()))
                if wake:
                    wake.cancel()
                due = self._session.wake_at
                wake = None if due is None else self._loop.call_at(due, self._wake)
        finally:
            if wake:
                wake.cancel()
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
        return self._plan.on_connect()

    # --- the network

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                message = await self._socket.recv()
                await self._inbox.put(partial(self._session.receive, message))
        await self._inbox.put(None)

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                event = await self._outbox.get()
                for action in self._plan.on_event(event):
                    await self._perform(action)
                if self._outbox.qsize() < OUTBOX:
                    self._room.set()

    async def _perform(self, action: act.Action) -> None:
        if isinstance(action, act.SendText):
            await self._socket.send(action.text)
        elif isinstance(action, act.SendBinary):
            await self._socket.send(action.data)
        elif isinstance(action, act.Stall):
            await asyncio.sleep(action.seconds)
        elif isinstance(action, act.Silence):
            await self._socket.wait_closed()
        elif isinstance(action, act.Hangup):
            await self._socket.close(action.code, action.reason[:120])
        elif isinstance(action, act.Reset):
            # Linger 0 makes the kernel cut the connection (RST) instead of ending it (FIN).
            cut = struct.pack("ii", 1, 0)
            raw = self._socket.transport.get_extra_info("socket")
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, cut)
            self._socket.transport.abort()

    # --- the rules

    def _wake(self) -> None:
        if not self._inbox.full():  # else the session is woken by what is waiting anyway
            self._inbox.put_nowait(self._session.advance)

    def _obey(self, orders: list[Order]) -> None:
        for order in orders:
            if isinstance(order, Send):
                self._outbox.put_nowait(order.event)
                if self._outbox.qsize() >= OUTBOX:
                    self._room.clear()
            elif isinstance(order, Hear):
                self._spawn(self._hear(order))
            elif isinstance(order, Reply):
                self._spawn(self._begin(order), order.response_id)
            elif isinstance(order, Next):
                self._spawn(self._step(order.response_id), order.response_id)
            elif isinstance(order, Drop):
                self._drop(order.response_id)

    # --- the engine

    async def _hear(self, order: Hear) -> None:
        try:
            text = await self._on_worker(partial(self._engine.hear, order.pcm))
        except Exception:
            log.exception("the engine could not hear %s", order.item_id)
            text = ""
        await self._inbox.put(lambda now: self._session.heard(order.item_id, text, now))

    async def _begin(self, order: Reply) -> None:
        try:
            steps = await self._on_worker(partial(self._engine.reply, order.turn))
        except Exception as exc:
            await self._fail(order.response_id, exc)
            return
        self._replies[order.response_id] = voiced(steps, order.turn, self._service.synthesiser)
        await self._step(order.response_id)

    async def _step(self, response_id: str) -> None:
        await self._room.wait()
        try:
            step = await self._on_worker(partial(next, self._replies[response_id], None))
        except Exception as exc:
            await self._fail(response_id, exc)
            return
        await self._inbox.put(lambda now: self._session.stepped(response_id, step, now))

    async def _fail(self, response_id: str, exc: Exception) -> None:
        if not isinstance(exc, S2SError):
            log.error("the engine broke down over %s", response_id, exc_info=exc)
        message = f"{exc.message} {exc.hint}" if isinstance(exc, S2SError) else "engine failure"
        await self._inbox.put(lambda now: self._session.failed(response_id, message, now))

    def _drop(self, response_id: str) -> None:
        """Close a reply's iterator, after the step it is taking."""
        steps = self._replies.pop(response_id, None)
        close = getattr(steps, "close", None)
        if close is None:
            return
        step = self._busy.pop(response_id, None)

        def finish(_: object = None) -> None:
            with contextlib.suppress(RuntimeError, ValueError):  # the server is shutting down
                self._workers.submit(close)

        if step and not step.done():
            step.add_done_callback(finish)
        else:
            finish()

    async def _on_worker(self, work: Callable[[], Any]) -> Any:
        return await self._loop.run_in_executor(self._workers, work)

    def _spawn(self, work: Coroutine[Any, Any, None], response_id: str = "") -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if response_id:
            self._busy[response_id] = task
