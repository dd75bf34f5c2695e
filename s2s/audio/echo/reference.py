"""What the speaker took, and which of it belongs beside a chunk of the microphone. Pure.

A canceller finds a delay by itself, as long as it stays, and as long as an echo never comes before
its reference. So the distance between what sounds and its reference is kept, also when a speaker is
opened again and fills its buffers at once. What is measured for that is the level: how much the
speaker would have taken when a chunk came, had it taken sample by sample, beyond where that lies.
"""

from __future__ import annotations

import threading
from collections import deque
from statistics import median

from s2s import pcm
from s2s.audio.events import Times

KEPT = pcm.size_of(2000)
_WINDOW = 20  # chunks whose level is looked at, 0.4 s
_SHORT = 5  # chunks with a hole, until the speaker is taken to have fallen behind
IN_HAND = pcm.size_of(10)  # how much later than could be the reference is, to be moved either way
_OFF = pcm.size_of(6)  # while it sounds, nothing is done about less


class Reference:
    """Told of every block on the speaker's thread, asked on the worker; sizes are bytes of PCM."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tape = bytearray()
        self._begin = 0  # where the tape does
        self._sounds_until: int | None = None
        self.sounded = 0
        """How much has sounded since the speaker was opened last."""
        self._streams = False
        self._levels: deque[float] = deque(maxlen=_WINDOW)
        self._holes: deque[int] = deque(maxlen=_SHORT)
        self._shift = 0  # how much earlier than its place the reference of a chunk is
        self._end: int | None = None  # where the last chunk does
        self._off = self._earliest = -IN_HAND  # from the level, never beyond it

    def played(self, block: bytes, at: int, times: Times | None) -> None:
        """Keep a block; without `times` it is the silence of a speaker that rests."""
        sounds = block.count(0) != len(block)
        with self._lock:
            end = self._begin + len(self._tape)
            if at != end:
                self._tape, self._begin = bytearray(), at
            self._tape += block
            if len(self._tape) > 2 * KEPT:
                del self._tape[:-KEPT]
                self._begin = at + len(block) - KEPT
            opened = times is not None and times.frame == 0
            if opened or (times is not None) != self._streams:
                self._streams, self.sounded = times is not None, 0
                self._off = self._earliest  # an echo that comes late does less harm
                self._levels.clear()
                self._holes.clear()
            if sounds:
                self._sounds_until = at + len(block)
                self.sounded += len(block)

    def beside(self, at: int, size: int, taken: int, evenly: float) -> bytes:
        """Return what belongs beside a chunk that lies `at`.

        When it came `taken` was taken, and `evenly` would have been.
        """
        with self._lock:
            self._follow(at, evenly - at - size)
            self._end = at + size
            if self._streams:
                self._levels.append(evenly - at - size)
                self._holes.append(self._shift - (taken - at - size))
                self._align(quiet=self.quiet_for(at + self._shift) >= 0)
        return self.again(at, size)

    def again(self, at: int, size: int) -> bytes:
        """Return what belongs beside a chunk that came before, as far as is known by now."""
        with self._lock:
            first = at + self._shift - self._begin
            found = bytes(self._tape[max(0, first) : max(0, first + size)])
        if first < 0:  # forgotten already
            found = bytes(min(size, -first)) + found
        return found.ljust(size, b"\0")  # not taken yet: a hole, and the alignment stays

    def quiet_for(self, at: int) -> int:
        """Return how long nothing has sounded until the place `at`; negative: something will."""
        return KEPT if self._sounds_until is None else at - self._sounds_until

    def quiet_beside(self, at: int) -> int:
        """Return the same for a chunk that lies `at`."""
        with self._lock:
            return self.quiet_for(at + self._shift)

    def move(self, ms: float) -> None:
        """Let an echo come so much later behind its reference, or earlier: it was measured."""
        with self._lock:
            off = min(0, self._off + whole_samples(ms * pcm.BYTES_PER_MS))
            self._shift += off - self._off
            self._off = off
            self._earliest = max(self._earliest, off)

    def _follow(self, at: int, level: float) -> None:
        """See whether a chunk's place alone was put right: its reference goes on as before.

        `Alignment` does that where the clocks of microphone and speaker have drifted apart.
        """
        jumped = 0 if self._end is None else at - self._end
        if jumped and self._levels and abs(level + jumped - median(self._levels)) < abs(jumped) / 2:
            self._levels = deque((each - jumped for each in self._levels), _WINDOW)
            self._shift -= jumped

    def _align(self, *, quiet: bool) -> None:
        level = whole_samples(median(self._levels)) + self._off
        settled = len(self._levels) == _WINDOW
        if quiet or (settled and abs(level - self._shift) > _OFF):
            self._shift = level
        elif len(self._holes) == _SHORT and min(self._holes) > 0:
            self._shift -= min(self._holes)
            self._holes.clear()
            self._levels.clear()


def whole_samples(size: float) -> int:
    """Return the bytes of whole samples in `size`."""
    return round(size / pcm.SAMPLE_SIZE) * pcm.SAMPLE_SIZE
