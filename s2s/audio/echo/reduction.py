"""How much a canceller takes out, measured while a reply sounds and nobody speaks. Pure."""

from __future__ import annotations

import math

from s2s import pcm

_ENOUGH_MS, _PLENTY_MS = 1000, 5000  # of sound: to say something, and that says no less than more
_CHANGED_DB = 3.0  # what is worth telling


class Reduction:
    """Adds up what went in and what came out."""

    def __init__(self) -> None:
        self.db: float | None = None
        """What was settled last."""
        self._before = self._after = 0.0
        self._ms = 0

    def hear(self, near: bytes, cleaned: bytes) -> None:
        """Take a chunk before and behind the canceller."""
        if self._ms >= _PLENTY_MS:
            return
        self._before += pcm.level(near) ** 2
        self._after += pcm.level(cleaned) ** 2
        self._ms += pcm.duration_ms(len(near))

    def settled(self) -> bool:
        """A reply is over; return whether the figure has changed."""
        if self._ms < _ENOUGH_MS or not self._before:
            return False
        found = 10 * math.log10(self._before / max(self._after, 1e-12))
        changed = self.db is None or abs(found - self.db) >= _CHANGED_DB
        if changed:
            self.db = found
        self._before = self._after = 0.0
        self._ms = 0
        return changed
