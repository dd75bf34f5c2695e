"""How far the microphone's and the speaker's tracks go, on one clock.

The speaker's is the clock: ten times a second it tells what it took, silence included, also while
it rests. Each chunk of the microphone knows where it lies beside that.
"""

from __future__ import annotations

from s2s import pcm

_REPORT = pcm.size_of(100)  # what the speaker tells of at once
_TOLERANCE = pcm.size_of(100)  # how late a chunk may come before its place stays silent


class Extent:
    """Counts both tracks as they come; all sizes are bytes of PCM."""

    def __init__(self) -> None:
        self.captured = self.played = 0

    @property
    def now(self) -> int:
        """How far the longer one goes."""
        return max(self.captured, self.played)

    def play(self, size: int) -> None:
        """Count what the speaker took."""
        self.played += size
        self.captured = max(self.captured, self.played - _REPORT - _TOLERANCE)

    def capture(self, size: int, at: int | None = None) -> int:
        """Count a chunk that lies `at`, or else behind the one before it.

        Return where it lies. Where another one lies already it does not count.
        """
        if at is not None and at < self.captured:
            return self.captured
        lies = self.captured if at is None else at
        self.captured = lies + size
        return lies
