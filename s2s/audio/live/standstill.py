"""Time in which nothing came of a device, seen from the clock. Pure.

A program that is stopped, or whose machine sleeps, misses what happens meanwhile, and some sound
systems keep for it what was captured: it comes at once then, and is old. A speaker's callback that
comes late and does not catch up means that nothing was heard for so long.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

STOOD_STILL_S = 2.0  # without a chunk of the microphone: the program stood still
LONGEST_S = 120.0  # of silence that is made up for it
STILL_S = 0.2  # without a pull: that is told
_SETTLED_S = 0.2  # in which sound comes no faster than time passes: it is new again
_FASTER_S = 0.05  # it comes faster than time passes
_TORN_S = 0.15  # between two chunks: somebody else has the processor, and more of the old may come
_OLD_S = 5.0  # for so long at most
_OPENING_S = 0.5  # until a speaker pulls evenly
_LOOK_S = 1.0  # how long a lag has to last that no pause explains
_LAG_S = 0.1  # less is no standstill: a speaker takes its blocks unevenly
_DRIFT = 0.0005  # between two clocks, at most; it is no standstill


class Still(NamedTuple):
    """How long a speaker stood still, and how much of that is not among what was taken."""

    seconds: float
    missed_s: float


IN_TIME = Still(0.0, 0.0)


class Backlog:
    """Told of every chunk of a microphone; knows which of them waited while nobody took them."""

    def __init__(self) -> None:
        self.stood_still_s = 0.0  # how long the last time lasted, with the first chunk after it
        self._given_s = 0.0  # of this stream
        self._last: float | None = None
        self._left: float | None = None  # when the last chunk came that was in time
        self._came = 0.0  # when the first one came after that
        self._late, self._since = 0.0, 0.0  # how late they come, and since when evenly

    def begin(self) -> None:
        """A new stream: nothing waits in it."""
        self._given_s, self._last, self._left = 0.0, None, None

    def is_old(self, now: float, seconds: float) -> bool:
        """Whether a chunk that comes now was captured before, while nobody took it."""
        self.stood_still_s = 0.0
        self._given_s += seconds
        late = now - self._given_s
        before, self._last = self._last, now
        if before is None:
            return False
        if self._left is None:
            if now - before >= STOOD_STILL_S:
                self._left, self._came = before, now
                self._late, self._since = late, now
        elif now - self._came < _OLD_S and (
            late < self._late - _FASTER_S or now - before >= _TORN_S
        ):
            self._late, self._since = late, now
        elif now - self._since >= _SETTLED_S:
            self.stood_still_s, self._left = now - self._left, None
        return self._left is not None


class Pace:
    """Told of every pull of a speaker; knows how much time has passed in which nobody pulled."""

    def __init__(self) -> None:
        self._opened_at = self._last = self._looked_at = 0.0
        self._expected = 0.0  # when the stream would have begun, had it never stood still
        self._pulled_s = self._skipped_s = 0.0
        self._taken_s = 0.0
        self._least = inf

    def begin(self, now: float, taken_s: float) -> None:
        """A new stream: it is in time, wherever it begins."""
        self._opened_at = self._last = self._looked_at = self._expected = now
        self._pulled_s = self._skipped_s = 0.0
        self._taken_s, self._least = taken_s, inf

    def pulls(self, now: float, seconds: float, taken_s: float) -> Still:
        """So much is about to be pulled; `taken_s` was taken in all, by this speaker or not."""
        passed, self._last = now - self._last, now
        self._skipped_s += taken_s - self._taken_s
        lag = now - self._pulled_s - self._expected
        self._pulled_s += seconds
        self._taken_s = taken_s + seconds
        if passed < STILL_S and now - self._opened_at < _OPENING_S:
            self._expected += min(0.0, lag)
            return IN_TIME
        drift = _DRIFT * passed
        self._expected += max(-drift, min(drift, lag))
        self._least = min(self._least, lag)
        if passed >= STILL_S and lag >= _LAG_S:
            return self._still(now, lag)
        if now - self._looked_at < _LOOK_S:
            return IN_TIME
        if self._least >= _LAG_S:
            return self._still(now, self._least)
        self._looked_at, self._least = now, inf
        return IN_TIME

    def _still(self, now: float, lag: float) -> Still:
        missed_s = max(0.0, lag - self._skipped_s)
        self._skipped_s = max(0.0, self._skipped_s - lag)  # was made up for too much
        self._expected += lag
        self._taken_s += missed_s
        self._looked_at, self._least = now, inf
        return Still(lag, missed_s)
