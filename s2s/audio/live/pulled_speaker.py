"""The half of a speaker that every speaker has: a `Playout` that two threads share."""

from __future__ import annotations

import threading

from s2s.audio.devices.choice import Post
from s2s.audio.events import Part, PlayoutCleared
from s2s.audio.live.playout import PREBUFFER_MS, Playout


class PulledSpeaker:
    """Queues on one thread what `pull` gives on another; a device adds `start` and `close`."""

    def __init__(self, prebuffer_ms: float = PREBUFFER_MS) -> None:
        self._playout = Playout(prebuffer_ms)
        self._lock = threading.Lock()
        self._post: Post = _to_nobody

    def play(self, part: Part, audio: bytes) -> None:
        with self._lock:
            self._playout.add(part, audio)

    def end(self, part: Part) -> None:
        with self._lock:
            self._playout.end(part)

    def clear(self) -> None:
        with self._lock:
            heard = self._playout.clear()
            cleared = PlayoutCleared(heard, self._playout.silent_at_ms)
        self._post(cleared)

    def rest(self) -> None:
        """Go on: what only writes to a file has nothing to save."""

    def wake(self) -> None:
        """Go on."""

    def pull(self, size: int) -> bytes:
        """Return exactly `size` bytes of PCM and post what they brought; never waits for long."""
        with self._lock:
            pulled, happened = self._playout.pull(size)
        for happening in happened:
            self._post(happening)
        return pulled


def _to_nobody(event: object) -> None:
    """Stand in for `post` until the speaker has started."""
