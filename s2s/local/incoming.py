"""Messages as the network brings them: one that would cost too much ends its own connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import cast

from websockets.asyncio.server import ServerConnection

from s2s.local.messages import MAX_DEPTH, too_deep

MAX_MESSAGE = 24 * 2**20  # bytes; the API's 15 MiB of audio in base64, and some room
FRAGMENT_COST = 200  # bytes that a fragment takes beside what it carries
CLOSE_S = 2.0  # for a client to answer the goodbye, before it is left without one


class HungUp(Exception):
    """We have closed the connection."""


async def next_message(socket: ServerConnection) -> str | bytes:
    """Return the next message. Raises `HungUp`, or `ConnectionClosed` when the client leaves."""
    texts: list[str] = []
    data = bytearray()
    cost = -FRAGMENT_COST  # most messages come in one piece, which costs nothing more
    parts = cast("AsyncGenerator[str | bytes]", socket.recv_streaming())
    async with contextlib.aclosing(parts):
        async for part in parts:
            cost += len(part) + FRAGMENT_COST
            if cost > MAX_MESSAGE:
                size = f"{MAX_MESSAGE // 2**20} MiB"
                await hang_up(socket, 1009, f"A message costs {size} at most, fragments included.")
                raise HungUp
            if isinstance(part, str):
                texts.append(part)
            else:
                data += part
    if not texts:
        return bytes(data)
    message = "".join(texts)
    if too_deep(message):
        await hang_up(socket, 1008, f"The JSON is nested more than {MAX_DEPTH} levels deep.")
        raise HungUp
    return message


async def hang_up(socket: ServerConnection, code: int, reason: str = "") -> None:
    """Say goodbye, and cut the connection if the client does not even read that."""
    closing = asyncio.ensure_future(socket.close(code, reason))
    # Not `wait_for`, which before Python 3.12 can swallow that its own task is cancelled.
    if not (await asyncio.wait([closing], timeout=CLOSE_S))[0]:
        socket.transport.abort()
