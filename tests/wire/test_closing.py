"""A connection is closed, whatever the other side does and whoever waits for it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re

import pytest

from s2s.wire.endpoint import Endpoint
from s2s.wire.transport import open_transport

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
PATIENCE_S = 15.0


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_who_is_cancelled_while_closing_hangs_up_on_a_server_that_says_no_goodbye(
    steps: int,
) -> None:
    """`steps`: of the loop, after which it is cancelled; in the first it has not said goodbye."""

    async def go() -> None:
        gone = asyncio.Event()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked = await reader.readuntil(b"\r\n\r\n")
            key = re.search(rb"(?i)sec-websocket-key: (\S+)", asked)
            assert key
            accepted = base64.b64encode(hashlib.sha1(key[1] + GUID).digest())
            writer.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accepted + b"\r\n\r\n"
            )
            try:
                while await reader.read(1024):
                    pass
            except ConnectionResetError:
                pass
            gone.set()
            writer.close()

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            endpoint = Endpoint(f"ws://127.0.0.1:{port}/v1/realtime", "m", "loopback")
            transport = await open_transport(endpoint, PATIENCE_S)
            closing = asyncio.create_task(transport.close())
            for _ in range(steps):
                await asyncio.sleep(0)
            closing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await closing
            await asyncio.wait_for(gone.wait(), PATIENCE_S)

    asyncio.run(go())
