"""Messages on their way: whoever sends never waits for the network.

On a network that is slower than the user speaks the oldest sound is left out, so that what arrives
is at most two seconds old; how long the kernel will hold it is seen from how fast it empties. As
long as the network takes nothing at all nothing is left out: it may be dead, and then all of it is
sent again over another.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from s2s import pcm
from s2s.clock import Clock
from s2s.conversation import events as on
from s2s.wire.transport import Measured, Transport

OLDEST_S = 2.0  # of sound that is still sent
HELD_S = 0.8  # that the kernel may hold: what it holds cannot be left out any more
LOOK_AGAIN_S = 0.05
AHEAD_S = 1.0  # of sound that is put sooner than time passes: then it is the sound that is late
PACE_S = (0.25, 1.0)  # over how long it is measured how much the network takes
_CODED = 4 / 3  # base64, of a byte of PCM


class _Message(NamedTuple):
    text: str
    size: int  # bytes of PCM
    put_at: float
    lasting: bool  # sound that was said before, and must not be left out
    late: bool  # it came late from where it was captured


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
        self._ahead_s, self._put_at = 0.0, 0.0  # sound that was put sooner than time has passed
        self._sending_since: float | None = None
        self._told = False

    def put(self, message: str, size: int = 0, *, lasting: bool = False) -> None:
        """Send a message that carries `size` bytes of PCM behind all the others.

        `lasting`: it is not left out, and what waits behind it is not old because of that.
        """
        now = self._clock.now()
        if size and not lasting:
            self._ahead_s = max(0.0, self._ahead_s - (now - self._put_at)) + pcm.seconds(size)
            self._put_at = now
        late = self._ahead_s > AHEAD_S
        self._messages.append(_Message(message, size, now, lasting, late))
        self._size += size
        self._news.set()
        since = self._messages[0].put_at if self._sending_since is None else self._sending_since
        if now - since > self._timeout_s and not self._told:
            self._told = True
            self._post(on.SendingStalled(pcm.duration_ms(self._size)))

    async def send_over(self, transport: Transport) -> None:
        """Send everything until it is cancelled."""
        dropped, late, pace = 0, False, _Pace()
        while True:
            while not self._messages:
                self._news.clear()
                await self._news.wait()
            held_s = await self._room(transport, pace)
            message = self._messages.popleft()
            now = self._clock.now()
            waited_s = now - max(message.put_at, self._lasted_until) + held_s
            voice = self._drops and message.size and not message.lasting
            if voice and waited_s > OLDEST_S:
                dropped, late = dropped + message.size, late or message.late
                self._size -= message.size
                continue
            if dropped:
                self._post(on.AudioDropped(pcm.duration_ms(dropped), late))
                dropped, late = 0, False
            self._sending_since = message.put_at
            pace.give(len(message.text))
            await transport.send(message.text)
            self._sending_since = None
            self._size -= message.size
            if message.lasting:
                self._lasted_until = self._clock.now()

    async def _room(self, transport: Transport, pace: _Pace) -> float:
        """Wait until the kernel holds little; return how many seconds that takes to be gone."""
        if not (self._drops and isinstance(transport, Measured)):
            return 0.0
        while (held_s := pace.left_s(transport.backlog, self._clock.now())) > HELD_S:
            await self._clock.sleep_until(self._clock.now() + LOOK_AGAIN_S)
        return held_s


class _Pace:
    """How fast the network takes what it is given, seen from what the kernel still holds."""

    def __init__(self) -> None:
        self._given = 0  # bytes
        self._taken: deque[tuple[float, int]] = deque()  # when, how many bytes by then

    def give(self, size: int) -> None:
        """So many bytes are given to it."""
        self._given += size

    def left_s(self, held: int, now: float) -> float:
        """Return how long it takes until the `held` bytes are gone; never less than they sound.

        A network that has taken all that it was given is as fast as it needs to be.
        """
        sound_s = pcm.seconds(int(held / _CODED))
        if not held:
            self._taken.clear()
        self._taken.append((now, self._given - held))
        least_s, most_s = PACE_S
        while self._taken[0][0] < now - most_s:
            self._taken.popleft()
        since, before = self._taken[0]
        if now - since < least_s:
            return sound_s
        taken = self._given - held - before
        return max(sound_s, held * (now - since) / taken) if taken > 0 else math.inf
