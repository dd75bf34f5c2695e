"""A microphone that outlives its device: what is lost is looked for until it is there again."""

from __future__ import annotations

import threading
from collections.abc import Callable

from s2s.audio.devices.choice import Device
from s2s.audio.devices.protocols import Microphone, Post, Side
from s2s.audio.events import AudioCaptured, DeviceBack, DeviceLost, DeviceStillGone, Event
from s2s.clock import now as clock_now
from s2s.errors import SoundError
from s2s.session.reopening import Choose, Look, Reopening, System

_AGAIN_S = 1.0  # from one look for it to the next


class LastingMicrophone:
    """Posts `DeviceLost`, then `DeviceStillGone` again and again, then `DeviceBack` and goes on."""

    def __init__(
        self,
        make: Callable[[Device], Microphone],
        device: Device,
        system: System,
        look: Look,
        choose: Choose,
        named: dict[Side, str],
        *,
        now: Callable[[], float] = clock_now,
        again_s: float = _AGAIN_S,
    ) -> None:
        self._make, self._device, self._now, self._again_s = make, device, now, again_s
        self._reopening = Reopening(
            system, look, self, choose, self._open, self._answered, opened={}, named=named
        )
        self._post: Post
        self._microphone: Microphone | None = None
        self._heard_at: float | None = None
        self._expected = ""  # the name of one that has given nothing yet
        self._timer: threading.Timer | None = None
        self._closed = False

    def start(self, post: Post) -> None:
        """Begin to capture. Raises `SoundError` if the device cannot be opened."""
        self._post = post
        self._open("microphone", self._device)

    def close(self) -> None:
        """Stop, at once and for good."""
        self._closed = True
        if self._timer:
            self._timer.cancel()
        self._reopening.close()
        self._leave()

    def _open(self, side: Side, device: Device) -> None:
        self._leave()
        microphone = self._microphone = self._make(device)
        microphone.start(lambda event: self._told(microphone, event))

    def _leave(self) -> None:
        microphone, self._microphone = self._microphone, None
        if microphone:
            microphone.close()

    def _told(self, microphone: Microphone, event: Event) -> None:
        if microphone is not self._microphone:
            return
        if isinstance(event, AudioCaptured):
            if self._expected:
                back = DeviceBack("microphone", self._expected, self.gap_ms("microphone"))
                self._expected = ""
                self._post(back)
            self._heard_at = self._now()
        self._post(event)
        if isinstance(event, DeviceLost) and isinstance(event.error, SoundError):
            self._expected = ""
            self._reopening.reopen("microphone")

    def _answered(self, event: Event) -> None:
        self._post(event)
        if isinstance(event, DeviceStillGone) and not self._closed:
            self._timer = threading.Timer(self._again_s, self._reopening.reopen, ["microphone"])
            self._timer.daemon = True
            self._timer.start()

    # --- what the search asks

    def runs(self, side: Side) -> bool:
        """Whether a side's device gives sound."""
        return False

    def gap_ms(self, side: Side) -> int:
        """How long ago the microphone gave something."""
        return 0 if self._heard_at is None else round((self._now() - self._heard_at) * 1000)

    def expect(self, side: Side, name: str) -> None:
        """Post `DeviceBack` as soon as what was opened gives sound."""
        self._expected = name

    def pause(self, leaving: Side) -> None:
        """Give up the device."""
        self._leave()

    def stand_still(self) -> None:
        """Nothing is recorded beside it."""
