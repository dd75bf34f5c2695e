"""Messages on their way: whoever sends never waits for the network.

On a network that is slower than the user speaks the oldest sound is left out, so that what arrives
is at most two seconds old, what the kernel holds included. As long as the network takes nothing at
all nothing is left out: it may be dead, and then all of it is sent again over another.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from s2s import pcm
from s2s.clock import Clock
from s2s.conversation import events as on
from s2s.wire.transport import Measured, Transport

OLDEST_S = 2.0  # of sound that is still sent
HELD_S = 0.8  # of sound that the kernel may hold: what it holds cannot be left out any more
LOOK_AGAIN_S = 0.05
_CODED = 4 / 3  # base64, of a byte of PCM


class _Message(NamedTuple):
    text: str
    size: int  # bytes of PCM
    put_at: float
    lasting: bool  # sound that was said before, and must not be left out


class Outbox:
    """Sends in order; says so, once, when something has waited for `timeout_s`.

    With `drops` sound that is too old is left out.
    """

    def __init__(
        self,
        post: Callable[[on.Event], None],
        timeout_s: float,
        clock: Clock,
        *,
        drops: bool = False,
    ) -> None:
        self._post, self._timeout_s, self._clock, self._drops = post, timeout_s, clock, drops
        self._messages: deque[_Message] = deque()
        self._news = asyncio.Event()
        self._size = 0  # bytes of PCM that wait, or are being sent
        self._lasted_until = 0.0  # when the last sound went that must not be left out
        self._sending_since: float | None = None
        self._told = False

    def put(self, message: str, size: int = 0, *, lasting: bool = False) -> None:
        """Send a message that carries `size` bytes of PCM behind all the others.

        `lasting`: it is not left out, and what waits behind it is not old because of that.
        """
        now = self._clock.now()
        self._messages.append(_Message(message, size, now, lasting))
        self._size += size
        self._news.set()
        since = self._messages[0].put_at if self._sending_since is None else self._sending_since
        if now - since > self._timeout_s and not self._told:
            self._told = True
            self._post(on.SendingStalled(pcm.duration_ms(self._size)))

    async def send_over(self, transport: Transport) -> None:
        """Send everything until it is cancelled."""
        dropped = 0
        while True:
            while not self._messages:
                self._news.clear()
                await self._news.wait()
            held_s = await self._room(transport)
            message = self._messages.popleft()
            now = self._clock.now()
            waited_s = now - max(message.put_at, self._lasted_until) + held_s
            voice = self._drops and message.size and not message.lasting
            if voice and waited_s > OLDEST_S:
                dropped += message.size
                self._size -= message.size
                continue
            if dropped:
                self._post(on.AudioDropped(pcm.duration_ms(dropped)))
                dropped = 0
            self._sending_since = message.put_at
            await transport.send(message.text)
            self._sending_since = None
            self._size -= message.size
            if message.lasting:
                self._lasted_until = self._clock.now()

    async def _room(self, transport: Transport) -> float:
        """Wait until the kernel holds little; return how many seconds of sound that is."""
        if not (self._drops and isinstance(transport, Measured)):
            return 0.0
        while (held_s := pcm.seconds(int(transport.backlog / _CODED))) > HELD_S:
            await self._clock.sleep_until(self._clock.now() + LOOK_AGAIN_S)
        return held_s
