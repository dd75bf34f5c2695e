"""Recordings in: any audio file, FIFO or standard input, given as PCM piece by piece."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import BinaryIO

from s2s import pcm
from s2s.audio.files.bytes_in import STDIN, name_of, open_bytes, reason, spool
from s2s.audio.files.decoders import Parts
from s2s.audio.files.opening import Children, RawFormat, no_audio, open_parts
from s2s.audio.files.reading import PartReading, notices_of
from s2s.errors import UsageError

__all__ = ["RawFormat", "Recording", "open_recording"]

READ_SIZE = 1 << 20  # bytes of decoded frames held at once, whatever rate and channels


def open_recording(source: str | BinaryIO, *, raw: RawFormat | None = None) -> Recording:
    """Open a recording, "-" for standard input; waits for a FIFO's writer. Raises UsageError.

    A file that is open already is read from where it stands to its end, and stays open.

    WAV and raw audio are read as they arrive; any other format from a pipe is first held in a
    temporary file.
    """
    path = source if isinstance(source, str) else STDIN  # which others cannot open either
    name = name_of(path) if isinstance(source, str) else "the recording"
    with ExitStack() as stack:
        opened = open_bytes(path) if isinstance(source, str) else spool(b"", source, name)
        file = stack.enter_context(opened)
        children = Children()
        stack.callback(children.stop)
        try:
            parts = open_parts(file, None if path == STDIN else path, name, raw, stack, children)
        except OSError as exc:
            raise _unreadable(name, exc) from exc
        return Recording(name, parts, children.stop, stack.pop_all().close)


class Recording:
    """One recording, read once from beginning to end; a context manager."""

    def __init__(
        self, name: str, parts: Parts, stop: Callable[[], None], close: Callable[[], None]
    ) -> None:
        self.name = name
        self.rate = parts.first.rate  # Hz, in the file, at its beginning
        self.channels = parts.first.channels  # in the file, at its beginning
        self.format = parts.first.format  # "WAV PCM_16"
        self.seconds = parts.seconds  # exactly, once all is read
        self.size_read = 0  # bytes of PCM given so far
        self.peak = 0.0  # largest sample given so far, 0.0 to 1.0
        self._parts = parts
        self._read: list[PartReading] = []
        self._stop, self._close = stop, close
        self._lock = threading.Lock()
        self._left = False
        self._reading = False  # on whichever thread takes the chunks

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()
        with self._lock:
            self._left = True
            if self._reading:
                return  # closing a pipe waits for the read under way, which may last
        self._give_back()

    def _give_back(self) -> None:
        for read in self._read:
            if read.converter:
                read.converter.close()
        self._close()

    @property
    def notices(self) -> list[str]:
        """What the user should know of the audio read so far, as sentences without a full stop."""
        return [*self._parts.notices, *notices_of(self._read)]

    def chunks(self, ms: int = 500) -> Iterator[bytes]:
        """Give the whole recording as PCM, `ms` at a time, the last chunk shorter.

        Blocks while a pipe has nothing yet. Raises UsageError where the file is damaged, and at
        the end if there was no audio at all.
        """
        size = pcm.size_of(ms)
        ready = bytearray()
        for piece in self._watched(self._pieces(ms)):
            ready += piece
            while len(ready) >= size:
                yield self._measured(bytes(ready[:size]))
                del ready[:size]
        if ready:
            yield self._measured(bytes(ready))

    def _watched(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        while True:
            with self._lock:
                if self._left:
                    return
                self._reading = True
            try:
                piece = next(pieces, None)
            finally:
                with self._lock:
                    self._reading = False
                    left = self._left
                if left:  # meanwhile
                    self._give_back()
            if piece is None:
                return
            yield piece

    def _measured(self, chunk: bytes) -> bytes:
        import numpy as np

        samples = np.frombuffer(chunk, "<i2")
        self.peak = max(self.peak, int(samples.max()) / 32768, -int(samples.min()) / 32768)
        self.size_read += len(chunk)
        return chunk

    def _pieces(self, ms: int) -> Iterator[bytes]:
        try:
            for decoder in self._parts:
                read = PartReading(decoder)
                self._read.append(read)
                yield from self._part(read, ms)
        except OSError as exc:
            raise _unreadable(self.name, exc) from exc
        if not any(read.frames for read in self._read):
            raise no_audio(self.name)
        self.seconds = sum(read.seconds for read in self._read)

    def _part(self, read: PartReading, ms: int) -> Iterator[bytes]:
        decoder = read.decoder
        frames = max(1, min(decoder.rate * ms // 1000, READ_SIZE // (4 * decoder.channels)))
        if read.converter is None:
            while samples := decoder.read_samples(frames):
                read.frames += len(samples) // pcm.SAMPLE_SIZE
                yield samples
        else:
            while len(got := decoder.read(frames)):
                read.frames += len(got)
                yield read.converter.convert(got)
            yield read.converter.end()
        read.is_whole = True


def _unreadable(name: str, exc: OSError) -> UsageError:
    return UsageError(f"{name} cannot be read to its end: {reason(exc)}.", "Copy it, then retry.")
