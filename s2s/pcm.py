"""The one PCM format spoken inside: 24 kHz, mono, signed 16-bit little-endian.

Counting and measuring bytes of sound; nothing here reads, waits or converts rates.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

RATE = 24_000  # Hz; what the Realtime API takes and gives (`audio/pcm`)
SAMPLE_SIZE = 2  # bytes
BYTES_PER_MS = RATE * SAMPLE_SIZE // 1000


def duration_ms(pcm_size: int) -> int:
    """Return the whole milliseconds that `pcm_size` bytes of PCM last."""
    return pcm_size // BYTES_PER_MS


def seconds(pcm_size: int) -> float:
    """Return the seconds that `pcm_size` bytes of PCM last."""
    return pcm_size / (RATE * SAMPLE_SIZE)


def size_of(ms: float) -> int:
    """Return the bytes of PCM that last `ms` milliseconds, whole samples only."""
    return int(ms * RATE / 1000) * SAMPLE_SIZE


def silence(ms: float) -> bytes:
    """Return PCM of digital silence that lasts `ms` milliseconds."""
    return bytes(size_of(ms))


def level(pcm: bytes) -> float:
    """Return the loudness of 16-bit samples, 0.0 to 1.0: their root mean square; 0.0 for none.

    `math.hypot` takes 16 us for 20 ms of PCM and spares the live path numpy.
    """
    samples = memoryview(pcm).cast("h").tolist()
    return math.hypot(*samples) / math.sqrt(len(samples)) / 32768 if samples else 0.0


def peak(pcm: bytes) -> float:
    """Return the largest magnitude among 16-bit samples, 0.0 to 1.0; 0.0 for none."""
    samples = memoryview(pcm).cast("h")
    return max(map(abs, samples)) / 32768 if samples else 0.0


class WholeSamples:
    """Joins what was cut anywhere: a sample whose second byte is to come waits for it."""

    def __init__(self) -> None:
        self._half = b""

    def take(self, pcm: bytes) -> bytes:
        """Return the whole samples that have come with `pcm`."""
        pcm = self._half + pcm
        whole = len(pcm) - len(pcm) % SAMPLE_SIZE
        self._half = pcm[whole:]
        return pcm[:whole]


class Elided:
    """A dataclass with a field `pcm`, of which `repr` tells how much it is, never the bytes."""

    __slots__ = ()

    def __repr__(self: Any) -> str:
        shown = [
            f"{len(self.pcm) // SAMPLE_SIZE} samples"
            if each.name == "pcm"
            else f"{each.name}={getattr(self, each.name)!r}"
            for each in fields(self)
            if each.repr
        ]
        return f"{type(self).__name__}({', '.join(shown)})"
