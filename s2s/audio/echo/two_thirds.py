"""From 24 kHz to the 16 kHz that a detector of speech hears.

The library for this, `samplerate`, is a megabyte that a card of 24 kHz does not need otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

_TAPS = 60  # at 48 kHz: 0.6 ms of delay, flat to 6 kHz, nothing from 8.6 kHz on
_WINDOW = _TAPS // 2 + 1  # of the samples that there are, for two that are given
_CUT_HZ, _BETWEEN_HZ = 7_200, 48_000


class TwoThirds:
    """A low-pass at 48 kHz of which every third sample is worked out; two for each three."""

    def __init__(self) -> None:
        import numpy as np

        at = np.arange(_TAPS) - (_TAPS - 1) / 2
        taps = np.sinc(at * 2 * _CUT_HZ / _BETWEEN_HZ) * np.hanning(_TAPS)
        taps = (taps * 2 / taps.sum()).astype(np.float32)
        # The samples that there are count for one of the two, those between them for the other.
        self._taps = np.zeros((_WINDOW, 2), np.float32)
        self._taps[:-1, 0], self._taps[1:, 1] = taps[-2::-2], taps[::-2]
        self._before: Samples = np.zeros(_TAPS // 2 - 1, np.float32)

    def process(self, samples: Samples) -> Samples:
        """Take a multiple of three samples, one behind the other, and return two thirds of them."""
        import numpy as np

        heard = np.concatenate((self._before, samples))
        self._before = heard[len(samples) :]
        size = heard.itemsize
        windows: Samples = np.ndarray(
            (len(samples) // 3, _WINDOW), np.float32, heard, strides=(3 * size, size)
        )
        given: Samples = (windows @ self._taps).ravel()
        return given
