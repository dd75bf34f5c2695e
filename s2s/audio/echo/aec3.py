"""WebRTC's echo canceller, AEC3, through pywebrtc-audio; imported late, as it brings numpy."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from s2s import pcm
from s2s.silero import installed

log = logging.getLogger("s2s.sound")

DELAY = 219 * pcm.SAMPLE_SIZE  # bytes that it holds back
CHUNK = pcm.size_of(20)  # what it takes at once


class Engine(Protocol):
    """Takes an echo out of the microphone; on one thread."""

    @property
    def speech_probability(self) -> float:
        """How sure it is that somebody speaks, in what it gave last."""

    def process(self, near: bytes, far: bytes) -> bytes:
        """Return 20 ms of the microphone without what it has of `far`, `DELAY` later."""


class Aec3:
    """The canceller alone: noise is left to the endpoint, which has its own way with it."""

    def __init__(self, delay_ms: float | None = None) -> None:
        from pywebrtc_audio import AudioProcessor

        self._processor: Any = AudioProcessor(
            sample_rate=pcm.RATE,
            echo_cancellation=True,
            noise_suppression=False,
            stream_delay_ms=round(delay_ms or 0),
        )

    @property
    def speech_probability(self) -> float:
        return float(self._processor.speech_probability)

    def process(self, near: bytes, far: bytes) -> bytes:
        import numpy as np

        cleaned = self._processor.process(np.frombuffer(near, "<i2"), np.frombuffer(far, "<i2"))
        given: bytes = cleaned.astype("<i2", copy=False).tobytes()
        return given


def has_canceller() -> bool:
    """Whether the canceller is installed: it is wherever it has a wheel."""
    return all(map(installed, ("pywebrtc_audio", "numpy")))


def loads_canceller() -> bool:
    """Whether the canceller can be used: a wheel may be made for another system."""
    try:
        import numpy.fft  # noqa: F401 - a tenth of a second, before it matters; a judge divides
        import pywebrtc_audio  # noqa: F401
    except (ImportError, OSError) as exc:
        log.warning("! the canceller does not load: %s", exc)
        return False
    return True
