"""A conversation over a transport, a microphone and a speaker, all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from s2s import pcm
from s2s.audio.devices import Microphone, Speaker
from s2s.clock import Clock
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.machine import Conversation
from s2s.realtime.encoder import Encoder
from s2s.realtime.transport import Transport
from s2s.session.bridge import Bridge
from s2s.session.exchange import read
from s2s.session.loop import Loop, Observer
from s2s.session.timers import alarm

Connect = Callable[[], Awaitable[Transport]]


async def converse(
    conversation: Conversation,
    connect: Connect,
    microphone: Microphone,
    speaker: Speaker,
    bridge: Bridge,
    *,
    timeout_s: float,
    clock: Clock,
    observers: tuple[Observer, ...] = (),
) -> None:
    """Hold `conversation` to its end.

    `microphone` posts to `bridge`, and may have been started before: what it has captured by then
    is said first. Raises the `S2SError` the conversation ends with, or that connecting raised.
    """
    loop = Loop(conversation, clock, observers)
    encoder = Encoder()
    outbox = Outbox(loop.post, timeout_s)
    connected: list[Transport] = []

    async def hear_from_endpoint() -> None:
        connected.append(await connect())
        loop.spawn(outbox.send_over(connected[0]))
        await read(connected[0], loop.post)

    async def carry_out(command: do.Command) -> None:
        if isinstance(command, do.PlayAudio):
            speaker.play(command.part, command.pcm)
        elif isinstance(command, do.EndPart):
            speaker.end(command.part)
        elif isinstance(command, do.ClearPlayout):
            speaker.clear()
        elif message := encoder.encode(command):
            audio = command.pcm if isinstance(command, do.SendAudio) else b""
            outbox.put(message, len(audio))

    try:
        bridge.attach(loop.post)
        speaker.start(bridge)
        loop.spawn(hear_from_endpoint())
        await loop.run(carry_out)
        await asyncio.sleep(speaker.latency_ms / 1000)  # what was taken last has still to sound
    finally:
        microphone.close()
        speaker.close()
        loop.stop()
        for transport in connected:
            await transport.close()
        await loop.gone()


class Outbox:
    """Messages on their way: whoever sends never waits for the network."""

    def __init__(self, post: Callable[[on.Event], None], timeout_s: float) -> None:
        self._post, self._timeout_s = post, timeout_s
        self._messages: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        self._size = 0  # bytes of PCM that wait

    def put(self, message: str, size: int) -> None:
        """Send a message that carries `size` bytes of PCM behind all the others."""
        self._messages.put_nowait((message, size))
        self._size += size

    async def send_over(self, transport: Transport) -> None:
        """Send everything in order; say so when the network takes nothing for `timeout_s`."""
        while True:
            message, size = await self._messages.get()
            with alarm(self._timeout_s, self._stalled):
                await transport.send(message)
            self._size -= size

    def _stalled(self) -> None:
        self._post(on.SendingStalled(pcm.duration_ms(self._size)))
