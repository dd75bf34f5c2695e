"""Sound or silence? Told by the level against the quietest that was heard lately."""

from __future__ import annotations

from collections import deque

_LOUDER = 3.0  # than the floor is sound: 9.5 dB, more than noise varies from chunk to chunk
_LEAST = 0.001  # -60 dBFS: what is below is silence, however quiet the rest
_HIGHEST_FLOOR = 0.018  # -35 dBFS: a note held for long is no noise
_BLOCK_MS = 500
_BLOCKS = 10  # 5 s: in speech there is a pause within it
_GAP_MS = 500  # of zeros: a device that wakes up; from then on a source that can be silent
_ONSET_MS = 60  # of loudness at a stretch: a click is shorter


class SoundDetector:
    """Tells sound from the noise of a room, which it learns and follows."""

    def __init__(self) -> None:
        self._quietest: deque[float] = deque(maxlen=_BLOCKS)  # of each block
        self._block_ms = 0.0
        self._zeros_ms = 0.0
        self._loud_ms = 0.0

    @property
    def undecided(self) -> bool:
        """Whether the last chunk was loud, which may be a click or the beginning of a sound."""
        return 0 < self._loud_ms < _ONSET_MS

    @property
    def floor(self) -> float:
        """The level of the room without sound, as far as it is known."""
        return min(min(self._quietest, default=0.0), _HIGHEST_FLOOR)

    def hears(self, level: float, ms: float) -> bool:
        """Tell whether a chunk of this level and length is part of a sound."""
        self._learn(level, ms)
        loud = level > max(self.floor * _LOUDER, _LEAST)
        self._loud_ms = self._loud_ms + ms if loud else 0.0
        return self._loud_ms >= _ONSET_MS

    def _learn(self, level: float, ms: float) -> None:
        self._zeros_ms = 0.0 if level else self._zeros_ms + ms
        if not level and self._zeros_ms < _GAP_MS:
            return
        if not self._quietest or self._block_ms >= _BLOCK_MS:
            self._quietest.append(level)
            self._block_ms = 0.0
        self._block_ms += ms
        self._quietest[-1] = min(self._quietest[-1], level)
