"""The way between a client and the server, as long as somebody wants it: what is put in at one end
comes out at the other after that time, in order.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

MAX_SIZE = 24 * 2**20  # bytes under way before whoever puts more in has to wait

T = TypeVar("T")


class Delay(Generic[T]):
    """One direction of it, on the running loop's clock."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._under_way: deque[tuple[float, int, T]] = deque()  # when it is there, and its bytes
        self._size = 0
        self._put, self._taken = asyncio.Event(), asyncio.Event()

    async def put(self, each: T, size: int) -> None:
        """Send `each` on its way; waits while too much of it is under way."""
        while self._size > MAX_SIZE:
            self._taken.clear()
            await self._taken.wait()
        self._under_way.append((self._loop.time() + self._seconds, size, each))
        self._size += size
        self._put.set()

    async def get(self) -> T:
        """Wait for the next to arrive."""
        while not self._under_way:
            self._put.clear()
            await self._put.wait()
        due, size, each = self._under_way[0]
        await asyncio.sleep(due - self._loop.time())
        self._under_way.popleft()
        self._size -= size
        self._taken.set()
        return each
