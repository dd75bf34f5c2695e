"""A recording from the microphone: opens what is needed, and records until it is over."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Protocol

from s2s.app.devices import chosen, lasting_names
from s2s.app.options import RecordOptions
from s2s.app.outcome import Recorded
from s2s.app.outputs import open_output
from s2s.audio.events import Opening
from s2s.audio.files.wav_writer import WavStream, WavWriter
from s2s.audio.recorder import Recorder
from s2s.conversation.events import DeviceLost, QuitPressed, StopPressed
from s2s.errors import S2SError, SoundError, Stopped
from s2s.session.recorder import Ending, Inbox, Signalled
from s2s.session.recorder import record as record_until_over

if TYPE_CHECKING:
    from s2s.audio.devices.choice import Device
    from s2s.audio.devices.protocols import Microphone

Open = Callable[[ExitStack, RecordOptions], "tuple[Device, Microphone]"]

_SUSPECT_MS = 2_000  # of nothing but zeros: a microphone that works has some noise by then
_NAMES: dict[type[Ending | None], str] = {
    DeviceLost: "device-lost",
    QuitPressed: "key",
    StopPressed: "interrupt",
    Signalled: "signal",
}


class RecordWatch(Protocol):
    """Is told how a recording goes on, and may end it."""

    def warn(self, message: str) -> None:
        """Something is amiss, and no reason to end."""

    def signals(self, inbox: Inbox) -> AbstractContextManager[None]:
        """Post what the system wants to `inbox`, from now on: a recording is about to begin."""

    def recording(
        self, device: Device, inbox: Inbox
    ) -> AbstractContextManager[Callable[[Recorder], None]]:
        """It has begun; give what is called after each happening. Keys go to `inbox`."""


def open_microphone(stack: ExitStack, options: RecordOptions) -> tuple[Device, Microphone]:
    """Return the microphone that the settings name, which is let go with `stack`."""
    from s2s.audio.devices.portaudio import SoundSystem

    system = stack.enter_context(SoundSystem())
    device = chosen(system.devices(), "microphone", options.settings)
    config = options.config

    def made(device: Device) -> Microphone:
        return system.microphone(device, rate=config.rate, channels=config.channels)

    if not options.reconnect:
        return device, made(device)
    from s2s.audio.devices.listing import Listing
    from s2s.session.lasting import LastingMicrophone

    return device, LastingMicrophone(
        made,
        device,
        system,
        Listing(),
        lambda listed, side: chosen(listed, side, options.settings),
        lasting_names(options.settings, {"microphone": device}),
    )


def record(
    options: RecordOptions, recorded: Recorded, watch: RecordWatch, opened: Open = open_microphone
) -> None:
    """Record until the recording is over or something ends it; `recorded` says what has come of it.

    Raises the `S2SError` it has failed by; what was recorded until then is kept.
    """

    def warn(message: str) -> None:
        recorded.warnings.append(message)
        watch.warn(message)

    with ExitStack() as outputs:
        sink = _open_sink(options, watch, outputs)
        try:
            with ExitStack() as devices:
                recorded.device, microphone = opened(devices, options)
                ending = _record(
                    recorded, recorded.device, microphone, sink, watch, warn, options.reconnect
                )
            _finish(options, recorded, recorded.device, ending, sink, warn)
        except BaseException as exc:
            recorded.kept = sink.abandon() or recorded.kept
            if isinstance(exc, S2SError) and recorded.kept and str(recorded.kept) not in exc.hint:
                hint = f"{exc.hint.rstrip('.')}. " if exc.hint else ""
                exc.hint = f"{hint}What was recorded is in {recorded.kept}."
            raise


def _record(
    recorded: Recorded,
    device: Device,
    microphone: Microphone,
    sink: WavWriter | WavStream,
    watch: RecordWatch,
    warn: Callable[[str], None],
    reconnect: bool,
) -> Ending | None:
    """Record until the recording is over or something ends it; the microphone is closed then."""
    inbox: Inbox = Inbox()
    before = len(recorded.warnings)
    with ExitStack() as stack:
        stack.enter_context(watch.signals(inbox))
        stack.callback(microphone.close)
        microphone.start(inbox.put)
        show = stack.enter_context(watch.recording(device, inbox))

        gone = Gone(warn)

        def observe(recorder: Recorder) -> None:
            gone.observe(recorder)
            suspect = recorder.only_zeros and recorder.heard_ms >= _SUSPECT_MS
            if (
                suspect
                and not gone.told
                and len(recorded.warnings) == before
                and (recorder.began or not device.loopback)
            ):
                error = _only_zeros(device)
                warn(f"{error.message} {error.hint}")
            show(recorder)

        wanted = Opening(recorded.recorder.config.rate, recorded.recorder.config.channels)
        ending = record_until_over(
            recorded.recorder, inbox, sink, observe, wanted, reconnect=reconnect
        )
    recorded.ended_by = recorded.recorder.end or _NAMES[type(ending)]
    return ending


class Gone:
    """Tells of a microphone that is lost, and of one that is back."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self.told = 0
        self._warn, self._gone = warn, False

    def observe(self, recorder: Recorder) -> None:
        """Tell what has changed."""
        if bool(recorder.lost) == self._gone:
            return
        self._gone = bool(recorder.lost)
        self.told += 1
        if recorder.lost:
            self._warn(f"{recorder.lost.message} Silence is recorded until it is back.")
        else:
            self._warn(f"There is a microphone again, after {recorder.gaps[-1].seconds:.1f} s.")


def _finish(
    options: RecordOptions,
    recorded: Recorded,
    device: Device,
    ending: Ending | None,
    sink: WavWriter | WavStream,
    warn: Callable[[str], None],
) -> None:
    """Complete the file, tell what is to be told. Raises what the recording has failed by."""
    recorder = recorded.recorder
    if isinstance(ending, Signalled) and isinstance(sink, WavStream):
        sink.abandon()  # a reader who takes nothing must not keep us
    elif recorder.frames:
        sink.complete()
        recorded.kept = sink.path if isinstance(sink, WavWriter) else None
        recorded.complete = True
    for notice in recorder.notices:
        warn(notice)
    if isinstance(ending, DeviceLost):
        raise ending.error
    if isinstance(ending, Signalled):
        raise Stopped(ending.number)
    if recorder.lost:
        raise SoundError(
            f"The microphone has not come back. {recorder.lost.message}", recorder.lost.hint
        )
    if recorder.only_zeros and recorder.heard_ms:
        raise _only_zeros(device)
    if not recorder.frames:
        raise SoundError(
            f"Nothing was recorded: no sound was heard in {recorder.heard_ms / 1000:.1f} s.",
            "Speak up, or leave out --wait-for-sound. Try the microphone: s2s devices test",
        )
    if options.strict and recorder.overruns:
        raise SoundError(
            "Samples were lost, and --strict does not allow that.",
            "End other programs, or record to a quicker disk, and try again.",
        )


def _only_zeros(device: Device) -> SoundError:
    from s2s.audio.check.why_silent import only_zeros

    return only_zeros(device)


def _open_sink(
    options: RecordOptions, watch: RecordWatch, stack: ExitStack
) -> WavWriter | WavStream:
    sink = open_output(
        options.output,
        "OUT",
        stack,
        force=options.force,
        what="The recording",
        rate=options.config.rate,
        channels=options.config.channels,
        can_be_long=True,
    )
    if isinstance(sink, WavWriter):
        earlier = sink.target.with_name(f"{sink.target.stem}.partial.wav")
        if sink.partial_path != earlier:
            watch.warn(f"{earlier} holds what an earlier recording was when it was cut off.")
    return sink
