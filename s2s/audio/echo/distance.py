"""How far behind its reference an echo comes, the same whenever a speaker is opened. Pure.

Each opening puts the echo some blocks earlier or later, of which nothing tells but the echo itself.
A canceller needs seconds to follow; to move the reference back to where it was takes no time.
"""

from __future__ import annotations

_ALIKE_MS = 1.0  # two looks that see the same
_LOUD_DB = 8.0  # an echo that is that much louder or weaker than the first is something else
_LEAST_MS, _MOST_MS = 3.0, 45.0  # what is put right: less does no harm, more is no block


class Distance:
    """Told of looks, until two in a row agree."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None  # delay, loudness
        self._seen_ms: float | None = None
        self.known = False
        """It has been measured since the speaker was opened."""

    def opened(self) -> None:
        """A speaker was opened."""
        self.known, self._seen_ms = False, None

    def looked(self, delay_ms: float | None, found_db: float | None) -> float:
        """Take a look; return by how many ms more the echo is to come behind its reference."""
        if self._first and found_db is not None and abs(found_db - self._first[1]) > _LOUD_DB:
            delay_ms = None
        before, self._seen_ms = self._seen_ms, delay_ms
        if self.known or before is None or delay_ms is None or abs(before - delay_ms) > _ALIKE_MS:
            return 0.0
        self.known = True
        self._first = self._first or (delay_ms, found_db or 0.0)
        off_ms = self._first[0] - delay_ms
        return off_ms if _LEAST_MS <= abs(off_ms) <= _MOST_MS else 0.0
