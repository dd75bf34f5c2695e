"""A recording that is about to be sent: a short one is in memory, a long one is read as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from s2s import pcm
from s2s.audio.files.read_ahead import ReadAhead
from s2s.audio.files.recording import RawFormat, Recording, open_recording
from s2s.errors import UsageError
from s2s.session.exchange import CHUNK_MS

UNREADABLE = "unreadable"
IN_MEMORY = 10  # chunks; what is longer is read by a thread of its own while it is sent


class Sound:
    """One recording, opened; `leave` it."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        pieces = recording.chunks(CHUNK_MS)
        self._head = list(islice(pieces, IN_MEMORY))
        self._rest: Iterator[bytes] | None = pieces if len(self._head) == IN_MEMORY else None

    @property
    def peak(self) -> float:
        return self._recording.peak

    @property
    def seconds(self) -> float | None:
        """How long it is, as far as the file says so."""
        return self._recording.seconds

    @property
    def notices(self) -> list[str]:
        """What the user should know of it, as sentences without a full stop."""
        return self._recording.notices

    @property
    def size_read(self) -> int:
        """Bytes of PCM given so far, or waiting to be."""
        return self._recording.size_read

    def chunks(self, ms: int) -> Iterator[bytes]:
        """Give all of it, `ms` at a time."""
        size = pcm.size_of(ms)
        for chunk in chain(self._head, self._rest or ()):
            for at in range(0, len(chunk), size):
                yield chunk[at : at + size]

    def ahead(self) -> ReadAhead | Whole:
        """Return what gives it to the network."""
        return ReadAhead(self, CHUNK_MS) if self._rest else Whole(self._head, self.peak)

    def leave(self) -> None:
        """Close it, and let go of its sound, whoever still knows of it."""
        self._head.clear()
        self._recording.__exit__(None, None, None)


class Whole:
    """A recording that is in memory already, given as `ReadAhead` gives one."""

    def __init__(self, chunks: list[bytes], peak: float) -> None:
        self._left = iter(chunks)
        self.peak = peak

    async def next(self) -> bytes:
        return next(self._left, b"")

    def leave(self) -> None:
        """There is no thread."""


def open_sound(path: str, raw: RawFormat | None) -> Sound:
    """Open a recording and read its beginning. Raises `UsageError`, with a code of its own."""
    try:
        recording = open_recording(path, raw=raw)
        try:
            return Sound(recording)
        except BaseException:
            recording.__exit__(None, None, None)
            raise
    except UsageError as error:
        error.code = UNREADABLE
        raise
