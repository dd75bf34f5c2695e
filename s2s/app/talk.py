"""A conversation: opens what is needed, and holds it to its end.

The microphone is opened first, and what takes long to import or to start comes after it: what
the user says in the meantime waits in the bridge.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from s2s.app import echo, sound
from s2s.app.limits import limited
from s2s.app.options import TalkOptions
from s2s.app.run import Run
from s2s.app.talk_wishes import talk_wishes
from s2s.audio.live.worker import WorkerThread
from s2s.config import Settings, Sources, resolve
from s2s.conversation.events import Event, StopPressed, TalkPressed
from s2s.conversation.session_config import Wishes
from s2s.errors import UsageError
from s2s.session.devices import Devices
from s2s.session.thread_inbox import Bridge

if TYPE_CHECKING:
    from s2s.app.offline import OfflineServer
    from s2s.audio.devices.protocols import LiveMicrophone, LiveSpeaker
    from s2s.audio.files.wav_writer import WavWriter
    from s2s.conversation.transcript.transcript import Transcript
    from s2s.session.loop import Observer
    from s2s.session.reopening import Reopening

log = logging.getLogger("s2s.talk")

_NOT_YET = "ws://127.0.0.1"  # where an endpoint of this machine listens is known once it does


class View(Protocol):
    """Shows a conversation while it lasts."""

    @property
    def observers(self) -> Sequence[Observer]:
        """Who watches the session."""

    def live(self) -> AbstractAsyncContextManager[None]:
        """Show what needs the event loop, until the block ends."""


class TalkWatch(Protocol):
    """Is told how a conversation begins and ends."""

    def warn(self, message: str) -> None:
        """Something is amiss, and no reason to end."""

    def kept(self, path: Path) -> None:
        """The conversation was left; what was heard is in this file, and not the one wanted."""

    def conversation(
        self,
        settings: Settings,
        post: Callable[[Event], None],
        speaker_ms: float,
        transcript: Transcript,
    ) -> AbstractContextManager[View]:
        """All is open; give what shows it until it has ended.

        What the user does is handed to `post`; `speaker_ms` is how late the speaker sounds. The
        `transcript` has taken note of what happens before the observers are told.
        """


def talk(options: TalkOptions, watch: TalkWatch, run: Run) -> None:
    """Hold the conversation that is asked for. Raises the `S2SError` it ends with."""
    # What cannot be meant is refused before anything is started or opened.
    talk_wishes(Wishes(), options)
    settings = _settings(options, _NOT_YET if options.offline else "")
    with ExitStack() as stack:
        server = _start_offline(watch, stack) if options.offline else None
        bridge = Bridge()
        system = sound.sound_system(options, stack)
        microphone = sound.choose_microphone(options, system)
        chosen_speaker = sound.choose_speaker(options, system)
        streams = echo.Streams(microphone, chosen_speaker)
        canceller = echo.canceller(echo.choose(options, streams, watch.warn), bridge, streams)
        clocked = chosen_speaker is not None
        devices = Devices(bridge, canceller=canceller, worker=WorkerThread(), clocked=clocked)
        stack.callback(devices.chain.close)
        if microphone:
            devices.open_microphone(microphone)
        if server:
            settings = _settings(options, run(server.listens()))
        speaker = options.speaker or chosen_speaker
        reopening = sound.reopening(options, system, devices, bridge, streams)
        for name, value in settings.sources.items():
            log.info("= %s = %s", name, value)
        _hold(options, settings, watch, run, bridge, devices, reopening, speaker, stack)


def _start_offline(watch: TalkWatch, stack: ExitStack) -> OfflineServer:
    from s2s.app import offline

    return offline.start(stack, watch.warn)


def _settings(options: TalkOptions, offline_url: str = "") -> Settings:
    settings = options.settings
    if isinstance(settings, Sources):
        sources = settings.for_offline(offline_url) if offline_url else settings
        settings = resolve(sources, text_only=options.text_only, allow_plain=options.allow_plain)
    settings = limited(settings, options.max_cost)
    if settings.wishes.session.text_only and options.out:
        raise UsageError("Written replies have no audio for --out.", "Unset S2S_TEXT_ONLY.")
    talk_wishes(settings.wishes, options)
    if any(each.strip() for each in options.backchannels) and not settings.wishes.transcription:
        raise UsageError(
            "--backchannels are known by their words, and nothing is transcribed.",
            "Leave out --backchannels, or --transcribe off.",
        )
    return settings


def _hold(
    options: TalkOptions,
    settings: Settings,
    watch: TalkWatch,
    run: Run,
    bridge: Bridge,
    devices: Devices,
    reopening: Reopening | None,
    speaker: LiveSpeaker | None,
    stack: ExitStack,
) -> None:
    from s2s.app.outputs import open_output
    from s2s.audio.check.why_silent import only_zeros
    from s2s.audio.files.wav_writer import WavWriter
    from s2s.audio.live.file_devices import FileSpeaker
    from s2s.clock import SystemClock
    from s2s.conversation.conversation import Conversation
    from s2s.conversation.transcript.timeline import placed
    from s2s.conversation.transcript.transcript import Transcript
    from s2s.session.talk import converse
    from s2s.wire.realtime.codec import RealtimeCodec
    from s2s.wire.transport import ALIVE_S, open_transport

    clock = SystemClock()
    ends = bool(options.recording or options.microphone)  # and the conversation after it
    real = reopening.devices if reopening else {}
    wishes = talk_wishes(settings.wishes, options)
    wishes = replace(wishes, recorded=ends, returns=tuple(real), chance=random.random())
    alive_s = ALIVE_S if wishes.reconnect_ms else None
    sink = open_output(options.out, "--out", stack, force=options.force) if options.out else None
    stand_in = _stand_in(options, watch, stack)
    if options.recording and wishes.by_key:
        bridge(TalkPressed())
    speaker = speaker or FileSpeaker(sink, clock)
    transcript = Transcript()
    shown = watch.conversation(settings, bridge, speaker.latency_ms, transcript)
    view = stack.enter_context(shown)

    async def hold() -> None:
        if stand_in:
            devices.open_microphone(stand_in)
        with closing(transcript):
            await converse(
                Conversation(wishes),
                lambda: open_transport(
                    settings.endpoint,
                    settings.timeout_s,
                    live=True,
                    alive_s=alive_s,
                    clock=clock,
                ),
                devices,
                speaker,
                bridge,
                codec=RealtimeCodec(),
                timeout_s=settings.timeout_s,
                clock=clock,
                why_dead=(lambda: only_zeros(real["microphone"])) if "microphone" in real else None,
                observers=(placed(transcript.observe), *view.observers),
                reopening=reopening,
            )

    async def show() -> None:
        async with view.live():
            await hold()

    try:
        run(show(), on_interrupt=lambda: bridge(StopPressed()))
    except BaseException:
        if isinstance(sink, WavWriter):  # a stream's reader may take nothing any more
            _complete_at_once(sink, watch)
        raise
    if sink:
        sink.complete()  # what was heard until now is all there is to hear


def _stand_in(options: TalkOptions, watch: TalkWatch, stack: ExitStack) -> LiveMicrophone | None:
    """Return what stands in for the microphone, if anything does."""
    if not options.recording:
        return options.microphone
    from s2s.audio.files.recording import open_recording
    from s2s.audio.live.file_devices import FileMicrophone
    from s2s.clock import SystemClock

    recording = stack.enter_context(open_recording(options.recording, raw=options.raw))

    def tell_notices() -> None:
        for notice in recording.notices:
            watch.warn(f"{notice[0].upper()}{notice[1:]}.")

    stack.callback(tell_notices)
    return FileMicrophone(recording, SystemClock())


def _complete_at_once(sink: WavWriter, watch: TalkWatch) -> None:
    """Keep what was heard, but for a conversion: who leaves would have to wait for that."""
    if not sink.encodes:
        sink.complete()
    elif kept := sink.abandon():
        watch.kept(kept)
