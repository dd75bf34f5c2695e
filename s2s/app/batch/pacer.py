"""How fast files may begin, for all jobs together. Pure: the time is an argument.

A limit that was met holds everybody back until it is over, and after it they begin one by one. An
endpoint that cannot be reached is tried by one job alone until it can be.
"""

from __future__ import annotations

FIRST_GAP_S, MOST_GAP_S = 0.25, 10.0  # between two beginnings, once a limit was met
SHRINKS = 0.8  # the gap, with each reply
FORGOTTEN_S = 0.02  # a gap that is shorter is none
FIRST_WAIT_S, MOST_WAIT_S = 1.0, 60.0  # until an endpoint that cannot be reached is tried again
HOPELESS_S = 1_800.0  # without a single connection


class Pacer:
    """Times are seconds that only ever grow."""

    def __init__(self) -> None:
        self._held_until = self._next_at = 0.0
        self._gap_s = 0.0
        self._misses = 0  # times in a row that there was no connection
        self._missed_since = 0.0
        self._probes = False  # one job tries whether the endpoint can be reached

    def wait_s(self, now: float) -> float | None:
        """Return the seconds until a file may begin, 0.0 for now; None: as long as one tries."""
        if self._probes:
            return None
        return max(0.0, self._held_until - now, self._next_at - now)

    def begin(self, now: float) -> None:
        """A file begins."""
        self._next_at = now + self._gap_s
        self._probes = self._misses > 0

    def limited(self, now: float, wait_s: float) -> None:
        """The endpoint wants to be left alone for so long."""
        self._held_until = max(self._held_until, now + wait_s)
        self._gap_s = min(MOST_GAP_S, max(FIRST_GAP_S, self._gap_s * 2))

    def exhausted(self, now: float, reset_s: float) -> None:
        """A limit is used up, and reset after so long; nothing was refused."""
        self._held_until = max(self._held_until, now + reset_s)

    def missed(self, now: float) -> None:
        """There is no connection; of several that are missed at once the first one counts."""
        self._probes = False
        if self._misses and now < self._held_until:
            return
        self._missed_since = self._missed_since if self._misses else now
        wait_s = min(MOST_WAIT_S, FIRST_WAIT_S * 2**self._misses)
        self._held_until = max(self._held_until, now + wait_s)
        self._misses = min(self._misses + 1, 30)

    def is_hopeless(self, now: float) -> bool:
        """Whether there has been no connection for so long that nobody waits for one."""
        return self._misses > 0 and now - self._missed_since > HOPELESS_S

    def connected(self) -> None:
        """There is a connection."""
        self._misses, self._probes = 0, False

    def left(self) -> None:
        """Whoever tried has left without an answer: another may try."""
        self._probes = False

    def replied(self) -> None:
        """A reply has come whole."""
        self._gap_s = self._gap_s * SHRINKS if self._gap_s > FORGOTTEN_S else 0.0
