"""A program's own source and sink of sound, on its event loop, for a conversation on another."""

from __future__ import annotations

import asyncio
import contextlib
import queue
from collections.abc import AsyncIterable, Iterator
from typing import Protocol

from s2s import pcm
from s2s.app.own_thread import LEAVE_S
from s2s.errors import S2SError, SoundError

_WAITING = 8  # pieces of a source that wait to be taken


class AsyncSink(Protocol):
    """Takes sound as it is heard: PCM, 24 kHz, mono, signed 16-bit little-endian."""

    async def write(self, pcm: bytes, /) -> None:
        """Take the next piece, about 100 ms of it, silence included."""


class ProgramSource:
    """Pieces of PCM that a program gives, as the recording that a conversation reads."""

    def __init__(self, pieces: AsyncIterable[bytes]) -> None:
        self.peak = 1.0  # nobody asks: it is not sent whole
        self._pieces = pieces
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Semaphore(_WAITING)
        self._ready: queue.SimpleQueue[bytes | S2SError | None] = queue.SimpleQueue()
        self._task = asyncio.create_task(self._give())

    async def _give(self) -> None:
        try:
            async for piece in self._pieces:
                await self._room.acquire()
                self._ready.put(_checked(piece))
        except Exception as exc:  # the program's, told where the conversation ends
            failure = SoundError(f"The microphone has failed: {exc!r}.")
            failure.__cause__ = exc
            self._ready.put(failure)
        finally:
            self._ready.put(None)

    def chunks(self, ms: int) -> Iterator[bytes]:
        """Give what comes, `ms` at a time, on the thread that asks."""
        size, waiting = pcm.size_of(ms), bytearray()
        while (piece := self._ready.get()) is not None:
            if isinstance(piece, S2SError):
                raise piece
            with contextlib.suppress(RuntimeError):  # the program's loop has closed
                self._loop.call_soon_threadsafe(self._room.release)
            waiting += piece
            while len(waiting) >= size:
                yield bytes(waiting[:size])
                del waiting[:size]
        if whole := len(waiting) - len(waiting) % pcm.SAMPLE_SIZE:
            yield bytes(waiting[:whole])

    async def close(self) -> None:
        """Ask the program for no more."""
        self._task.cancel()
        await asyncio.wait([self._task], timeout=LEAVE_S)
        if self._task.done() and (close := getattr(self._pieces, "aclose", None)):
            await close()


def _checked(piece: object) -> bytes:
    if isinstance(piece, bytes | bytearray | memoryview):
        return bytes(piece)
    raise TypeError(f"it gave {type(piece).__name__}, and not bytes")


class ProgramSink:
    """Hands pieces over to the sink of a program; `write` is for the conversation's thread."""

    def __init__(self, sink: AsyncSink) -> None:
        self._sink = sink
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._failure: SoundError | None = None
        self._task = asyncio.create_task(self._take())

    def write(self, pcm: bytes) -> None:
        """Hand a piece over. Raises `SoundError` once the sink has failed."""
        if self._failure:
            raise self._failure
        with contextlib.suppress(RuntimeError):  # the program's loop has closed
            self._loop.call_soon_threadsafe(self._waiting.put_nowait, pcm)

    async def _take(self) -> None:
        while (piece := await self._waiting.get()) is not None:
            try:
                await self._sink.write(piece)
            except Exception as exc:  # the program's, told where the conversation ends
                self._failure = SoundError(f"The speaker has failed: {exc!r}.")
                self._failure.__cause__ = exc
                return

    async def close(self, wait_s: float) -> None:
        """Let it take what waits, for so many seconds at most."""
        self._waiting.put_nowait(None)
        await asyncio.wait([self._task], timeout=wait_s)
        self._task.cancel()
        await asyncio.wait([self._task], timeout=LEAVE_S)
