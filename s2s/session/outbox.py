"""Messages on their way: whoever sends never waits for the network."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from s2s import pcm
from s2s.clock import Clock
from s2s.conversation import events as on
from s2s.wire.transport import Transport


class Outbox:
    """Sends in order; says so, once, when something has waited for `timeout_s`."""

    def __init__(self, post: Callable[[on.Event], None], timeout_s: float, clock: Clock) -> None:
        self._post, self._timeout_s, self._clock = post, timeout_s, clock
        self._messages: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        self._size = 0  # bytes of PCM that wait
        self._put_at: deque[float] = deque()  # when what waits was given to us
        self._told = False

    def put(self, message: str, size: int = 0) -> None:
        """Send a message that carries `size` bytes of PCM behind all the others."""
        self._messages.put_nowait((message, size))
        self._size += size
        now = self._clock.now()
        self._put_at.append(now)
        if now - self._put_at[0] > self._timeout_s and not self._told:
            self._told = True
            self._post(on.SendingStalled(pcm.duration_ms(self._size)))

    async def send_over(self, transport: Transport) -> None:
        """Send everything until it is cancelled."""
        while True:
            message, size = await self._messages.get()
            await transport.send(message)
            self._put_at.popleft()
            self._size -= size
