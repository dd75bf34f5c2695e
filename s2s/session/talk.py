"""A conversation over a transport, a microphone and a speaker, all at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

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

    def carry_out(command: do.Command) -> None:
        if isinstance(command, do.Connect):
            link.connect()
        elif isinstance(command, do.ConnectNext):
            link.connect_next()
        elif isinstance(command, do.SwitchOver):
            link.switch_over()
        elif isinstance(command, do.PlayAudio):
            devices.chain.play(command.part, command.pcm)
        elif isinstance(command, do.EndPart):
            devices.chain.end(command.part)
        elif isinstance(command, do.ClearPlayout):
            devices.chain.clear()
        elif isinstance(command, do.HoldPlayout):
            devices.chain.hold()
        elif isinstance(command, do.ResumePlayout):
            devices.chain.resume()
        elif isinstance(command, do.RestDevices):
            devices.rest()
        elif isinstance(command, do.WakeDevices):
            devices.wake()
        elif isinstance(command, do.CloseMicrophone):
            devices.close_microphone()
        elif isinstance(command, do.ReopenDevice):
            if reopening:
                reopening.reopen(command.side, command.name)
        elif isinstance(command, do.ListDevices):
            if reopening:
                reopening.list(command.sides)
        elif isinstance(command, do.ExamineMicrophone):
            if why_dead:
                threading.Thread(target=examine, name="examine", daemon=True).start()
        elif message := link.codec.encode(command):
            voice = command if isinstance(command, do.SendAudio) else None
            size, again = (len(voice.pcm), voice.again) if voice else (0, False)
            link.send(message, size, lasting=again)

    loop = Loop(conversation, carry_out, clock, observers)
    link = Link(connect, codec, clock, timeout_s, live=True, wall_s=wall_s)

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
