"""Frames out of a file: plain samples taken as they stand, all else through libsndfile."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, Protocol

from s2s import pcm
from s2s.audio.conversion import to_frames
from s2s.audio.riff import Header
from s2s.errors import UsageError

if TYPE_CHECKING:
    from s2s.audio.conversion import Frames

UNKNOWN_FRAMES = 1 << 60  # libsndfile says 2^63 - 1, less a little


class Decoder(Protocol):
    """Gives the frames of one file, in order, once."""

    @property
    def rate(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def format(self) -> str: ...
    @property
    def promised(self) -> int | None:
        """Frames that the header promises, None where it does not know."""

    @property
    def held(self) -> int | None:
        """Frames that are there, as far as can be told before reading."""

    def read(self, frames: int) -> Frames:
        """Return the next frames, at most `frames` of them, none at the end."""


class PlainDecoder:
    """WAV and headerless samples, from a file or as they arrive in a pipe."""

    def __init__(self, file: BinaryIO, header: Header, file_size: int | None) -> None:
        self.rate, self.channels, self.format = header.rate, header.channels, header.format
        self._file, self._header = file, header
        self._left = header.size
        self.promised = None if header.size is None else header.size // header.frame_size
        self.held = self.promised
        if file_size is not None:
            there = (file_size - header.offset) // header.frame_size
            self.held = there if self.promised is None else min(there, self.promised)

    @property
    def is_pcm(self) -> bool:
        """Whether the samples are PCM already."""
        return (self.rate, self.channels, self._header.encoding) == (pcm.RATE, 1, "<i2")

    def read(self, frames: int) -> Frames:
        return to_frames(self.read_samples(frames), self._header.encoding, self.channels)

    def read_samples(self, frames: int) -> bytes:
        """Return the next frames as they stand in the file."""
        size = frames * self._header.frame_size
        if self._left is not None:
            size = min(size, self._left)
        samples = self._file.read(size)
        if self._left is not None:
            self._left -= len(samples)
        return samples[: len(samples) - len(samples) % self._header.frame_size]


class LibsndfileDecoder:
    """FLAC, OGG, MP3, AIFF and all else that libsndfile knows, from a file it can seek in."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        import soundfile

        class Sequential(soundfile.SoundFile):  # type: ignore[misc] # it comes without types
            """Spares the seek after every read, which fails in a FLAC file of unknown length."""

            def seekable(self) -> bool:
                return False

        self._name = name
        self._bytes = _Bytes(file)
        try:
            with _muted():
                self._file = Sequential(self._bytes)
        except soundfile.LibsndfileError as exc:
            raise self._bytes.error or _refusal(name, exc.code, exc.error_string) from exc
        self.rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.format = f"{self._file.format} {self._file.subtype}"
        frames: int = self._file.frames
        self.promised = None if frames > UNKNOWN_FRAMES else frames
        self.held = self.promised
        self._position = 0  # frames

    def read(self, frames: int) -> Frames:
        import soundfile

        try:
            # Always float: libsndfile gives the samples of float files as zeros to whom asks
            # for integers.
            with _muted(self._file.format == "MP3"):
                got: Frames = self._file.read(frames, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as exc:
            after = f"{self._position / self.rate:.1f} s"
            detail = exc.error_string.strip().rstrip(".").removeprefix("Error : ")
            hint = "Convert it to WAV with a program that repairs it, and listen to the result."
            raise UsageError(f"{self._name} is damaged after {after}: {detail}.", hint) from exc
        if self._bytes.error:
            raise self._bytes.error
        self._position += len(got)
        return got

    def close(self) -> None:
        self._file.close()


class _Bytes:
    """A file as libsndfile is to see it: it never raises, which would print a traceback there.

    It has no name either, from whose ending soundfile would guess a format.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.tell = file.tell
        self.error: OSError | None = None

    def seek(self, offset: int, whence: int = 0) -> int:
        with suppress(OSError, ValueError):  # a damaged header points before the file's beginning
            self._file.seek(offset, whence)
        return self._file.tell()

    def read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as exc:
            self.error = exc
            return b""


def _refusal(name: str, code: int, detail: str) -> UsageError:
    if code == 1:  # format not recognised
        return UsageError(
            f"{name} is not a recording in any format that libsndfile knows.",
            "Convert it to WAV (ffmpeg -i FILE voice.wav), or, if it holds bare 16-bit samples, "
            "say so with --raw RATE[:CHANNELS].",
        )
    if code in (3, 7):  # malformed; no whole MP3 frame
        return UsageError(f"{name} is damaged or cut short.", "Make a new copy of the original.")
    hint = "Convert it to WAV: ffmpeg -i FILE voice.wav"
    return UsageError(f"{name} cannot be decoded: {detail.strip().rstrip('.')}.", hint)


_stderr_lock = threading.Lock()


@contextmanager
def _muted(mute: bool = True) -> Iterator[None]:
    """Send file descriptor 2 nowhere for a moment: mpg123 writes there about damaged MP3 files."""
    if not mute:
        yield
        return
    with _stderr_lock:
        try:
            kept = os.dup(2)
        except OSError:  # there is no standard error to protect
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
