"""The outbox: nobody waits for the network, and a network that is too slow is told of."""

from __future__ import annotations

import asyncio

from s2s import pcm
from s2s.clock import ManualClock
from s2s.conversation import events as on
from s2s.session.outbox import Outbox


class Network:
    """Takes one message for each time it is let."""

    lost = on.ConnectionLost()

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.room = asyncio.Semaphore(0)

    async def send(self, message: str) -> None:
        await self.room.acquire()
        self.taken.append(message)


def test_messages_go_out_in_order_and_a_stalled_network_is_told_once() -> None:
    async def go() -> None:
        posted, clock = list[on.Event](), ManualClock()
        network = Network()
        outbox = Outbox(posted.append, timeout_s=5.0, clock=clock)
        sending = asyncio.create_task(outbox.send_over(network))  # type: ignore[arg-type]
        outbox.put("a", pcm.size_of(20))
        await clock.advance(5.0)
        outbox.put("b", pcm.size_of(20))
        assert not posted
        await clock.advance(0.1)
        for _ in range(3):
            outbox.put("b", pcm.size_of(20))
        assert posted == [on.SendingStalled(60)]
        for _ in range(5):
            network.room.release()
        while len(network.taken) < 5:
            await asyncio.sleep(0)
        assert network.taken == ["a", "b", "b", "b", "b"]
        sending.cancel()

    asyncio.run(asyncio.wait_for(go(), 10))
