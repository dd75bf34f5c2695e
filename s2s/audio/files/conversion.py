"""Sound of any rate, encoding and channel count, turned into PCM as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s import pcm

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Frames = NDArray[np.float32]  # one row per moment, one column per channel, full scale is 1.0


CANCELLED = 1 / 32  # of the power that unlike channels have together: 15 dB less
QUIET = 0.001  # of full scale: below this, two noises may be alike by accident


def to_frames(samples: bytes, encoding: str, channels: int) -> Frames:
    """Return the frames that `samples` hold, in numpy's name of their encoding or "<i3"."""
    import numpy as np

    if encoding == "<i3":
        wide = np.zeros((len(samples) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(samples, np.uint8).reshape(-1, 3)
        values, encoding = np.frombuffer(wide.tobytes(), "<i4"), "<i4"
    else:
        values = np.frombuffer(samples, encoding)
    with np.errstate(over="ignore"):  # a double beyond a float's range becomes an infinity
        frames = values.astype(np.float32).reshape(-1, channels)
    if encoding == "u1":
        frames -= 128
    full_scale = {"u1": 1 << 7, "<i2": 1 << 15, "<i4": 1 << 31}.get(encoding, 1)
    if full_scale > 1:
        frames *= np.float32(1 / full_scale)
    return frames


def _cancels(frames: Frames, mix: Frames) -> bool:
    """Tell whether hardly anything of what the channels hold is left in their mix."""
    import numpy as np

    count, channels = frames.shape
    flat = frames.ravel()
    left = float(np.dot(mix, mix) - mix.sum() ** 2 / max(1, count)) * channels**2
    if left > CANCELLED * float(np.dot(flat, flat)):
        return False  # the quick answer, nearly always
    held = float(_powers(frames).sum())
    left = float(np.var(mix, dtype=np.float64)) * channels**2
    audible = held > channels * QUIET**2 or not mix.any()
    return held > 0 and audible and left < CANCELLED * held


def _powers(frames: Frames) -> Frames:
    """Return the power of each channel, without what is only an offset."""
    import numpy as np

    powers: Frames = np.var(frames, axis=0, dtype=np.float64)
    return powers


class Converter:
    """Mixes to mono, resamples and rounds, and counts what it had to change."""

    def __init__(self, rate: int, channels: int) -> None:
        import soxr

        self._channels = channels
        self._resampler = (
            None if rate == pcm.RATE else soxr.ResampleStream(rate, pcm.RATE, 1, dtype="float32")
        )
        self.clipped = 0  # samples beyond full scale in the mix
        self.not_numbers = 0  # samples that were NaN or infinite
        # The channel that is sent alone, from the first frames on whose channels cancel each other
        # out. It stays so: to and fro would be heard.
        self.alone: int | None = None

    def convert(self, frames: Frames) -> bytes:
        """Return the PCM that is ready after `frames`; the resampler holds a little back."""
        import numpy as np

        mix = self._mix(frames)
        if not np.isfinite(mix.sum()):
            # One NaN would silence the resampler for good, and a huge value does the same.
            self.not_numbers += frames.size - int(np.count_nonzero(np.isfinite(frames)))
            frames = np.nan_to_num(frames, nan=0, posinf=0, neginf=0).clip(-1e6, 1e6)
            mix = self._mix(frames)
        if self._channels > 1 and self.alone is None and _cancels(frames, mix):
            self.alone = int(_powers(frames).argmax())
            mix = self._mix(frames)
        self.clipped += int(np.count_nonzero(np.abs(mix) > 1))
        return self._resample(mix.clip(-1, 1), last=False)

    def end(self) -> bytes:
        """Return the PCM that was held back."""
        import numpy as np

        return self._resample(np.zeros(0, np.float32), last=True)

    def close(self) -> None:
        """Give the resampler up."""
        self._resampler = None

    def _mix(self, frames: Frames) -> Frames:
        import numpy as np

        if self.alone is not None:
            return frames[:, self.alone].copy()
        mix: Frames = frames[:, 0].copy()
        with np.errstate(over="ignore", invalid="ignore"):
            for channel in range(1, self._channels):  # much quicker than frames.mean(axis=1)
                mix += frames[:, channel]
        mix /= np.float32(self._channels)
        return mix

    def _resample(self, mix: Frames, *, last: bool) -> bytes:
        import numpy as np

        if self._resampler is not None:
            mix = self._resampler.resample_chunk(mix, last=last)
        # The resampler overshoots at steps: saturate before the cast, which would wrap.
        rounded: bytes = np.rint(mix * 32768).clip(-32768, 32767).astype("<i2").tobytes()
        return rounded
