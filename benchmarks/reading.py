"""How quickly recordings are read, and how much memory that takes: python benchmarks/reading.py.

Prints, for a long generated file of two kinds, the speed as a multiple of real time and how far
the resident memory grew between the first chunk and the last.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
import wave
from pathlib import Path

from s2s import pcm
from s2s.audio.files.recording import open_recording


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=int, default=180, help="length of each recording")
    minutes = parser.parse_args().minutes
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        for rate, channels in ((24_000, 1), (44_100, 2)):
            path = Path(folder) / "long.wav"
            # In a process of its own, whose memory does not count.
            generator = spawn.Process(target=generate, args=(path, rate, channels, minutes))
            generator.start()
            generator.join()
            measure(path)


def generate(path: Path, rate: int, channels: int, minutes: int) -> None:
    """Write noise of 16 bits, a minute of it again and again."""
    import numpy as np

    noise = np.random.default_rng(1).normal(0, 3000, (60 * rate, channels))
    minute = noise.clip(-32768, 32767).astype("<i2").tobytes()
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        for _ in range(minutes):
            file.writeframesraw(minute)


def measure(path: Path) -> None:
    """Read the whole recording and print what it took."""
    with open_recording(str(path)) as recording:
        chunks = recording.chunks()
        next(chunks)
        memory, began = peak_memory(), time.perf_counter()
        for _ in chunks:
            pass
        took = time.perf_counter() - began
        print(
            f"{recording.rate} Hz, {recording.channels} channels, "
            f"{pcm.seconds(recording.size_read) / 60:.0f} min: "
            f"{pcm.seconds(recording.size_read) / took:.0f} x real time, "
            f"memory grew by {(peak_memory() - memory) / 1e6:.1f} MB"
        )


def peak_memory() -> int:
    """Return the most bytes of memory this process ever held."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
