"""Hears one microphone at a time, whichever was asked for last; asking never waits."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from s2s.audio.devices.choice import Device
from s2s.audio.devices.protocols import Microphone
from s2s.audio.events import AudioCaptured, DeviceLost, Event
from s2s.audio.level.meter import Meter, measure
from s2s.errors import Bug, S2SError
from s2s.threads import report

_CLOSE_S = 1.0  # for the last microphone to be closed; one that hangs is left behind


class Previewed:
    """What is known of the microphone that was asked for last."""

    def __init__(self, device: Device, changed: Callable[[], None]) -> None:
        self.device = device
        self.meter: Meter | None = None  # once it gives something
        self.only_zeros = True
        self.error: S2SError | None = None
        self._changed = changed

    def take(self, event: Event) -> None:
        """Take what the microphone posts, on its thread."""
        if isinstance(event, AudioCaptured):
            measured = measure(event.pcm)
            self.meter = self.meter or Meter()
            self.meter.hear(measured, event.ms)
            self.only_zeros = self.only_zeros and measured.peak == 0.0
        elif isinstance(event, DeviceLost):
            self.error = event.error
        self._changed()

    def refuse(self, error: S2SError) -> None:
        """Take down why the microphone does not open."""
        self.error = error
        self._changed()


class Preview:
    """A thread that opens and closes microphones: a slow one holds nobody else up."""

    def __init__(
        self, open_microphone: Callable[[Device], Microphone], changed: Callable[[], None]
    ) -> None:
        self._open_microphone = open_microphone
        self._changed = changed
        self._wanted: queue.SimpleQueue[Previewed | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="preview", daemon=True)
        self._thread.start()

    def listen_to(self, device: Device) -> Previewed:
        """Hear `device` from now on; returns what will be known of it."""
        heard = Previewed(device, self._changed)
        self._wanted.put(heard)
        return heard

    def close(self) -> None:
        """Close the microphone, and stop."""
        self._wanted.put(None)
        self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        microphone: Microphone | None = None
        while True:
            wanted = self._wanted.get()
            try:
                if microphone:
                    opened, microphone = microphone, None
                    opened.close()
                if wanted and self._wanted.empty():  # else the arrow key has gone on already
                    microphone = self._open_microphone(wanted.device)
                    microphone.start(wanted.take)
            except S2SError as error:
                if wanted:
                    wanted.refuse(error)
            except Exception as exc:  # the next one may still be heard
                report(exc)
                if wanted:
                    wanted.refuse(Bug("The microphone was not opened", exc))
            if wanted is None:
                return
