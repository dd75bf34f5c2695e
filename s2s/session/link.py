"""The connection of a session: made, and made again if somebody asks.

Connecting is an order, and failing to connect a fact like the loss of a connection. A connection
outlives a turn: the next one finds its session as it stands, and what was configured is not asked
for twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from s2s.clock import Clock
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.errors import Bug, S2SError
from s2s.session.outbox import Outbox
from s2s.wire.codec import Codec
from s2s.wire.transport import Transport

Connect = Callable[[], Awaitable[Transport]]
Configure = do.ConfigureSession | do.ConfigureOption | do.ConfigureTranscription


class Link:
    """One connection at a time; what the one before it brings after that is nothing.

    `timeout_s`: how long something may wait to be sent before `SendingStalled` is told.
    """

    def __init__(self, connect: Connect, codec: Codec, clock: Clock, timeout_s: float) -> None:
        self.codec = codec
        self._connect, self._clock, self._timeout_s = connect, clock, timeout_s
        self._post: Callable[[on.Event], None] | None = None
        self._session = _Session()
        self._outbox = self._new_outbox()
        self._transport: Transport | None = None
        self._work: asyncio.Task[None] | None = None
        self._stands = False
        self._up = asyncio.Event()  # connecting is over, well or not
        self._past: list[asyncio.Task[None]] = []  # connections that are being closed
        self._ended: on.Event | None = None  # how the connection did, if nobody was told

    @property
    def stands(self) -> bool:
        """Whether there is a connection, or will be one."""
        return self._stands

    def attach(self, post: Callable[[on.Event], None]) -> None:
        """Tell `post` what happens from now on, and first of all how the session stands."""
        self._post = post
        if self._session.started:
            post(self._session.started)
        if ended := self._ended:
            self._ended = None
            post(ended)

    def detach(self) -> None:
        """Tell nobody; what happens between two turns is no part of either."""
        self._post = None

    def connect(self) -> None:
        """Connect; a connection that there was is given up, with what waited to be sent."""
        self._give_up()
        self._session, self._ended, self._outbox = _Session(), None, self._new_outbox()
        self._up, self._stands = asyncio.Event(), True
        self._work = self._start(self._hold(self._outbox))

    async def up(self) -> None:
        """Wait until there is a connection, or there will be none."""
        await self._up.wait()

    def send(self, message: str, size: int = 0) -> None:
        """Send a message that carries `size` bytes of PCM behind all the others."""
        self._outbox.put(message, size)

    async def hand_over(self, message: str) -> None:
        """Send a message, waiting while the network cannot keep up."""
        if self._transport:
            await self._transport.send(message)

    def configured(self, order: Configure) -> on.SessionConfigured | None:
        """Return what the endpoint answered to this order, if it holds; else it is to be sent."""
        return self._session.configured(order)

    async def close(self) -> None:
        """Hang up."""
        self.detach()
        self._give_up()
        await asyncio.gather(*self._past, return_exceptions=True)

    def _new_outbox(self) -> Outbox:
        return Outbox(self._tell, self._timeout_s, self._clock)

    def _give_up(self) -> None:
        work, self._work = self._work, None
        transport, self._transport = self._transport, None
        if work:
            work.cancel()
            self._past.append(asyncio.create_task(_gone(work, transport)))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        def finished(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (raised := task.exception()) and task is self._work:
                self._up.set()
                self._tell(on.ConnectFailed(Bug("The connection was given up", raised)))

        task = asyncio.create_task(work)
        task.add_done_callback(finished)
        return task

    async def _hold(self, outbox: Outbox) -> None:
        try:
            transport = await self._connect()
        except S2SError as error:
            self._up.set()
            self._tell(on.ConnectFailed(error))
            return
        self._transport = transport
        self._up.set()
        both = (
            asyncio.create_task(outbox.send_over(transport)),
            asyncio.create_task(self._read(transport)),
        )
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_EXCEPTION)
            for each in done:
                each.result()
        finally:
            for each in both:
                each.cancel()

    async def _read(self, transport: Transport) -> None:
        """Tell every message of the endpoint, and how the connection ended."""
        async for message in transport.messages():
            for event in self.codec.decode(message):
                self._tell(event)
        for event in self.codec.finish():
            self._tell(event)
        self._tell(transport.lost)

    def _tell(self, fact: on.Event) -> None:
        self._session.hear(fact)
        ended = isinstance(fact, on.ConnectionLost | on.ConnectFailed)
        self._stands = self._stands and not ended
        if self._post:
            self._post(fact)
        elif ended:
            self._ended = fact


class _Session:
    """What of a session stands: that it has started, and which updates the endpoint has taken."""

    def __init__(self) -> None:
        self.started: on.SessionStarted | None = None
        self._asked: Configure | None = None  # updates go out one by one
        self._taken: dict[str, tuple[Configure, on.SessionConfigured]] = {}

    def configured(self, order: Configure) -> on.SessionConfigured | None:
        taken, answer = self._taken.get(do.purpose(order), (None, None))
        if taken == order:
            return answer
        self._asked = order
        return None

    def hear(self, fact: on.Event) -> None:
        if isinstance(fact, on.SessionStarted):
            self.started = fact
        elif isinstance(fact, on.SessionConfigured) and self._asked:
            self._taken[do.purpose(self._asked)] = (self._asked, fact)
            self._asked = None
        elif isinstance(fact, on.ErrorReported):
            self._asked = None


async def _gone(work: asyncio.Task[None], transport: Transport | None) -> None:
    if transport:
        await transport.close()
    await asyncio.gather(work, return_exceptions=True)
