"""Live sound of any rate and channel count, to ours and back.

`samplerate` and not soxr: it holds back 0.8 ms and gives as much as it takes, where soxr gives
bursts of up to 38 ms. This runs inside the sound system's callbacks, for 0.2 ms per 20 ms of
sound; devices that take our format by themselves need none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from s2s import pcm
from s2s.audio.devices.protocols import BLOCK_MS, CHUNK_MS, Opening, Pull
from s2s.audio.events import Times

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]  # one row per frame, one column per channel


_BLOCK = pcm.RATE * BLOCK_MS // 1000  # frames


class CaptureConverter:
    """Turns what a device gives into chunks of exactly 20 ms of what is wanted."""

    def __init__(self, device: Opening, wanted: Opening) -> None:
        self._device, self._wanted = device, wanted
        self._resample = _resampler(wanted.rate / device.rate, wanted.channels)
        self._size = wanted.rate * CHUNK_MS // 1000 * wanted.channels * pcm.SAMPLE_SIZE
        self._ready = bytearray()

    def convert(self, captured: bytes) -> list[bytes]:
        """Return the chunks that are complete after `captured`."""
        import numpy as np

        frames = np.frombuffer(captured, "<i2").reshape(-1, self._device.channels)
        self._ready += _to_bytes(self._resample(self._fit(frames.astype(np.float32))))
        chunks = []
        while len(self._ready) >= self._size:
            chunks.append(bytes(self._ready[: self._size]))
            del self._ready[: self._size]
        return chunks

    def _fit(self, frames: Floats) -> Floats:
        """Mix to mono, or spread a mono microphone over the channels that are wanted.

        Of more channels than two the first two count: the rest is seldom a voice.
        """
        import numpy as np

        wanted = self._wanted.channels
        if wanted == 1:
            mix: Floats = frames[:, :2].mean(axis=1, keepdims=True)
            return mix
        return frames[:, np.arange(wanted) % self._device.channels]


class PlayoutConverter:
    """Fills a device's buffers from PCM that is pulled 10 ms at a time."""

    def __init__(self, device: Opening, pull: Pull) -> None:
        self._channels = device.channels
        self._resample = _resampler(device.rate / pcm.RATE, 1)
        self._pull = pull
        self._pulled = 0  # frames
        self._ready = bytearray()  # mono, at the device's rate

    def fill(self, frames: int, times: Times) -> bytes:
        """Return exactly so many frames for the device; mono goes to its first two channels."""
        import numpy as np

        size = frames * pcm.SAMPLE_SIZE
        while len(self._ready) < size:
            pulled = self._pull(_BLOCK, Times(self._pulled, times.at_s))
            self._pulled += _BLOCK
            block = np.frombuffer(pulled, "<i2").astype(np.float32)
            self._ready += _to_bytes(self._resample(block.reshape(-1, 1)))
        mono = np.frombuffer(bytes(self._ready[:size]), "<i2")
        del self._ready[:size]
        filled = np.zeros((frames, self._channels), "<i2")
        filled[:, :2] = mono[:, None]
        return filled.tobytes()


def _resampler(ratio: float, channels: int) -> Callable[[Floats], Floats]:
    import numpy as np  # noqa: F401 - now, for a tenth of a second, and not in the first callback

    if ratio == 1:
        return lambda frames: frames
    import samplerate

    resampler = samplerate.Resampler("sinc_fastest", channels)

    def resample(frames: Floats) -> Floats:
        resampled: Floats = resampler.process(frames, ratio)
        return resampled

    return resample


def _to_bytes(frames: Floats) -> bytes:
    """Round to 16 bits; the resampler overshoots at steps, and a cast alone would wrap."""
    import numpy as np

    return np.rint(frames).clip(-32768, 32767).astype("<i2").tobytes()
