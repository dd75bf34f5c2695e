"""When the canceller works, rests, and is gone round, without a click between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from s2s import pcm
from s2s.audio.echo.aec3 import CHUNK, DELAY, Engine

TAIL = pcm.size_of(1000)  # the longest delay, and a room that rings
WARM = 50  # chunks that a new engine hears before it may rest: without, it takes out 15 dB less
_QUIET = 50  # chunks whose level is remembered, 1 s
_FEW = 10  # of them, before one is the quietest
_AT_REST = 1.5  # times the quietest of them: nobody speaks


class RestingCanceller:
    """Chunks of 20 ms in and out, always as late as the engine makes them."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._new_engine = engine
        self._engine: Engine | None = None  # made when it is needed first
        self._late = bytes(DELAY)  # what was captured last and is still to be given
        self._last = bytes(CHUNK)
        self._works = self._round = False
        self.ready = False
        """The devices are open: from now on an engine may be made."""
        self._warm = 0
        self._levels: deque[float] = deque(maxlen=_QUIET)

    @property
    def speech_probability(self) -> float:
        """What the engine thinks of what it gave last; 0 while it rests."""
        return self._engine.speech_probability if self._engine and self._works else 0.0

    @property
    def works(self) -> bool:
        """Whether the last chunk went through the engine."""
        return self._works

    def forget(self) -> None:
        """Begin anew: another device."""
        self._engine, self._works, self._round, self._warm = None, False, False, 0

    def clean(self, near: bytes, far: bytes, quiet: int, *, go_round: bool = False) -> bytes:
        """Return a chunk; nothing has sounded for `quiet` bytes, and it may be left as it is.

        The engine goes on while it is gone round: it may be needed in a moment.
        """
        if self._should_work(near, quiet) and not self._works:
            self._engine = self._engine or self._new_engine()
            self._engine.process(self._last, bytes(CHUNK))  # so that it begins where we are
            self._works = True
        late = self._late + near
        delayed, self._late = late[: len(near)], late[len(near) :]
        self._last = near
        cleaned = delayed
        if self._works and self._engine:
            cleaned = self._engine.process(near, far)
        before, self._round = self._round, go_round
        if before != go_round:
            return _faded(delayed, cleaned) if before else _faded(cleaned, delayed)
        return delayed if go_round else cleaned

    def unlearn(self, near: bytes, far: bytes) -> None:
        """Hear a chunk once more, beside what belongs there and not what was thought to."""
        if self._engine:
            self._engine.process(near, far)

    def rest(self) -> None:
        """Do nothing but keep the delay."""
        self._works = False

    def _should_work(self, near: bytes, quiet: int) -> bool:
        if self.ready and self._warm < WARM:
            self._warm += 1
            return True
        if quiet < TAIL:
            self._levels.clear()
            return True
        if self._works:
            level = pcm.level(near)
            self._levels.append(level)
            if len(self._levels) >= _FEW and level <= _AT_REST * min(self._levels):
                self._works = False  # in a moment in which nobody speaks
        return self._works


def _faded(before: bytes, after: bytes) -> bytes:
    """Go over from one to the other within a chunk."""
    import numpy as np

    share = np.arange(len(before) // pcm.SAMPLE_SIZE) / (len(before) // pcm.SAMPLE_SIZE)
    one, other = np.frombuffer(before, "<i2"), np.frombuffer(after, "<i2")
    mixed: bytes = np.rint(one * (1 - share) + other * share).astype("<i2").tobytes()
    return mixed
