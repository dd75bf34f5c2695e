"""The microphone and the speaker of a session: opened, lost, opened again.

What they give and take goes through the session's chain, which outlives both of them: another
speaker goes on where the one before it stopped. While neither of them runs nobody counts the time;
it is made up with silence, so that what is recorded lies where it was heard.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from s2s import pcm
from s2s.audio.devices.protocols import (
    LiveMicrophone,
    LiveSpeaker,
    Opening,
    Post,
    Pull,
    Side,
)
from s2s.audio.events import (
    AudioCaptured,
    DeviceBack,
    DeviceLost,
    DevicePaused,
    Event,
    StoodStill,
    Times,
)
from s2s.audio.live.chain import Canceller, Chain
from s2s.audio.live.standstill import LONGEST_S, Backlog, Pace
from s2s.audio.live.worker import Worker
from s2s.clock import now as clock_now

_STILL_S = 0.5  # without a sound from either


class Devices:
    """One device on each side at a time; what one posts after another was opened is nothing.

    `clocked`: the speaker is a real one, whose time passes whether it pulls or not. What stands in
    for one is only late.
    """

    def __init__(
        self,
        post: Post,
        *,
        canceller: Canceller | None = None,
        worker: Worker | None = None,
        now: Callable[[], float] = clock_now,
        clocked: bool = False,
    ) -> None:
        self.chain = Chain(post, canceller=canceller, worker=worker, now=now)
        self._opened: set[str] = set()  # sides that had a device
        self._post, self._now = post, now
        self._microphone: LiveMicrophone | None = None
        self._speaker: LiveSpeaker | None = None
        self._resting = False
        self._lock = threading.Lock()  # for what is below
        self._runs: set[Side] = set()  # gives or takes sound
        self._same: set[Side] = set()  # has done so since it was opened
        self._at: dict[Side, float] = {}  # when it did so last
        self._left_at: dict[Side, float] = {}  # when the device before this one did so last
        self._expected: dict[Side, str] = {}  # names of devices that have given nothing yet
        self._filled_at = 0.0  # until when silence was made up
        self._clocked, self._pace, self._backlog = clocked, Pace(), Backlog()
        self._taken_s = 0.0  # by the speaker, when the last chunk was heard

    def open_microphone(self, microphone: LiveMicrophone) -> None:
        """Begin to capture, with this one from now on. Raises `SoundError`."""

        def post(event: Event) -> None:
            if microphone is not self._microphone:
                return
            if isinstance(event, AudioCaptured):
                self._captures(event)
            else:
                self._tell(event)

        self.close_microphone()
        self._reopens("microphone")
        self._microphone = microphone
        try:
            microphone.start(post)
        except BaseException:
            self.close_microphone()
            raise

    def open_speaker(self, speaker: LiveSpeaker) -> None:
        """Be heard, from this one from now on. Raises `SoundError`."""

        def post(event: Event) -> None:
            if speaker is self._speaker:
                self._tell(event)

        self.close_speaker()
        self._reopens("speaker")
        self._speaker = speaker
        try:
            speaker.start(self, post)
        except BaseException:
            self.close_speaker()
            raise

    def _tell(self, event: Event) -> None:
        if isinstance(event, DeviceLost):
            if event.side == "speaker":
                self.chain.rests()
            self._stops(event.side)
        self._post(event)

    # --- what they give and take

    def _captures(self, captured: AudioCaptured) -> None:
        """A chunk has come; the first after a pause brings the silence of the pause with it."""
        now, ms = self._now(), pcm.duration_ms(len(captured.pcm))
        if captured.times is None:  # what stands in for a microphone has no streams
            self._runs.add("microphone")
        elif captured.times.frame == 0:
            paused_ms = self._begins("microphone", now, ms)
            if paused_ms > 0:
                silence = pcm.silence(paused_ms)
                self.chain.capture(AudioCaptured(silence, overrun=True))
            self._backlog.begin()
        self._at["microphone"] = now
        if captured.times is None or not self._is_old(now, captured):
            self.chain.capture(captured)

    def _is_old(self, now: float, captured: AudioCaptured) -> bool:
        """Whether a chunk waited while the program stood still: it is not heard as if new."""
        old = self._backlog.is_old(now, captured.ms / 1000)
        if still_s := self._backlog.stood_still_s:
            made_up_s = self.chain.taken_s - self._taken_s  # by a speaker
            if (missed_s := min(still_s, LONGEST_S) - made_up_s) > 0:
                self.chain.stand_still(missed_s * 1000)
            self._post(StoodStill(round(still_s * 1000)))
        if not old:
            self._taken_s = self.chain.taken_s
        return old

    def opened(self, opening: Opening) -> Pull:
        """Return what the speaker's new stream is filled from."""
        pull = self.chain.opened(opening)

        def noted(frames: int, times: Times) -> bytes:
            now = self._now()
            if times.frame == 0:
                self._begins("speaker", now, 0.0)
                self._pace.begin(now, self.chain.taken_s)
            if self._clocked:
                self._makes_up(now, frames / opening.rate)
            self._at["speaker"] = now
            return pull(frames, times)

        return noted

    def _makes_up(self, now: float, seconds: float) -> None:
        """Let the time pass in which the speaker should have pulled, and did not."""
        still = self._pace.pulls(now, seconds, self.chain.taken_s)
        if still.missed_s:
            self.chain.stand_still(min(still.missed_s, LONGEST_S) * 1000)
        if still.seconds:
            self._post(DevicePaused("speaker", round(still.seconds * 1000)))

    def rests(self) -> None:
        """The speaker pulls nothing until it is opened again."""
        self.chain.rests()

    def _begins(self, side: Side, now: float, ms: float) -> int:
        """A stream has given or wants its first `ms`; return how long the device had paused."""
        with self._lock:
            begun = now - ms / 1000
            self._fill(begun)
            self._runs.add(side)
            paused = side in self._same
            self._same.add(side)
            paused_ms = max(0, round((begun - self._at[side]) * 1000)) if paused else 0
            back = self._back(side)
        if back:
            self._post(back)
        device = self._microphone if side == "microphone" else self._speaker
        if self._resting and device:  # not before: a speaker that rests would never begin
            device.rest()
        if paused:
            self._post(DevicePaused(side, paused_ms))
        return paused_ms

    def _back(self, side: Side) -> DeviceBack | None:
        """Return what is to be told of a device that gives or takes sound for the first time."""
        name = self._expected.pop(side, None)
        if name is None:
            return None
        return DeviceBack(side, name, self.gap_ms(side))

    # --- while a device is away

    def runs(self, side: Side) -> bool:
        """Whether a side's device gives or takes sound."""
        return side in self._runs

    def gap_ms(self, side: Side) -> int:
        """How long ago the device before this one gave or took something; 0: there was none."""
        left_at = self._left_at.get(side)
        return 0 if left_at is None else round((self._now() - left_at) * 1000)

    def expect(self, side: Side, name: str) -> None:
        """Post `DeviceBack` as soon as the device that was opened gives or takes sound."""
        with self._lock:
            self._expected[side] = name
            back = self._back(side) if side in self._runs else None
        if back:
            self._post(back)

    def pause(self, leaving: Side) -> None:
        """Give up one side's device; the other is about to stand still, until it begins anew."""
        if leaving == "microphone":
            self.close_microphone()
        else:
            self.close_speaker()
        with self._lock:
            self._runs.clear()

    def stand_still(self) -> None:
        """Let silence pass if neither runs: time goes on."""
        now = self._now()
        with self._lock:
            if now - max([0.0, *self._at.values()]) > _STILL_S:
                self._fill(now)

    def _fill(self, until: float) -> None:
        if self._runs or not self._at:
            return
        still = until - max(*self._at.values(), self._filled_at)
        if still > 0:
            self._filled_at = until
            self.chain.stand_still(min(still, LONGEST_S) * 1000)

    def _reopens(self, side: str) -> None:
        """Tell the chain of a device that is not the first on its side."""
        if side in self._opened:
            self.chain.reopened()
        self._opened.add(side)

    @property
    def latency_ms(self) -> float:
        """From the moment when the speaker takes a sample to the moment when it sounds."""
        return self._speaker.latency_ms if self._speaker else 0.0

    def rest(self) -> None:
        """Let both cost less while nobody speaks."""
        self._resting = True
        self._same.discard("speaker")  # it may be closed until it wakes
        for device in (self._microphone, self._speaker):
            if device:
                device.rest()

    def wake(self) -> None:
        """Let both be as quick as possible again."""
        self._resting = False
        for device in (self._microphone, self._speaker):
            if device:
                device.wake()

    def close_microphone(self) -> None:
        """Hear nothing more."""
        microphone, self._microphone = self._microphone, None
        if microphone:
            microphone.close()
            self._stops("microphone")

    def close_speaker(self) -> None:
        """Let nothing be heard any more; what is queued waits. Raises what closing raises."""
        speaker, self._speaker = self._speaker, None
        if speaker:
            speaker.close()
            self._stops("speaker")
            self.chain.rests()

    def _stops(self, side: Side) -> None:
        with self._lock:
            self._runs.discard(side)
            self._same.discard(side)
            self._expected.pop(side, None)
            if side in self._at:
                self._left_at[side] = self._at[side]
