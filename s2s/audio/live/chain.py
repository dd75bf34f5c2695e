"""The chain of sound: what lies between microphone, speaker and inbox, whatever the devices are.

    microphone > [canceller] > inbox
    inbox > playout > [taps: recording, canceller's reference] > rate > speaker

It belongs to the session. A device that is lost takes nothing with it: the next one goes on where
that one stopped. Whatever is told of is counted in one way, in what the speaker took.
"""

from __future__ import annotations

import threading
from typing import Protocol

from s2s import pcm
from s2s.audio.devices.protocols import PCM, Opening, Post, Pull
from s2s.audio.events import AudioCaptured, AudioPlayed, Heard, Part, PlayoutCleared, Times
from s2s.audio.live.alignment import Alignment
from s2s.audio.live.playout import PREBUFFER_MS, Playout

REPORT_MS = 100  # between two `AudioPlayed`


class Tap(Protocol):
    """Hears what the speaker takes, on whichever thread that happens; must not wait."""

    def played(self, block: bytes, at: int, times: Times | None, heard: Heard | None) -> None:
        """Take a block that begins `at` bytes into all that was taken.

        `times` is None for the silence of a speaker that rests; `heard` is the part under the
        playhead and how far into it that is.
        """


class Canceller(Tap, Protocol):
    """Takes out of the microphone what it hears of the speaker."""

    def cleaned(self, chunk: bytes, at: int, times: Times | None) -> bytes:
        """Return as much; it was captured beside what was taken `at`."""


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
        self, post: Post, *, prebuffer_ms: float = PREBUFFER_MS, canceller: Canceller | None = None
    ) -> None:
        self._post, self._canceller = post, canceller
        self._playout = Playout(prebuffer_ms)
        self._taps: list[Tap] = [Report(post), *([canceller] if canceller else [])]
        self._alignment = Alignment()
        self._stream: object = None  # the one that is pulled from
        self._lock = threading.Lock()

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

    # --- from the microphone

    def capture(self, captured: AudioCaptured) -> None:
        """Post a chunk with its place; while no speaker pulls, as much silence is taken."""
        with self._lock:
            size = len(captured.pcm)
            at, silence = self._alignment.captured(size, self._playout.taken)
            if silence:
                begins = self._playout.taken
                self._playout.skip(silence)
                self._tell(bytes(silence), begins, None)
            chunk = captured.pcm
            if self._canceller:
                chunk = self._canceller.cleaned(chunk, at, captured.times)
            self._post(AudioCaptured(chunk, captured.overrun, captured.times, at))

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
