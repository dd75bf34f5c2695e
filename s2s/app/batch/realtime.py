"""A file at the pace of speech: the endpoint finds the end of the turn, as in a conversation."""

from __future__ import annotations

from dataclasses import replace

from s2s.app.batch.attempt import Attempt
from s2s.app.batch.output import Output
from s2s.app.batch.preparing import Ready
from s2s.app.options import TalkOptions
from s2s.app.outcome import Memory
from s2s.app.talk_wishes import talk_wishes
from s2s.audio.live.file_devices import FileMicrophone, FileSpeaker
from s2s.clock import Clock
from s2s.config import Settings
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.conversation import Conversation
from s2s.session.devices import Devices
from s2s.session.loop import Observer
from s2s.session.talk import converse
from s2s.session.thread_inbox import Bridge
from s2s.wire.realtime.codec import RealtimeCodec
from s2s.wire.transport import open_transport


class Overhearing:
    """Takes the replies of a conversation for one reply, as `Attempt` takes an exchange's."""

    def __init__(self, attempt: Attempt, sink: Output | Memory | None) -> None:
        self._listening, self._sink = attempt, sink

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Tell what happens in the words of an exchange."""
        attempt, reply = self._listening, self._listening.reply
        if isinstance(happening, do.PlayAudio):
            if self._sink:
                self._sink.write(happening.pcm)
            attempt.observe(at, do.WriteAudio(happening.pcm))
        elif isinstance(happening, on.SpeechStopped):
            attempt.observe(at, do.CreateResponse())
        elif isinstance(happening, on.UserTranscribed):
            reply.user_text = " ".join(filter(None, (reply.user_text, happening.text)))
        elif isinstance(happening, on.ResponseEnded):
            said = (text for _, text in happening.texts)
            reply.text = " ".join(filter(None, (reply.text, *said)))


async def hold_in_real_time(
    settings: Settings,
    ready: Ready,
    attempt: Attempt,
    sink: Output | Memory | None,
    clock: Clock,
    observers: tuple[Observer, ...],
) -> None:
    """Let a recording be spoken, with silence after it, until it is answered.

    It has a connection of its own, which is far cheaper than the time it takes. Raises `S2SError`.
    """
    asked = TalkOptions(settings=settings, turns="server")
    wishes = replace(talk_wishes(settings.wishes, asked), recorded=True)
    bridge = Bridge()
    devices = Devices(bridge)
    devices.open_microphone(FileMicrophone(ready.sound, clock))
    try:
        await converse(
            Conversation(wishes),
            lambda: open_transport(settings.endpoint, settings.timeout_s),
            devices,
            FileSpeaker(None, clock),
            bridge,
            codec=RealtimeCodec(),
            timeout_s=settings.timeout_s,
            clock=clock,
            observers=(attempt.observe, Overhearing(attempt, sink).observe, *observers),
        )
    finally:
        attempt.sent = ready.sound.size_read
