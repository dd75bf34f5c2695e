"""One inbox, one loop, for a recording: what microphone, keys and signals post, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Protocol, TypeGuard

from s2s.audio.devices.protocols import PCM
from s2s.audio.events import AudioCaptured, DeviceBack, DeviceLost, DeviceStillGone, Opening
from s2s.audio.live.capturing import AsWanted
from s2s.audio.recorder import PausePressed, Recorder
from s2s.conversation.events import Event, QuitPressed, StopPressed
from s2s.errors import SoundError


@dataclass(frozen=True, slots=True)
class Signalled:
    """The system wants the program to end."""

    number: int


Inbox = SimpleQueue[Event | PausePressed | Signalled]
Ending = DeviceLost | QuitPressed | StopPressed | Signalled


class Sink(Protocol):
    """Takes samples; raises WriteError."""

    def write(self, samples: bytes) -> None: ...


def record(
    recorder: Recorder,
    inbox: Inbox,
    sink: Sink,
    observe: Callable[[Recorder], None],
    wanted: Opening = PCM,
    *,
    reconnect: bool = False,
) -> Ending | None:
    """Write the recording until it is over; return what ended it, None if it did by itself.

    What the microphone gives in another format than `wanted` is converted here. With `reconnect` a
    microphone that is lost ends nothing: silence is written until it is back.
    """
    as_wanted = AsWanted(wanted)
    while not recorder.end:
        happening = inbox.get()
        if isinstance(happening, DeviceBack | DeviceStillGone):
            if silence := recorder.miss(happening.gap_ms):
                sink.write(silence)
            if isinstance(happening, DeviceBack):
                recorder.find()
        elif reconnect and _may_come_back(happening):
            recorder.lose(happening.error)
        elif isinstance(happening, AudioCaptured):
            for chunk in as_wanted.convert(happening):
                samples = recorder.hear(chunk.pcm, overrun=chunk.overrun)
                if samples:
                    sink.write(samples)
                if recorder.end:
                    break
        elif isinstance(happening, PausePressed):
            recorder.toggle_pause()
        elif isinstance(happening, DeviceLost | QuitPressed | StopPressed | Signalled):
            return happening
        observe(recorder)
    return None


def _may_come_back(happening: object) -> TypeGuard[DeviceLost]:
    return isinstance(happening, DeviceLost) and isinstance(happening.error, SoundError)
