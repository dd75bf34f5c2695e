"""Recordings for the tests: made, piped and read back."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from s2s import pcm
from s2s.audio.files.recording import RawFormat, Recording, open_recording
from s2s.errors import UsageError
from s2s.printable import printable

PLAIN = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"]
Samples = NDArray[np.float64]


def tone(rate: int, seconds: float = 1.0, hz: float = 1000, level: float = 0.5) -> Samples:
    return level * np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate)


def recorded(
    path: Path, samples: Samples, rate: int = pcm.RATE, subtype: str | None = "PCM_16"
) -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def read(path: Path | str, raw: RawFormat | None = None) -> tuple[Samples, Recording]:
    """Read a whole recording; its samples as the endpoint will hear them, full scale is 1.0."""
    with open_recording(str(path), raw=raw) as recording:
        audio = b"".join(recording.chunks())
    assert recording.size_read == len(audio)
    return np.frombuffer(audio, "<i2") / 32768, recording


@contextmanager
def arriving(folder: Path, *pieces: bytes) -> Iterator[Path]:
    """A FIFO into which somebody writes, piece by piece."""
    path = folder / "fifo"
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb", buffering=0) as fifo:
            for piece in pieces:
                fifo.write(piece)

    writer = threading.Thread(target=write)
    writer.start()
    yield path
    writer.join()


def refusal(path: Path | str, raw: RawFormat | None = None) -> UsageError:
    with pytest.raises(UsageError) as caught:
        read(path, raw)
    assert printable(Path(path).name) in caught.value.message
    assert "\n" not in caught.value.message
    return caught.value
