"""A voice for tests: the same on every machine, and as long as the text says."""

from __future__ import annotations

from collections.abc import Iterator


class ToneVoice:
    """A synthesiser that needs no program: 60 ms of tone for each character of the text."""

    name = "tones"

    def speak(self, text: str, voice: str = "") -> Iterator[bytes]:
        """Give the tone as 24 kHz PCM."""
        import array
        import math

        step = 2 * math.pi * 440 / 24_000
        samples = (round(9_000 * math.sin(step * n)) for n in range(1_440 * len(text)))
        yield array.array("h", samples).tobytes()
