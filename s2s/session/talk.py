"""A conversation over a transport, a microphone and a speaker, all at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from s2s.audio.devices.protocols import LiveSpeaker
from s2s.clock import Clock
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.conversation import Conversation
from s2s.errors import Bug, S2SError
from s2s.session.devices import Devices
from s2s.session.link import Connect, Link
from s2s.session.loop import Loop, Observer
from s2s.session.reopening import Reopening
from s2s.session.thread_inbox import Bridge
from s2s.wire.codec import Codec


async def converse(
    conversation: Conversation,
    connect: Connect,
    devices: Devices,
    speaker: LiveSpeaker,
    bridge: Bridge,
    *,
    codec: Codec,
    timeout_s: float,
    clock: Clock,
    wall_s: Callable[[], float] = time.time,
    why_dead: Callable[[], S2SError] | None = None,
    observers: tuple[Observer, ...] = (),
    reopening: Reopening | None = None,
) -> None:
    """Hold `conversation` to its end.

    `devices` post to `bridge`, and their microphone has been opened before: what it has captured by
    then is said first; `reopening` opens again what is lost of them. `wall_s` gives the seconds
    since 1970. `why_dead` finds out why the microphone gives nothing but zeros, and may take its
    time.
    Raises the `S2SError` the conversation ends with, or that connecting raised.
    """

    def examine() -> None:
        assert why_dead
        try:
            bridge(on.MicrophoneDead(why_dead()))
        except Exception as exc:
            bridge(on.DeviceLost("microphone", Bug("The microphone was not examined", exc)))

    def start_examining() -> None:
        if why_dead:
            threading.Thread(target=examine, name="examine", daemon=True).start()

    def carry_out(command: do.Command) -> None:
        if order := orders.get(type(command)):
            order(command)
        elif message := link.codec.encode(command):
            voice = command if isinstance(command, do.SendAudio) else None
            size, again = (len(voice.pcm), voice.again) if voice else (0, False)
            link.send(message, size, lasting=again)

    loop = Loop(conversation, carry_out, clock, observers)
    link = Link(connect, codec, clock, timeout_s, live=True, wall_s=wall_s)
    chain = devices.chain
    orders: dict[type, Callable[[Any], None]] = {
        do.Connect: lambda order: link.connect(),
        do.ConnectNext: lambda order: link.connect_next(),
        do.SwitchOver: lambda order: link.switch_over(),
        do.PlayAudio: lambda order: chain.play(order.part, order.pcm),
        do.EndPart: lambda order: chain.end(order.part),
        do.ClearPlayout: lambda order: chain.clear(),
        do.HoldPlayout: lambda order: chain.hold(),
        do.ResumePlayout: lambda order: chain.resume(),
        do.RestDevices: lambda order: devices.rest(),
        do.WakeDevices: lambda order: devices.wake(),
        do.CloseMicrophone: lambda order: devices.close_microphone(),
        do.ExamineMicrophone: lambda order: start_examining(),
    }
    if reopening:
        orders[do.ReopenDevice] = lambda order: reopening.reopen(order.side, order.name)
        orders[do.ListDevices] = lambda order: reopening.list(order.sides)

    try:
        bridge.attach(loop.post)
        devices.open_speaker(speaker)
        link.attach(loop.post)
        await loop.run()
        # What was taken last has still to sound.
        await clock.sleep_until(clock.now() + devices.latency_ms / 1000)
    finally:
        if reopening:
            reopening.close()
        devices.close_microphone()
        loop.stop()
        try:
            devices.close_speaker()
        finally:  # what a file's last piece may raise
            await link.close()
            await loop.gone()
