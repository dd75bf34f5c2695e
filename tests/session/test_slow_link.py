"""A network that is slower than the user speaks, with sockets and the kernel that buffers for them.

Time passes by hand, a chunk at a time, and for each chunk the network takes so many bytes; only the
buffers are the machine's own.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from manual_clock import ManualClock
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from s2s import pcm
from s2s.conversation import events as on
from s2s.session.link import Link
from s2s.session.outbox import OLDEST_S
from s2s.wire.endpoint import Endpoint
from s2s.wire.realtime.codec import RealtimeCodec
from s2s.wire.transport import Transport, open_transport

CHUNK_MS = 20
CHUNK_S = CHUNK_MS / 1000
SLOW = 20_000  # bytes a second, of 67,000 that a voice needs
QUICK = 10**7
SMALL = 4096  # bytes, of a socket's buffer; the kernel takes twice as much
PATIENCE_S = 60.0  # for a machine that is busy
SLACK_S = 0.3  # for looks that are 50 ms late
BEHIND_S = 2 * SMALL / SLOW  # what the network's own side holds, which nobody here can see


class Network:
    """Takes what it is let, from a socket with a small buffer, and hands it on."""

    def __init__(self) -> None:
        self.allowed = 0.0  # bytes that it still takes
        self._more = asyncio.Event()

    def allow(self, size: float) -> None:
        self.allowed = min(self.allowed + size, max(size, SMALL))
        self._more.set()

    @contextlib.asynccontextmanager
    async def before(self, port: int) -> AsyncIterator[int]:
        ours = socket.socket()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        ours.bind(("127.0.0.1", 0))
        ours.listen()
        ours.setblocking(False)
        work = asyncio.create_task(self._pass(ours, port))
        try:
            yield ours.getsockname()[1]
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            ours.close()

    async def _pass(self, ours: socket.socket, port: int) -> None:
        loop = asyncio.get_running_loop()
        client, _ = await loop.sock_accept(ours)
        with client, socket.socket() as server:
            server.setblocking(False)
            await loop.sock_connect(server, ("127.0.0.1", port))
            back = asyncio.create_task(self._back(server, client))
            try:
                while True:
                    while self.allowed < 1:
                        self._more.clear()
                        await self._more.wait()
                    data = await loop.sock_recv(client, min(SMALL, int(self.allowed)))
                    if not data:
                        break
                    self.allowed -= len(data)
                    await loop.sock_sendall(server, data)
            finally:
                back.cancel()
                await asyncio.gather(back, return_exceptions=True)

    async def _back(self, server: socket.socket, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while data := await loop.sock_recv(server, SMALL):
            await loop.sock_sendall(client, data)


class Speaking:
    """Somebody speaks over a link, and the endpoint notes which chunk has come when."""

    def __init__(self, link: Link, network: Network, clock: ManualClock) -> None:
        self.link, self.network, self.clock = link, network, clock
        self.said = 0
        self.came: list[int] = []  # chunks, by number
        self.old_s: list[float] = []  # how old each was
        self.most_waiting_s = 0.0
        self.dropped_ms = 0
        link.attach(self._note)

    def _note(self, fact: on.Event) -> None:
        if isinstance(fact, on.AudioDropped):
            self.dropped_ms += fact.ms

    async def take(self, endpoint: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                told = json.loads(await endpoint.recv())
                self.came.append(told["number"])
                self.old_s.append(self.clock.now() - told["at"])

    @property
    def waiting_s(self) -> float:
        """How much was said, has not come, and is not told of as left out."""
        return ((self.said - len(self.came)) * CHUNK_MS - self.dropped_ms) / 1000

    async def speak(self, seconds: float, bytes_a_second: int) -> None:
        audio = base64.b64encode(pcm.silence(CHUNK_MS)).decode()
        for _ in range(round(seconds / CHUNK_S)):
            message = {"number": self.said, "at": self.clock.now(), "audio": audio}
            self.link.send(json.dumps(message), pcm.size_of(CHUNK_MS))
            self.said += 1
            self.network.allow(bytes_a_second * CHUNK_S)
            await self.clock.advance(CHUNK_S)
            await asyncio.sleep(0.001)  # for the kernel
            self.most_waiting_s = max(self.most_waiting_s, self.waiting_s)

    async def until_all_has_come(self) -> None:
        while self.waiting_s > 0:
            self.network.allow(QUICK)
            await self.clock.advance(CHUNK_S)
            await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def speaking() -> AsyncIterator[Speaking]:
    clock, network = ManualClock(), Network()
    network.allow(QUICK)
    spoken: list[Speaking] = []

    async def take(endpoint: ServerConnection) -> None:
        await spoken[0].take(endpoint)

    async with serve(take, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with network.before(port) as through:
            endpoint = Endpoint(f"ws://127.0.0.1:{through}/", "m", "loopback", None)

            async def connect() -> Transport:
                return await open_transport(endpoint, PATIENCE_S, live=True)

            link = Link(connect, RealtimeCodec(), clock, PATIENCE_S, live=True)
            spoken.append(Speaking(link, network, clock))
            link.connect()
            await link.up()
            try:
                yield spoken[0]
            finally:
                await link.close()


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, PATIENCE_S))


def test_on_a_slow_network_no_more_than_two_seconds_wait_the_kernel_included() -> None:
    async def go() -> None:
        async with speaking() as spoken:
            await spoken.speak(15.0, SLOW)
            assert spoken.most_waiting_s <= OLDEST_S + SLACK_S
            later = spoken.old_s[len(spoken.old_s) // 3 :]  # it takes a while to know how slow
            assert max(later) <= OLDEST_S + SLACK_S + BEHIND_S, "what comes is as old at most"
            assert spoken.dropped_ms > 5_000, "a network of a third of the speed"
            assert spoken.came == sorted(spoken.came), "in order"

    run(go())


def test_on_a_network_that_is_quick_enough_nothing_is_left_out() -> None:
    async def go() -> None:
        async with speaking() as spoken:
            await spoken.speak(10.0, 100_000)
            await spoken.until_all_has_come()
            assert spoken.dropped_ms == 0
            assert spoken.came == list(range(spoken.said))

    run(go())


def test_after_a_stall_what_was_said_meanwhile_is_not_poured_in_as_if_it_were_now() -> None:
    async def go() -> None:
        async with speaking() as spoken:
            await spoken.speak(2.0, QUICK)
            before = len(spoken.came)
            await spoken.speak(4.0, 0)
            assert spoken.dropped_ms == 0, "it may be dead: then all of it is sent again"
            back_at = spoken.said
            await spoken.speak(2.0, QUICK)
            await spoken.until_all_has_come()
            stale = [n for n in spoken.came[before:] if n < back_at - OLDEST_S / CHUNK_S]
            assert len(stale) * CHUNK_S <= 0.8 + SLACK_S, "what the kernel had already"
            assert spoken.dropped_ms == (spoken.said - len(spoken.came)) * CHUNK_MS, "is counted"
            assert spoken.dropped_ms >= 1_000
            assert spoken.came[-100:] == list(range(spoken.said - 100, spoken.said)), "all is now"

    run(go())
