"""The connection of a session: made, and made again, also beside the one that stands.

Connecting is an order, and failing to connect a fact like the loss of a connection. A connection
outlives a turn: the next one finds its session as it stands, and what was configured is not asked
for twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from s2s.clock import Clock
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.errors import Bug, S2SError
from s2s.session.outbox import Outbox
from s2s.wire.codec import Codec
from s2s.wire.transport import Transport

Connect = Callable[[], Awaitable[Transport]]
Configure = do.ConfigureSession | do.ConfigureOption | do.ConfigureTranscription
MAX_SESSION_S = 86_400.0  # what is said to last longer, or to be over, says nothing


class Link:
    """One connection at a time; what the one before it brings after that is nothing.

    `timeout_s`: how long something may wait to be sent before `SendingStalled` is told; with
    `live` the oldest sound is left out before that. `wall_s` gives the seconds since 1970.
    """

    def __init__(
        self,
        connect: Connect,
        codec: Codec,
        clock: Clock,
        timeout_s: float,
        *,
        live: bool = False,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self._codec = codec
        self._connect, self._clock, self._timeout_s = connect, clock, timeout_s
        self._live, self._wall_s = live, wall_s
        self._post: Callable[[on.Event], None] | None = None
        self._line: _Line | None = None
        self._next: _Line | None = None
        self._past: list[asyncio.Task[None]] = []  # connections that are being closed
        self._stands = False
        self._ended: on.Event | None = None  # how the connection did, if nobody was told

    @property
    def codec(self) -> Codec:
        """What the connection that stands speaks."""
        return self._line.codec if self._line else self._codec

    @property
    def stands(self) -> bool:
        """Whether there is a connection, or will be one."""
        return self._stands

    def attach(self, post: Callable[[on.Event], None]) -> None:
        """Tell `post` what happens from now on, and first of all how the session stands."""
        self._post = post
        if self._line and self._line.session.started:
            post(self._line.session.started)
        if ended := self._ended:
            self._ended = None
            post(ended)

    def detach(self) -> None:
        """Tell nobody; what happens between two turns is no part of either."""
        self._post = None

    def connect(self) -> None:
        """Connect; a connection that there was is given up, with what waited to be sent."""
        self._give_up()
        self._ended, self._stands = None, True
        self._line = self._new_line()

    def connect_next(self) -> None:
        """Connect beside the connection that stands; nothing is sent over it yet."""
        self._give_up_next()
        self._next = self._new_line()

    def switch_over(self) -> None:
        """Go on over the connection beside this one, and tell what it has brought so far."""
        if line := self._next:
            self._next = None
            self._give_up()
            self._line, self._stands = line, True
            for fact in line.waiting:
                self._tell(line, fact)

    async def up(self) -> None:
        """Wait until there is a connection, or there will be none."""
        if self._line:
            await self._line.up.wait()

    def send(self, message: str, size: int = 0, *, lasting: bool = False) -> None:
        """Send a message that carries `size` bytes of PCM behind all the others.

        `lasting`: it is not left out, however slow the network is.
        """
        if self._line:
            self._line.outbox.put(message, size, lasting=lasting)

    async def hand_over(self, message: str) -> None:
        """Send a message, waiting while the network cannot keep up."""
        if self._line and self._line.transport:
            await self._line.transport.send(message)

    def configured(self, order: Configure) -> on.SessionConfigured | None:
        """Return what the endpoint answered to this order, if it holds; else it is to be sent."""
        return self._line.session.configured(order) if self._line else None

    async def close(self) -> None:
        """Hang up."""
        self.detach()
        self._give_up()
        over = asyncio.gather(*self._past, return_exceptions=True)
        await asyncio.shield(over)  # cancelling this does not cancel the closing

    def _new_line(self) -> _Line:
        if self._live:
            codec, self._codec = self._codec, self._codec.another()
        else:
            codec = self._codec
            codec.finish()
        line = _Line(self._connect, codec, lambda fact: self._tell(line, fact))
        line.outbox = Outbox(line.tell, self._timeout_s, self._clock, drops=self._live)
        line.begin()
        return line

    def _give_up(self) -> None:
        self._give_up_next()
        line, self._line = self._line, None
        self._stands = False
        if line:
            self._past.append(line.give_up())

    def _give_up_next(self) -> None:
        line, self._next = self._next, None
        if line:
            self._past.append(line.give_up())

    def _tell(self, line: _Line, fact: on.Event) -> None:
        if line is self._next:
            self._wait(line, fact)
        if line is not self._line:
            return
        line.session.hear(fact)
        ended = isinstance(fact, on.ConnectionLost | on.ConnectFailed)
        if ended and self._post:
            for left_over in line.codec.finish():
                self._post(left_over)
        self._stands = self._stands and not ended
        if self._post:
            self._post(fact)
            if isinstance(fact, on.SessionStarted) and (lasts := self._lasts_ms(fact)):
                self._post(on.SessionExpires(lasts))
        elif ended:
            self._ended = fact

    def _lasts_ms(self, started: on.SessionStarted) -> float:
        """Return how long a session lasts, 0: nobody knows, or the clocks do not agree."""
        lasts_s = (started.expires_at or 0.0) - self._wall_s()
        return lasts_s * 1000 if 0 < lasts_s < MAX_SESSION_S else 0.0

    def _wait(self, line: _Line, fact: on.Event) -> None:
        """Keep what the next connection brings; it is of use once it has a session."""
        line.waiting.append(fact)
        told: on.Event | None = None
        if isinstance(fact, on.SessionStarted):
            told = on.NextConnected()
        elif isinstance(fact, on.ErrorReported):
            told = on.NextFailed(fact.message or fact.code)
        elif isinstance(fact, on.ConnectFailed):
            told = on.NextFailed(fact.error.message)
        elif isinstance(fact, on.ConnectionLost):
            told = on.NextFailed(fact.reason or "the connection ended")
        if isinstance(told, on.NextFailed):
            self._give_up_next()
        if told and self._post:
            self._post(told)


class _Line:
    """One connection, from the first attempt to its end."""

    outbox: Outbox

    def __init__(self, connect: Connect, codec: Codec, tell: Callable[[on.Event], None]) -> None:
        self.session = _Session()
        self.tell = tell
        self.transport: Transport | None = None
        self.up = asyncio.Event()  # connecting is over, well or not
        self.waiting: list[on.Event] = []  # what it has brought before it was turned to
        self._connect, self.codec = connect, codec
        self._work: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._work = asyncio.create_task(self._hold())
        self._work.add_done_callback(self._finished)

    def give_up(self) -> asyncio.Task[None]:
        """Leave it; return what is done when it is closed."""
        work, transport = self._work, self.transport
        assert work
        work.cancel()

        async def gone() -> None:
            if transport:
                await transport.close()
            await asyncio.gather(work, return_exceptions=True)

        return asyncio.create_task(gone())

    def _finished(self, work: asyncio.Task[None]) -> None:
        if not work.cancelled() and (raised := work.exception()):
            self.up.set()
            self.tell(on.ConnectFailed(Bug("The connection was given up", raised)))

    async def _hold(self) -> None:
        try:
            transport = await self._connect()
        except S2SError as error:
            self.up.set()
            self.tell(on.ConnectFailed(error))
            return
        self.transport = transport
        self.up.set()
        both = (
            asyncio.create_task(self.outbox.send_over(transport)),
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
                self.tell(event)
        self.tell(transport.lost)


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
