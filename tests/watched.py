"""A recording that is read on a thread, where no time is to pass while that has work to do."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from s2s.audio.files.read_ahead import Readable
from s2s.conversation import commands as do
from s2s.conversation import events as on


class Watched:
    """A recording that knows whether its next chunk is ready to be taken."""

    def __init__(self, recording: Readable) -> None:
        self._recording = recording
        self._handed_over = self._taken = 0
        self._reader: threading.Thread | None = None
        self._over = False

    @property
    def peak(self) -> float:
        return self._recording.peak

    def chunks(self, ms: int) -> Iterator[bytes]:
        self._reader = threading.current_thread()
        try:
            for chunk in self._recording.chunks(ms):
                yield chunk
                self._handed_over += 1
        finally:
            self._over = True

    def taken(self, at: float, happening: on.Event | do.Command) -> None:
        """Watch the session: another chunk was taken."""
        self._taken += isinstance(happening, on.AudioCaptured | on.Uploaded)

    def is_read(self) -> bool:
        """Whether the session would wait for the thread that reads, were it to take a chunk."""
        if self._over:
            return self._reader is not None and self._reader.is_alive()
        return self._handed_over < self._taken + 2  # one is under way from there to the session
