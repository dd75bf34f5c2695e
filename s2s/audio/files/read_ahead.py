"""A recording read on a thread of its own: a pipe may be slow, or never give anything."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Protocol

READ_AHEAD = 4  # chunks that wait to be taken, besides the one being read
LEAVE_S = 0.2  # for the thread to end


class Readable(Protocol):
    """Gives chunks of PCM, on whichever thread asks, and knows how loud they were."""

    @property
    def peak(self) -> float: ...

    def chunks(self, ms: int) -> Iterator[bytes]: ...


class Ahead(Protocol):
    """Gives a recording to the network, piece by piece."""

    @property
    def peak(self) -> float: ...

    async def next(self) -> bytes:
        """Return the next chunk, b"" at the end."""

    def leave(self) -> None:
        """No more will be taken."""


class ReadAhead:
    """Reads a recording on a thread of its own, a few chunks ahead of the network.

    A daemon thread, not the loop's executor: a read from a pipe may never return, and must not
    keep the program from leaving.
    """

    def __init__(self, recording: Readable, chunk_ms: int) -> None:
        self._recording, self._chunk_ms = recording, chunk_ms
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Queue[bytes | BaseException] = asyncio.Queue()
        self._room = threading.Semaphore(READ_AHEAD)
        self._left = False
        self._reader = threading.Thread(target=self._read, name="recording", daemon=True)
        self._reader.start()

    async def next(self) -> bytes:
        """Return the next chunk, b"" at the end. Raises what reading raised."""
        chunk = await self._ready.get()
        self._room.release()
        if isinstance(chunk, BaseException):
            raise chunk
        return chunk

    @property
    def peak(self) -> float:
        return self._recording.peak

    def leave(self) -> None:
        """Let the thread end as soon as it could hand something over; a pipe may keep it."""
        self._left = True
        self._room.release()
        self._reader.join(LEAVE_S)

    def _read(self) -> None:
        try:
            for chunk in self._recording.chunks(self._chunk_ms):
                self._room.acquire()
                if self._left:
                    return
                self._hand_over(chunk)
            self._hand_over(b"")
        except BaseException as exc:  # raised again where the chunks are awaited
            self._hand_over(exc)

    def _hand_over(self, read: bytes | BaseException) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._ready.put_nowait, read)
