"""Where a known signal lies in what was heard, and whether it is whole."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from s2s import pcm

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float64]

_PIECE_MS = 100


def noise(ms: float, seed: int = 1) -> bytes:
    """Return PCM of a signal that is nowhere like itself: noise below 5 kHz."""
    import numpy as np

    samples = np.random.default_rng(seed).standard_normal(pcm.size_of(ms) // 2)
    smooth = np.convolve(samples, np.hanning(9), "same")
    loud: bytes = (smooth / np.abs(smooth).max() * 20_000).astype("<i2").tobytes()
    return loud


def places(signal: bytes, heard: bytes) -> list[tuple[int, float]]:
    """Return for every 100 ms of `signal` where in `heard` it is (in samples) and how alike (0-1).

    A signal that arrived whole has its pieces at distances of exactly 2400 samples.
    """
    import numpy as np

    sent, got = np.frombuffer(signal, "<i2") / 1.0, np.frombuffer(heard, "<i2") / 1.0
    size = pcm.size_of(_PIECE_MS) // 2
    energy = np.convolve(got**2, np.ones(size), "valid") + 1e-9
    found = []
    for start in range(0, len(sent) - size + 1, size):
        piece = sent[start : start + size]
        alike = _correlated(got, piece) / np.sqrt(energy * (piece @ piece))
        at = int(np.argmax(alike))
        found.append((at, float(alike[at])))
    return found


def is_whole(signal: bytes, heard: bytes, *, alike: float = 0.999, drift: int = 0) -> bool:
    """Whether every piece is there, in its place to within `drift` samples, and undamaged."""
    found = places(signal, heard)
    size = pcm.size_of(_PIECE_MS) // 2
    first = found[0][0]
    return all(
        likeness >= alike and abs(at - first - index * size) <= drift
        for index, (at, likeness) in enumerate(found)
    )


def is_in_order(signal: bytes, heard: bytes) -> bool:
    """Whether it is this signal, once and in its order, however a late machine has torn it.

    Between two pieces that are undamaged there may be gaps; no more than 60 ms may be missing.
    """
    size = pcm.size_of(_PIECE_MS) // 2
    found = list(enumerate(places(signal, heard)))
    undamaged = [(index, at) for index, (at, likeness) in found if likeness >= 0.99]
    pairs = itertools.pairwise(undamaged)
    distances = [(b[1] - a[1]) - (b[0] - a[0]) * size for a, b in pairs]
    return len(undamaged) >= len(found) / 2 and all(each >= -24 * 60 for each in distances)


def _correlated(heard: Samples, piece: Samples) -> Samples:
    import numpy as np

    size = 1 << (len(heard) + len(piece)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(piece, size))
    correlated: Samples = np.fft.irfft(spectrum, size)[: len(heard) - len(piece) + 1]
    return correlated
