"""A conversation from the command line: opens what is needed, holds it, tells what it came to.

The microphone is opened first, and what takes long to import or to start comes after it: what
the user says in the meantime waits in the bridge.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from s2s.cli.sound import chosen
from s2s.cli.sources import read, tell_warning
from s2s.cli.talk_wishes import TalkFlags, talk_wishes
from s2s.config import Settings, Sources, resolve
from s2s.conversation.events import StopPressed, TalkPressed
from s2s.conversation.session_config import Wishes
from s2s.errors import Stopped, UsageError
from s2s.session.thread_inbox import Bridge

if TYPE_CHECKING:
    from s2s.app.offline import OfflineServer
    from s2s.audio.devices.choice import LiveSpeaker
    from s2s.audio.devices.portaudio import SoundSystem
    from s2s.audio.devices.streams import PortAudioMicrophone
    from s2s.audio.files.recording import Recording
    from s2s.audio.files.wav_writer import WavWriter

log = logging.getLogger("s2s.talk")


@dataclass(frozen=True)
class Job:
    """What the command line asked for."""

    flags: Mapping[str, str | None]  # by environment name
    wanted: TalkFlags
    given: str | None
    raw: str | None
    out: str | None
    force: bool
    offline: bool
    allow_plain: bool
    text_only: bool
    save: str | None
    events: str | None
    plain: bool
    quiet: bool
    verbose: int


def run_job(job: Job) -> None:
    """Hold the conversation; whatever it ends with, what was said is saved and summed up."""
    try:
        _run(job)
    except Stopped as stopped:
        if stopped.signal_number == signal.SIGINT:
            stopped.is_told = True  # a way to leave, and no error to be told of
        raise


def _run(job: Job) -> None:
    _check(job)
    with ExitStack() as stack:
        sources = _sources(job)
        offline = _start_offline(job, stack) if job.offline else None
        settings = None if offline else _settings(job, sources)
        bridge = Bridge()
        system = _sound_system(job, stack)
        microphone = _open_microphone(job, system, sources, bridge)
        if offline:
            from s2s.cli.runner import run

            settings = _settings(job, sources.for_offline(run(offline.listens())))
        speaker = _choose_speaker(job, system, sources)
        assert settings
        _hold(job, settings, bridge, microphone, speaker, stack)


def _check(job: Job) -> None:
    talk_wishes(Wishes(), job.wanted)
    if job.offline and job.flags["WS_URL"]:
        raise UsageError("--offline and --url name two endpoints.", "Drop one of them.")
    if job.raw and not job.given:
        raise UsageError("--raw says how to read --in, and there is no --in.", "Add --in -.")
    if job.out and job.text_only:
        raise UsageError("Written replies have no audio for --out.", "Drop --out or --text-only.")


def _sources(job: Job) -> Sources:
    def warn(line: str) -> None:
        if not job.quiet:
            tell_warning(line)

    outputs = {"--out": job.out, "--events": job.events}
    return read(job.flags, job.flags["S2S_ENV_FILE"], job.verbose, warn, outputs, job.given)


def _settings(job: Job, sources: Sources) -> Settings:
    settings = resolve(sources, text_only=job.text_only, allow_plain=job.allow_plain)
    for name, value in settings.sources.items():
        log.info("= %s = %s", name, value)
    if settings.wishes.session.text_only and job.out:
        raise UsageError("Written replies have no audio for --out.", "Unset S2S_TEXT_ONLY.")
    return settings


def _start_offline(job: Job, stack: ExitStack) -> OfflineServer:
    from s2s.app import offline
    from s2s.ui.screen.printer import tell

    def warn(message: str) -> None:
        if not job.quiet:
            tell(f"Warning: {message}")

    return offline.start(stack, warn)


def _sound_system(job: Job, stack: ExitStack) -> SoundSystem | None:
    if job.given and (job.out or job.text_only):
        return None
    from s2s.audio.devices.portaudio import SoundSystem

    return stack.enter_context(SoundSystem())


def _open_microphone(
    job: Job, system: SoundSystem | None, sources: Sources, bridge: Bridge
) -> PortAudioMicrophone | None:
    """Start to capture, unless a recording stands in for the microphone."""
    if job.given or system is None:
        return None
    microphone = system.microphone(chosen(system.devices(), "microphone", sources))
    microphone.start(bridge)
    return microphone


def _choose_speaker(job: Job, system: SoundSystem | None, sources: Sources) -> LiveSpeaker | None:
    if job.out or job.text_only or system is None:
        return None
    return system.speaker(chosen(system.devices(), "speaker", sources))


def _hold(
    job: Job,
    settings: Settings,
    bridge: Bridge,
    device: PortAudioMicrophone | None,
    speaker: LiveSpeaker | None,
    stack: ExitStack,
) -> None:
    from s2s.app.outputs import open_output
    from s2s.audio.check.why_silent import only_zeros
    from s2s.audio.files.recording import open_recording
    from s2s.audio.files.wav_writer import WavWriter
    from s2s.audio.live.file_devices import FileMicrophone, FileSpeaker
    from s2s.cli.inputs import raw_format
    from s2s.cli.runner import run
    from s2s.cli.views import Views
    from s2s.clock import SystemClock
    from s2s.conversation.conversation import Conversation
    from s2s.session.talk import converse
    from s2s.wire.transport import open_transport

    clock = SystemClock()
    wishes = replace(talk_wishes(settings.wishes, job.wanted), recorded=bool(job.given))
    sink = open_output(job.out, "--out", stack, force=job.force) if job.out else None
    stand_in: FileMicrophone | None = None
    if job.given:
        recording = stack.enter_context(open_recording(job.given, raw=raw_format(job.raw)))
        stack.callback(_tell_notices, recording)
        stand_in = FileMicrophone(recording, clock)
        if wishes.by_key:
            bridge(TalkPressed())
    speaker = speaker or FileSpeaker(sink, clock)
    microphone = device or stand_in
    assert microphone
    views = stack.enter_context(Views(job, settings, bridge, speaker.latency_ms))

    async def hold() -> None:
        if stand_in:
            stand_in.start(bridge)
        async with views.live():
            await converse(
                Conversation(wishes),
                lambda: open_transport(settings.endpoint, settings.timeout_s, live=True),
                microphone,
                speaker,
                bridge,
                timeout_s=settings.timeout_s,
                clock=clock,
                why_dead=(lambda: only_zeros(device.device)) if device else None,
                observers=views.observers,
            )

    try:
        run(hold(), on_interrupt=lambda: bridge(StopPressed()))
    except BaseException:
        if isinstance(sink, WavWriter):  # a stream's reader may take nothing any more
            _complete_at_once(sink)
        raise
    if sink:
        sink.complete()  # what was heard until now is all there is to hear


def _tell_notices(recording: Recording) -> None:
    from s2s.ui.screen.printer import tell

    for notice in recording.notices:
        tell(f"Warning: {notice[0].upper()}{notice[1:]}.")


def _complete_at_once(sink: WavWriter) -> None:
    """Keep what was heard, but for a conversion: who leaves would have to wait for that."""
    from s2s.ui.screen.printer import tell

    if not sink.encodes:
        sink.complete()
    elif kept := sink.abandon():
        tell(f"What was heard is in {kept}.")
