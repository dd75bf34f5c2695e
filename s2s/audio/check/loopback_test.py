"""A microphone and a speaker tried out together: what is heard, and what was played when."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Iterator

from s2s import pcm
from s2s.audio.check.echo_measurement import LONGEST_MS, SOUND_MS, MeasuredEcho, chirps, find_echo
from s2s.audio.devices.protocols import Microphone, Post, Speaker
from s2s.audio.events import AudioCaptured, DeviceLost, Event, PartStarted
from s2s.audio.live.capturing import AsWanted
from s2s.audio.live.chain import Chain
from s2s.errors import SoundError

_PATIENCE_S = 15.0  # without any event; devices that stop tell so sooner
_SPEAKER_MS = 10_000  # of capture until the speaker must have begun
_CHIRPS = "chirps"


class Trial:
    """Both devices, open from `with` to its end."""

    def __init__(
        self,
        microphone: Microphone,
        speaker: Speaker,
        now: Callable[[], float] = time.monotonic,
        chain: Callable[[Post], Chain] = Chain,
    ) -> None:
        self._microphone = microphone
        self._speaker = speaker
        self._now = now
        self._chain = chain(self._post)
        self._inbox: queue.SimpleQueue[tuple[float, Event]] = queue.SimpleQueue()
        self._as_wanted = AsWanted()
        self._converted: deque[tuple[float, Event]] = deque()

    def __enter__(self) -> Trial:
        """Open both; a speaker that sleeps wakes up meanwhile. Raises `SoundError`."""
        try:
            self._speaker.start(self._chain, self._post)
            self._microphone.start(self._post)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        self._microphone.close()
        self._speaker.close()

    def listen(self, ms: float) -> Iterator[bytes]:
        """Give the chunks of the next `ms`, as they come. Raises `SoundError` for a lost device."""
        missing = pcm.size_of(ms)
        while missing > 0:
            _, event = self._next()
            if isinstance(event, AudioCaptured):
                missing -= len(event.pcm)
                yield event.pcm

    def echo(self) -> MeasuredEcho:
        """Play the chirps and find out how much of them comes back. Raises `SoundError`."""
        recording = bytearray()
        started: float | None = None
        ahead: list[float] = []  # of each chunk: the samples given, less those that time passed
        end = pcm.size_of(_SPEAKER_MS)
        self._chain.play(_CHIRPS, chirps())
        self._chain.end(_CHIRPS)
        while len(recording) < end:
            at, event = self._next()
            if isinstance(event, AudioCaptured):
                recording += event.pcm
                ahead.append(len(recording) / pcm.SAMPLE_SIZE - at * pcm.RATE)
            elif isinstance(event, PartStarted) and event.part == _CHIRPS:
                started = at * pcm.RATE
                end = len(recording) + pcm.size_of(SOUND_MS + LONGEST_MS)
        if started is None:
            raise SoundError(
                "The speaker takes no sound.", "Choose another, or restart the sound server."
            )
        # Chunks come late by chance and never early: the earliest says which sample was due when.
        return find_echo(bytes(recording), round(started + max(ahead)))

    def _next(self) -> tuple[float, Event]:
        while not self._converted:
            at, event = self._given()
            if isinstance(event, AudioCaptured):
                self._converted += [(at, each) for each in self._as_wanted.convert(event)]
            else:
                self._converted.append((at, event))
        return self._converted.popleft()

    def _given(self) -> tuple[float, Event]:
        try:
            at, event = self._inbox.get(timeout=_PATIENCE_S)
        except queue.Empty:
            raise SoundError(
                "Neither microphone nor speaker does anything.", "Restart the sound server."
            ) from None
        if isinstance(event, DeviceLost):
            raise event.error
        return at, event

    def _post(self, event: Event) -> None:
        self._inbox.put((self._now(), event))
