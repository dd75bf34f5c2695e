"""Where each chunk of the microphone lies beside what the speaker took. Pure.

The speaker is the clock: what it takes is counted, and silence is counted while none takes
anything. Chunks lie one behind the other, unless one was heard at another moment.
"""

from __future__ import annotations

from s2s import pcm

TOLERANCE = pcm.size_of(100)  # a chunk that is further off is put where it was heard
STALLED = pcm.size_of(300)  # captured without a pull: no speaker runs, whether it said so or not


class Alignment:
    """Told of every pull and every chunk; all sizes and places are bytes of PCM."""

    def __init__(self) -> None:
        self._end = 0  # where the last chunk ends
        self._since = 0  # captured since the last pull
        self._pulls = False  # a speaker runs
        self._placed = False  # a chunk was captured

    def pulled(self) -> None:
        self._pulls, self._since = True, 0

    def rests(self) -> None:
        self._pulls = False

    def captured(self, size: int, taken: int) -> tuple[int, int]:
        """Return where a chunk lies, and how much silence passes meanwhile.

        `taken` is what the speaker took until now. A chunk that lies where another one ends has
        come too early: the microphone runs faster than the speaker.
        """
        heard_until = taken + self._since
        self._since += size
        self._pulls = self._pulls and self._since <= STALLED
        if not self._pulls:  # what was captured last may still be behind what was taken last
            at = max(self._end, taken - TOLERANCE)
        else:
            late = heard_until - size - self._end
            if late < -TOLERANCE:
                return heard_until - size, 0
            at = self._end if self._placed and late <= TOLERANCE else heard_until - size
            at = max(at, self._end)
        self._placed = True
        self._end = at + size
        return at, 0 if self._pulls else max(0, self._end - taken)
