"""The chain of sound: what lies between microphone, speaker and inbox, whatever the devices are.

    microphone > | rate > [canceller] > inbox      (| from here on the worker's thread)
    inbox > playout > [taps: recording, canceller's reference] > rate > speaker

It belongs to the session. A device that is lost takes nothing with it: the next one goes on where
that one stopped. Whatever is told of is counted in one way, in what the speaker took.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, Protocol

from s2s import pcm
from s2s.audio.devices.protocols import PCM, Opening, Post, Pull
from s2s.audio.events import (
    AudioCaptured,
    AudioPlayed,
    DeviceLost,
    Event,
    Heard,
    Part,
    PlayoutCleared,
    PlayoutHeld,
    PlayoutResumed,
    Times,
)
from s2s.audio.live.alignment import Alignment
from s2s.audio.live.capturing import AsWanted, Durations
from s2s.audio.live.playout import PREBUFFER_MS, Playout
from s2s.audio.live.worker import AtOnce, Worker
from s2s.errors import Bug

REPORT_MS = 100  # between two `AudioPlayed`


class Tap(Protocol):
    """Hears what the speaker takes, on whichever thread that happens; must not wait."""

    def played(self, block: bytes, at: int, times: Times | None, heard: Heard | None) -> None:
        """Take a block that begins `at` bytes into all that was taken.

        `times` is None for the silence of a speaker that rests; `heard` is the part under the
        playhead and how far into it that is.
        """


class Taken(NamedTuple):
    """What the speaker had taken when a chunk came, in bytes of PCM."""

    size: int
    evenly: float  # the same, if blocks were taken sample by sample and not at once


class Canceller(Tap, Protocol):
    """Takes out of the microphone what it hears of the speaker."""

    def load(self) -> None:
        """Import what takes long, on the worker; the microphone is open by then."""

    def cleaned(self, chunk: bytes, at: int, taken: Taken) -> bytes:
        """Return as much, on the worker; it was captured beside what was taken `at`."""

    def reopened(self) -> None:
        """Another device is used from now on: what was learnt of the one before is nothing."""


class Report:
    """The first tap: posts what the speaker took, for the recording and the screen."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._tape = bytearray()

    def played(self, block: bytes, at: int, times: Times | None, heard: Heard | None) -> None:
        self._tape += block
        if len(self._tape) >= pcm.size_of(REPORT_MS):
            self._post(AudioPlayed(bytes(self._tape), heard))
            self._tape.clear()


class Chain:
    """A `Playout` and what hears it, shared by the threads of both devices and of the loop."""

    def __init__(
        self,
        post: Post,
        *,
        prebuffer_ms: float = PREBUFFER_MS,
        canceller: Canceller | None = None,
        worker: Worker | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._post, self._canceller, self._now = post, canceller, now
        self._worker = worker or AtOnce()
        self._works = canceller is not None  # from the first block that is to be converted as well
        self._playout = Playout(prebuffer_ms)
        report = Report(self._post_in_order)
        self._taps: list[Tap] = [report, *([canceller] if canceller else [])]
        self._alignment, self._durations = Alignment(), Durations()
        self._as_wanted = AsWanted()
        self._failed = False
        self._stream: object = None  # the one that is pulled from
        self._pulled, self._pulled_at = 0, 0.0  # last, and when
        self._lock = threading.Lock()
        if canceller:
            self._worker.do(partial(self._carefully, canceller.load))

    def close(self) -> None:
        """Have what was captured posted, and end the worker."""
        self._worker.close()

    # --- from the inbox

    def play(self, part: Part, audio: bytes) -> None:
        """Queue PCM behind what is queued already."""
        with self._lock:
            self._playout.add(part, audio)

    def end(self, part: Part) -> None:
        """No more audio comes for this part."""
        with self._lock:
            self._playout.end(part)

    def clear(self) -> None:
        """Fall silent; posts `PlayoutCleared` before it returns."""
        with self._lock:
            heard = self._playout.clear()
            self._post(PlayoutCleared(heard, self._playout.silent_at_ms))

    def hold(self) -> None:
        """Fall silent and keep the place; posts `PlayoutHeld` before it returns."""
        with self._lock:
            self._playout.hold()
            self._post(PlayoutHeld(self._playout.heard, self._playout.silent_at_ms))

    def resume(self) -> None:
        """Go on where it was held; posts `PlayoutResumed` before it returns."""
        with self._lock:
            self._playout.resume()
            self._post(PlayoutResumed(self._playout.silent_at_ms))

    # --- from the microphone

    def capture(self, captured: AudioCaptured) -> None:
        """Post what was captured with its place; while no speaker pulls, silence is taken."""
        with self._lock:
            size = self._durations.size(captured)
            at, silence = self._alignment.captured(size, self._playout.taken)
            if silence:
                begins = self._playout.taken
                self._playout.skip(silence)
                self._tell(bytes(silence), begins, None)
            placed, taken = replace(captured, at=at), self._taken()
            self._works |= captured.opening is not None
            if self._works:
                self._worker.do(partial(self._carefully, self._hear, placed, size, taken))
            else:
                self._post(placed)

    def reopened(self) -> None:
        """Another device is used from now on, on either side."""
        if self._canceller:
            self._worker.do(partial(self._carefully, self._canceller.reopened))

    def _taken(self) -> Taken:
        size = self._playout.taken
        if self._stream is None:
            return Taken(size, size)
        since = (self._now() - self._pulled_at) * pcm.RATE * pcm.SAMPLE_SIZE
        return Taken(size, size - self._pulled + min(since, self._pulled))

    def _hear(self, captured: AudioCaptured, size: int, taken: Taken) -> None:
        for chunk in self._as_wanted.convert(captured, size):
            cleaned = chunk
            if self._canceller and chunk.at is not None:
                audio = self._canceller.cleaned(chunk.pcm, chunk.at, taken)
                cleaned = replace(chunk, pcm=audio, raw=chunk.pcm)
            self._post(cleaned)

    def _carefully(self, work: Callable[..., None], *given: Any) -> None:
        """Do it; a bug ends the conversation, once, and not the thread."""
        try:
            work(*given)
        except Exception as exc:
            if not self._failed:
                self._failed = True
                self._post(DeviceLost("microphone", Bug("The sound was not worked on", exc)))

    def _post_in_order(self, event: Event) -> None:
        """Post it behind what was captured before."""
        if self._works:
            self._worker.do(partial(self._post, event))
        else:
            self._post(event)

    # --- from the speaker

    def opened(self, opening: Opening) -> Pull:
        """Return what a speaker's new stream is filled from; the one before gets silence."""
        stream = object()
        with self._lock:
            self._stream = stream

        def pull(frames: int, times: Times) -> bytes:
            return self._pull(stream, frames * pcm.SAMPLE_SIZE, times)

        if opening == PCM:
            return pull
        from s2s.audio.live.resample import PlayoutConverter

        return PlayoutConverter(opening, pull).fill

    def rests(self) -> None:
        """The speaker pulls nothing for now: the reference goes on as silence."""
        with self._lock:
            self._stream = None
            self._alignment.rests()

    @property
    def taken_s(self) -> float:
        """How much was taken, and passed without a speaker; the clock of the recording."""
        return pcm.seconds(self._playout.taken)

    def stand_still(self, ms: float) -> None:
        """Let silence pass: for so long nothing was captured and nothing pulled."""
        with self._lock:
            begins, size = self._playout.taken, pcm.size_of(ms)
            self._playout.skip(size)
            self._tell(bytes(size), begins, None)

    def _pull(self, stream: object, size: int, times: Times) -> bytes:
        with self._lock:
            if stream is not self._stream:  # a callback of a stream that was given up
                return bytes(size)
            self._alignment.pulled()
            self._pulled, self._pulled_at = size, self._now()
            begins = self._playout.taken
            pulled, happened = self._playout.pull(size)
            for happening in happened:
                self._post(happening)
            self._tell(pulled, begins, times)
        return pulled

    def _tell(self, block: bytes, at: int, times: Times | None) -> None:
        heard = self._playout.heard
        for tap in self._taps:
            tap.played(block, at, times, heard)
