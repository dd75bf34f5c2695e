"""An exchange: opens what is needed, holds it, and returns the reply."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path

from s2s.app import offline
from s2s.app.limits import after, limited
from s2s.app.options import SendOptions
from s2s.app.outcome import Listener, Memory, Reply
from s2s.app.outputs import is_stream, open_output
from s2s.app.retries import may_pass, wait_s
from s2s.app.run import Run
from s2s.audio.files.recording import Recording, open_recording
from s2s.audio.files.wav_writer import WavStream, WavWriter
from s2s.clock import SystemClock
from s2s.config import Settings, Sources, resolve
from s2s.conversation.exchange import Exchange
from s2s.errors import S2SError, UsageError
from s2s.session.exchange import hold
from s2s.session.link import Link
from s2s.session.loop import Observer
from s2s.wire.models import shutdown_warning
from s2s.wire.realtime.codec import RealtimeCodec
from s2s.wire.transport import open_transport

log = logging.getLogger("s2s.exchange")
Sink = WavWriter | WavStream | Memory


class Watch:
    """Is told how an exchange goes on. This one does nothing with it."""

    def warn(self, message: str) -> None:
        """Something is amiss, and no reason to end."""

    def offline(self) -> None:
        """The endpoint on this machine listens."""

    def settled(self, settings: Settings) -> None:
        """The settings are known."""

    @contextlib.contextmanager
    def exchange(self, recording: Recording | None, sink: Sink | None) -> Iterator[list[Observer]]:
        """All is open; give who wants to observe the session, until it has ended."""
        yield []

    def again(self) -> None:
        """All of it is done once more: a warning has said why."""

    def read(self, recording: Recording) -> None:
        """No more of the recording will be read: its length is certain now."""


def send(options: SendOptions, watch: Watch, run: Run) -> Reply:
    """Hold the exchange that is asked for, and return the reply.

    `run` is called on this thread. Raises `S2SError`, whose `reply` is what had come.
    """
    listener = Listener()

    def warn(message: str) -> None:
        listener.warn(message)
        watch.warn(message)

    with ExitStack() as stack:
        try:
            settings = settle(options, watch, warn, run, stack)
        except S2SError as error:
            error.reply = listener.reply
            raise
        listener.reply.model = settings.endpoint.model
        superseded: list[Path] = []  # what came of tries that were not the last
        while True:
            try:
                reply = _try(options, settings, watch, warn, run, listener)
            except S2SError as error:
                if len(superseded) >= options.retries or not may_pass(error):
                    raise
                if not _can_be_repeated(options):
                    raise
                superseded += [error.reply.path] if error.reply and error.reply.path else [Path()]
                wait = wait_s(error, len(superseded) - 1, random.random)
                told = f"{error.message} Again in {wait:.1f} s ({len(superseded)} of "
                warn(f"{told}{options.retries}).")
                watch.again()
                listener.again()
                settings = after(settings, listener.cost)
                run(asyncio.sleep(wait))
            else:
                for each in superseded:
                    if each.name:
                        each.unlink(missing_ok=True)
                return reply


def _can_be_repeated(options: SendOptions) -> bool:
    """Whether the recording can be read again, and its reply written again."""
    source, output = options.recording, options.output
    if source is not None and not (isinstance(source, str) and Path(source).is_file()):
        return False
    return output is None or (output != "-" and not is_stream(output))


def _try(
    options: SendOptions,
    settings: Settings,
    watch: Watch,
    warn: Callable[[str], None],
    run: Run,
    listener: Listener,
) -> Reply:
    sink: Sink | None = None
    try:
        with ExitStack() as stack:
            listener.reply.user_text = options.text
            recording = _recording(options, watch, warn, stack)
            if not settings.wishes.session.text_only:
                sink = _sink(options, stack)
            observers = stack.enter_context(watch.exchange(recording, sink))
            run(_exchange(options, settings, recording, sink, (listener.observe, *observers)))
            if sink:
                sink.complete()
    except S2SError as error:
        kept = sink.abandon() if sink else None
        if kept and str(kept) not in error.hint:
            error.hint = f"{error.hint} What came is in {kept}.".strip()
        error.reply = _reply(listener, sink)
        error.reply.path = kept
        raise
    except BaseException:
        if sink:
            sink.abandon()
        raise
    return _reply(listener, sink)


def _reply(listener: Listener, sink: Sink | None) -> Reply:
    reply = listener.reply
    if isinstance(sink, Memory):
        reply.audio = bytes(sink.pcm)
    elif isinstance(sink, WavWriter):
        reply.path = sink.path
    return reply


async def _exchange(
    options: SendOptions,
    settings: Settings,
    recording: Recording | None,
    sink: Sink | None,
    observers: tuple[Observer, ...],
) -> None:
    wishes = settings.wishes
    if options.text:  # there are no words to be written down
        wishes = replace(wishes, transcription=())
    exchange, clock = Exchange(wishes, text=options.text), SystemClock()
    link = Link(
        lambda: open_transport(settings.endpoint, settings.timeout_s),
        RealtimeCodec(),
        clock,
        settings.timeout_s,
    )
    try:
        await hold(exchange, link, recording, sink, clock=clock, observers=observers)
    finally:
        await link.close()


def settle(
    options: SendOptions, watch: Watch, warn: Callable[[str], None], run: Run, stack: ExitStack
) -> Settings:
    """Return the settings, of an endpoint on this machine if that is wanted. Raises `UsageError`.

    That endpoint ends with `stack`.
    """
    given = options.settings
    if isinstance(given, Sources):
        sources = given
        if options.offline:
            server = offline.start(stack, warn)
            sources = sources.for_offline(run(server.listens()))
            watch.offline()
        settings = resolve(sources, text_only=options.text_only, allow_plain=options.allow_plain)
    else:
        settings = given
    if settings.wishes.session.text_only and options.output_named:
        raise UsageError(
            "A written reply has no audio, so -o has nothing to write.",
            "Leave out -o, or --text-only (S2S_TEXT_ONLY).",
        )
    for name, value in settings.sources.items():
        log.info("= %s = %s", name, value)
    settings = limited(settings, options.max_cost)
    watch.settled(settings)
    asked = [settings.endpoint.model]
    # Transcription models of our choice are not the user's to worry about.
    if isinstance(given, Sources) and given.find("S2S_TRANSCRIBE"):
        asked += [each.model for each in settings.wishes.transcription]
    ending = [shutdown_warning(model, date.today()) for model in asked]
    for warning in (*settings.warnings, *filter(None, ending)):
        warn(warning)
    return settings


def _recording(
    options: SendOptions, watch: Watch, warn: Callable[[str], None], stack: ExitStack
) -> Recording | None:
    if options.recording is None:
        return None
    recording = stack.enter_context(open_recording(options.recording, raw=options.raw))

    def tell_notices() -> None:
        watch.read(recording)
        for notice in recording.notices:
            warn(f"{notice[0].upper()}{notice[1:]}.")

    stack.callback(tell_notices)
    return recording


def _sink(options: SendOptions, stack: ExitStack) -> Sink:
    if options.output is None:
        return Memory()
    return open_output(options.output, "-o", stack, force=options.force)
