"""Leaving by ourselves: when the recording is over, the time is up, or the connection is gone.

What is under way is brought to its end first; a reply that is being spoken is heard out.
"""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.errors import S2SError

GRACE = "grace"  # timer
GRACE_MS = 500.0  # for an endpoint to notice that a last turn is over


class Departure:
    """Decided on by `prepare`, due when everything has been quiet for a while."""

    def __init__(self) -> None:
        self.decided = False
        self.error: S2SError | None = None  # what to leave with
        self._wait_ms = 0.0
        self._waiting = False

    def prepare(self, pause_ms: float = 0.0, error: S2SError | None = None) -> None:
        """Leave as soon as all is quiet, and stays so for a turn's pause."""
        self.decided = True
        self.error = self.error or error
        self._wait_ms = pause_ms + GRACE_MS

    def consider(self, *, quiet: bool) -> list[do.Command]:
        """Return what to do about the present state."""
        quiet = quiet and self.decided
        if quiet == self._waiting:
            return []
        self._waiting = quiet
        return [do.StartTimer(GRACE, self._wait_ms) if quiet else do.CancelTimer(GRACE)]
