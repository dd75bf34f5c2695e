"""Does the speaker reach the microphone at all? Found out from what is played and what is heard.

Two ways, since one is quick and the other hears through noise:

- Whatever the delay: where something loud was played, the microphone is at least as loud as its
  echo. The quietest such moment says how loud an echo can be at most, also while somebody talks.
- What was heard is divided by what was played, as spectra: an echo stands out at its delay, noise
  and voices spread over all of them. How much they come to says what would have stood out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from s2s import pcm

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float64]

CHUNK_MS = 20
_THIRD = 3  # of the samples are kept: 8 kHz, the band of a voice
_RATE = pcm.RATE // _THIRD
_HUM = _RATE // 200  # samples whose mean is taken off: below 200 Hz there is hum, and no voice
_DELAYS = 25  # chunks, 500 ms
_USUAL_DELAYS = 13  # 260 ms: of all but Bluetooth
_SHORT_DELAYS = 7  # 140 ms: of most
_KEPT = 75  # chunks, 1.5 s: the clocks of two devices drift
_LOUD = 0.1  # of the mean power that was played: moments that count
_FEWEST, _USUAL_FEWEST, _SHORT_FEWEST = 5, 3, 2  # of them, behind every delay
_STANDS_OUT = 9.0  # times the median of all delays; noise and voices come to 6
_AGREES_DB = 4.0  # what is found may be that much louder than the quietest moments allow
_LOW_HZ, _HIGH_HZ = 250.0, 3400.0
_FLOOR = 0.05  # of the mean power, where little was played: there the division says nothing
_ROOM_MS = 200  # of reverberation that belongs to an echo


@dataclass(frozen=True, slots=True)
class Leak:
    """How loud the speaker arrives at the microphone beside what was played, in dB."""

    at_most_db: float
    found_db: float | None = None  # an echo was found; None: none that can be told from the rest
    delay_ms: float | None = None  # of the echo that was found, behind its reference
    certain: bool = True  # no delay is left at which one could still come
    guess: bool = False  # only short delays are known about


class Judge:
    """Hears both, chunk by chunk of 20 ms; on one thread."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._far: list[Samples] = []
        self._near: list[Samples] = []
        self._played: list[float] = []  # power
        self._heard: list[float] = []

    def hear(self, near: bytes, far: bytes) -> None:
        """Take a chunk of the microphone and what was played beside it, equally long."""
        for kept, power, audio in (
            (self._near, self._heard, near),
            (self._far, self._played, far),
        ):
            samples = _band(audio)
            kept.append(samples)
            power.append(float(samples @ samples) / len(samples))
            del kept[:-_KEPT], power[:-_KEPT]

    @property
    def loudest(self) -> float:
        """Return how loud what was played has been at its loudest, 0.0 to 1.0, of late."""
        return math.sqrt(max(self._played, default=0.0)) / 32768

    def leak(self, thorough: Callable[[float], bool] = lambda bound_db: True) -> Leak | None:
        """Return what can be said by now; None: nothing.

        To divide costs ten times as much as the quietest moments, which `thorough` is told first.
        """
        bounds = self._quietest(_DELAYS, _FEWEST)
        certain = bool(bounds)
        if not bounds and not (bounds := self._quietest(_USUAL_DELAYS, _USUAL_FEWEST)):
            guess = self._quietest(_SHORT_DELAYS, _SHORT_FEWEST)
            return Leak(max(guess), certain=False, guess=True) if guess else None
        bound = max(bounds)
        if not thorough(bound):
            return Leak(bound, certain=certain)
        divided = self._divided()
        if divided.found_db is not None and divided.delay_ms is not None:
            # A voice that has just begun stands out too, where no echo can be: it is held against
            # what that delay and its neighbours allow, as far as they are known.
            at = int(divided.delay_ms // CHUNK_MS)
            allowed = max(bounds[max(0, at - 1) : at + 2], default=bound)
            if divided.found_db <= allowed + _AGREES_DB:
                return replace(divided, certain=certain)
        return Leak(min(bound, divided.at_most_db), certain=certain)

    def _quietest(self, delays: int, fewest: int) -> list[float]:
        """Return how loud an echo can be at most, by the quietest moments, for each delay.

        The list is empty if for one of the delays there are too few moments.
        """
        import numpy as np

        played, heard = np.array(self._played), np.array(self._heard)
        # An echo's delay is no whole number of chunks: two of them sound in it.
        sure = np.minimum(played[1:], played[:-1])
        if not sure.any():
            return []
        loud = sure > _LOUD * sure[sure > 0].mean()
        bounds = []
        for delay in range(delays + 1):
            behind = slice(delay + 1, None)
            counts = loud[: len(loud) - delay]
            if counts.sum() < fewest:
                return []
            ratios = (heard[behind] / np.maximum(sure[: len(sure) - delay], 1e-3))[counts]
            # The second: one may be silent by chance. To sort loads 0.2 MB of code.
            bounds.append(_db(float(np.partition(ratios, 1)[1])))
        return bounds

    def found(self) -> Leak:
        """Return the echo that can be found, if one can."""
        return self._divided()

    def _divided(self) -> Leak:
        import numpy as np

        far, near = np.concatenate(self._far), np.concatenate(self._near)
        size = 1 << (len(far) + _DELAYS * _RATE * CHUNK_MS // 1000).bit_length()
        hz = np.fft.rfftfreq(size, 1 / _RATE)
        band = (hz > _LOW_HZ) & (hz < _HIGH_HZ)
        played, heard = np.fft.rfft(far, size), np.fft.rfft(near, size)
        power = np.abs(played) ** 2
        whole = power + _FLOOR * power[band].mean()
        way = np.fft.irfft(band * np.conj(played) * heard / whole, size)
        itself = np.fft.irfft(band * power / whole, size)  # what an echo as loud as that would be
        delays = np.abs(way[: _DELAYS * _RATE * CHUNK_MS // 1000])
        # The median; numpy's own imports masked arrays, 2 MB.
        usual = float(np.partition(delays, len(delays) // 2)[len(delays) // 2]) + 1e-9
        at = int(delays.argmax())
        limit = _db((_STANDS_OUT * usual / float(itself[0])) ** 2)
        if delays[at] < _STANDS_OUT * usual:
            return Leak(limit)
        echo = way[max(0, at - 16) : at + _RATE * _ROOM_MS // 1000]
        loud = echo[np.abs(echo) > 3 * usual]
        found = _db(float(loud @ loud) / float(itself @ itself))
        return Leak(found, found, at * 1000 / _RATE)


def _band(audio: bytes) -> Samples:
    """Return 20 ms without its hum, at 8 kHz."""
    import numpy as np

    samples = np.frombuffer(audio, "<i2").astype(np.float64)
    third: Samples = samples[: len(samples) // _THIRD * _THIRD].reshape(-1, _THIRD).mean(axis=1)
    return third - np.convolve(third, np.ones(_HUM) / _HUM, "same")


def _db(power: float) -> float:
    return 10 * math.log10(max(power, 1e-12))
