"""FLAC and OGG, made of a WAV file that is complete."""

from __future__ import annotations

import os
from pathlib import Path

from s2s.errors import S2SError, WriteError

ENCODINGS = {".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS"), ".oga": ("OGG", "VORBIS")}
_STEP = 16_384  # frames: libvorbis keeps a step on its stack, and a long one crashes it


def encode(wav: Path, path: Path) -> None:
    """Write `path` in the format of its ending. Raises WriteError; then `wav` is all there is."""
    name, encoding = ENCODINGS[path.suffix.lower()]
    try:
        _encode(wav, path, name, encoding)
    except S2SError:  # a signal
        raise
    except Exception as exc:  # libsndfile's own, its assertions, no room, no libsndfile at all
        detail = getattr(exc, "strerror", None) or getattr(exc, "error_string", None) or str(exc)
        raise WriteError(
            f"The recording cannot be converted to {name}: {detail.strip().rstrip('.')}.",
            f"It is kept as it was recorded, in {wav}.",
        ) from exc


def _encode(wav: Path, path: Path, name: str, encoding: str) -> None:
    import soundfile

    frames = 0
    with soundfile.SoundFile(_named(wav)) as source:
        shape = {"samplerate": source.samplerate, "channels": source.channels}
        with soundfile.SoundFile(_named(path), "w", format=name, subtype=encoding, **shape) as made:
            while len(step := source.buffer_read(_STEP, dtype="int16")):
                made.buffer_write(step, dtype="int16")
                frames += len(step) // (2 * source.channels)
    # A disk that is full when the file is closed is nothing that libsndfile tells of.
    if soundfile.info(_named(path)).frames != frames:
        raise OSError(0, "the file is not complete, perhaps the disk is full")
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _named(path: Path) -> str | bytes:
    """Return a name as soundfile opens it even if it is no UTF-8."""
    return os.fsencode(path) if os.name == "posix" else str(path)
