"""The microphone and the speaker of a session: opened, and opened again if somebody asks.

What they give and take goes through the session's chain, which outlives both of them: another
speaker goes on where the one before it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from s2s.audio.devices.protocols import LiveMicrophone, LiveSpeaker, Post
from s2s.audio.events import AudioCaptured, Event
from s2s.audio.live.chain import Canceller, Chain
from s2s.audio.live.worker import Worker


class Devices:
    """One device on each side at a time; what one posts after another was opened is nothing."""

    def __init__(
        self,
        post: Post,
        *,
        canceller: Canceller | None = None,
        worker: Worker | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.chain = Chain(post, canceller=canceller, worker=worker, now=now)
        self._opened: set[str] = set()  # sides that had a device
        self._post = post
        self._microphone: LiveMicrophone | None = None
        self._speaker: LiveSpeaker | None = None

    def open_microphone(self, microphone: LiveMicrophone) -> None:
        """Begin to capture, with this one from now on. Raises `SoundError`."""

        def post(event: Event) -> None:
            if microphone is not self._microphone:
                return
            if isinstance(event, AudioCaptured):
                self.chain.capture(event)
            else:
                self._post(event)

        self.close_microphone()
        self._reopens("microphone")
        self._microphone = microphone
        microphone.start(post)

    def open_speaker(self, speaker: LiveSpeaker) -> None:
        """Be heard, from this one from now on. Raises `SoundError`."""

        def post(event: Event) -> None:
            if speaker is self._speaker:
                self._post(event)

        self.close_speaker()
        self._reopens("speaker")
        self._speaker = speaker
        speaker.start(self.chain, post)

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
        for device in (self._microphone, self._speaker):
            if device:
                device.rest()

    def wake(self) -> None:
        """Let both be as quick as possible again."""
        for device in (self._microphone, self._speaker):
            if device:
                device.wake()

    def close_microphone(self) -> None:
        """Hear nothing more."""
        microphone, self._microphone = self._microphone, None
        if microphone:
            microphone.close()

    def close_speaker(self) -> None:
        """Let nothing be heard any more; what is queued waits. Raises what closing raises."""
        speaker, self._speaker = self._speaker, None
        if speaker:
            speaker.close()
            self.chain.rests()
