"""A connection that carries one file after another, none in the context of another.

Before the next file everything that the last one has put into the session is deleted, and the
endpoint has said so. Where that is not certain the next file has a connection of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from s2s.clock import Clock
from s2s.conversation import events as on
from s2s.conversation.forgetting import Forgetting
from s2s.session.link import Link

MOST_FILES = 200  # that one connection carries
LONGEST_S = 1_200.0  # that one connection is used; the API ends a session after an hour
FORGET_S = 3.0  # for the endpoint to delete what there was


class Carrier:
    """The connection of one job."""

    def __init__(self, open_link: Callable[[], Link], clock: Clock, *, keeps: bool) -> None:
        """`keeps`: one conversation goes on from file to file."""
        self._open_link, self._clock, self._keeps = open_link, clock, keeps
        self._link: Link | None = None
        self._forgetting = Forgetting()
        self._files, self._since = 0, 0.0
        self._deletes = True  # the endpoint has always done so

    @property
    def is_fresh(self) -> bool:
        """Whether it has carried no file yet."""
        return self._files == 0

    def link(self) -> Link:
        """Return the connection for the next file."""
        if self._link is None:
            self._link, self._forgetting = self._open_link(), Forgetting()
            self._files, self._since = 0, self._clock.now()
        return self._link

    @property
    def forgetting(self) -> Forgetting:
        """Who is to be told what comes into the session."""
        self.link()
        return self._forgetting

    async def clear(self, also: Callable[[float, on.Event], None]) -> None:
        """A file's reply is whole: make ready for the next file.

        `also` is told what the endpoint says meanwhile, and tells `forgetting` of it.
        """
        self._files += 1
        if self._keeps or self._link is None:
            return
        old = self._clock.now() - self._since > LONGEST_S or self._files >= MOST_FILES
        if old or not self._deletes or not await self._forgets(self._link, also):
            await self.close()

    async def close(self) -> None:
        """Hang up; the next file has a new connection."""
        link, self._link, self._files = self._link, None, 0
        if link:
            await link.close()

    async def _forgets(self, link: Link, also: Callable[[float, on.Event], None]) -> bool:
        """Whether nothing is left in the session."""
        forgetting, over = self._forgetting, asyncio.Event()
        if not forgetting.is_possible:
            self._deletes = False
            return False

        def hear(event: on.Event) -> None:
            if not isinstance(event, on.SessionStarted):  # told to whoever comes
                also(self._clock.now(), event)
            if forgetting.is_done or not forgetting.is_possible:
                over.set()

        late = asyncio.create_task(self._ring(over))
        link.attach(hear)
        try:
            for order in forgetting.orders():
                if message := link.codec.encode(order):
                    link.send(message)
            await over.wait()
        finally:
            link.detach()
            late.cancel()
        self._deletes = forgetting.is_done
        return self._deletes

    async def _ring(self, over: asyncio.Event) -> None:
        await self._clock.sleep_until(self._clock.now() + FORGET_S)
        over.set()
