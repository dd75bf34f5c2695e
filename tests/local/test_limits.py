"""What one client does to excess costs that client its connection, and nobody else anything."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fakes import LoudDetector, endpoint, tone
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from s2s.local.faults import FaultPlan
from s2s.local.messages import MAX_DEPTH, too_deep
from s2s.local.outbox import MAX_SIZE, Outbox
from s2s.testing import MakeServer

TEXT, MORE, FIN = 0x1, 0x0, 0x80


class RawClient:
    """A WebSocket client that does only what it is told: above all, it does not read by itself."""

    def __init__(self, url: str) -> None:
        port = int(url.split(":")[2].split("/", maxsplit=1)[0])
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.sendall(
            b"GET /v1/realtime HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self._socket.recv(1)
        assert answer.startswith(b"HTTP/1.1 101"), answer

    def frame(self, data: bytes, first: int = FIN | TEXT) -> bytes:
        size = len(data)
        head = struct.pack("!BB", first, 0x80 | size) if size < 126 else None
        head = head or struct.pack("!BBQ", first, 0x80 | 127, size)
        return head + bytes(4) + data  # masked with zeros

    def send(self, frames: bytes) -> None:
        """Raises `OSError` once the server has hung up."""
        self._socket.sendall(frames)

    def rest(self) -> bytes:
        """Return all that still comes, up to the end of the connection."""
        came = b""
        try:
            while piece := self._socket.recv(2**16):
                came += piece
        except ConnectionResetError:
            pass
        return came

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def url() -> Iterator[str]:
    with endpoint() as found:
        yield found


async def holds_a_turn(url: str) -> bool:
    async with connect(url) as client:
        audio = base64.b64encode(tone(300) + bytes(48 * 600)).decode()
        await client.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
        while json.loads(await client.recv())["type"] != "response.done":
            pass
        return True


def others_are_served(url: str) -> bool:
    return asyncio.run(asyncio.wait_for(holds_a_turn(url), 60))


def closed_with(url: str, message: Any) -> tuple[int, str]:
    """Return the code and the reason that end a connection after a message."""

    async def talk() -> tuple[int, str]:
        async with connect(url) as client:
            await client.send(message)
            try:
                while json.loads(await client.recv())["type"] != "error":
                    pass
            except ConnectionClosed as closed:
                assert closed.rcvd
                return closed.rcvd.code, closed.rcvd.reason
            return 0, "an error event"

    return asyncio.run(asyncio.wait_for(talk(), 60))


# --- nested JSON


def nested(levels: int, opening: str = "[", closing: str = "]") -> str:
    return '{"type": "odd", "x": ' + opening * (levels - 1) + "1" + closing * (levels - 1) + "}"


@pytest.mark.parametrize(
    "message",
    [
        nested(100_000),
        nested(100_000, '{"a":', "}"),
        "[" * 100_000,
        nested(MAX_DEPTH + 1),
        nested(700),
        json.dumps({"type": "session.update", "session": json.loads(nested(200))}),
    ],
    ids=["arrays", "objects", "unclosed", "one level too deep", "seven hundred", "in a session"],
)
def test_json_nested_too_deep_closes_its_connection_with_a_reason(url: str, message: str) -> None:
    assert closed_with(url, message) == (1008, "The JSON is nested more than 100 levels deep.")
    assert others_are_served(url)


def test_json_nested_as_deep_as_allowed_is_read(url: str) -> None:
    assert closed_with(url, nested(MAX_DEPTH)) == (0, "an error event")


def test_brackets_in_a_text_are_no_depth() -> None:
    assert not too_deep(json.dumps({"type": "odd", "text": "[" * 100_000}))
    assert not too_deep(json.dumps([[]] * 100_000))


def test_a_deep_message_is_no_trouble_for_what_notes_the_wire(realtime_server: MakeServer) -> None:
    server = realtime_server(detector=LoudDetector)
    assert closed_with(server.url, nested(100_000))[0] == 1008
    assert others_are_served(server.url)


# --- fragments


def test_a_message_in_a_million_fragments_ends_its_connection(url: str) -> None:
    client = RawClient(url)
    piece = client.frame(b" ", MORE)
    try:
        client.send(client.frame(b"{", TEXT))
        for _ in range(1000):
            client.send(piece * 1000)
        client.send(client.frame(b"}", FIN | MORE))
    except OSError:
        pass  # it was hung up on while it still sent
    came = client.rest()
    client.close()
    if came:  # what had been sent meanwhile may have cost the client the goodbye
        assert b"error" not in came.partition(b"session.created")[2]
    assert others_are_served(url)


def test_fragments_that_are_empty_cost_as_well(url: str) -> None:
    client = RawClient(url)
    with pytest.raises(OSError, match=r"reset|pipe|abort"):
        client.send(client.frame(b"", TEXT))
        for _ in range(200):
            client.send(client.frame(b"", MORE) * 10_000)
    client.close()


def test_a_message_in_a_thousand_fragments_is_read(url: str) -> None:
    text = json.dumps({"type": "odd", "filler": "x" * 100_000})

    async def talk() -> str:
        async with connect(url) as client:
            await client.recv()
            await client.send([text[at : at + 100] for at in range(0, len(text), 100)])
            kind: str = json.loads(await client.recv())["error"]["param"]
            return kind

    assert asyncio.run(asyncio.wait_for(talk(), 60)) == "type"


# --- a client that never reads


def is_dropped(client: RawClient, message: bytes) -> bool:
    """Send a message again and again without reading; tell whether that comes to an end."""
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            client.send(client.frame(message))
            time.sleep(0.001)
    except OSError:
        return True
    finally:
        client.close()
    return False


def test_a_client_that_asks_and_never_reads_is_dropped(url: str) -> None:
    client = RawClient(url)
    part = {"type": "input_audio", "audio": base64.b64encode(bytes(6 * 2**20)).decode()}
    item = {"type": "message", "role": "user", "id": "long", "content": [part]}
    create = json.dumps({"type": "conversation.item.create", "item": item}).encode()
    retrieve = json.dumps({"type": "conversation.item.retrieve", "item_id": "long"}).encode()
    client.send(client.frame(create))
    assert is_dropped(client, retrieve)
    assert others_are_served(url)


def test_a_client_that_only_makes_mistakes_and_never_reads_is_dropped(url: str) -> None:
    client = RawClient(url)
    assert is_dropped(client, json.dumps({"event_id": "x" * 100_000}).encode())


def test_what_waits_is_counted_by_its_size_and_its_number() -> None:
    async def fill(event: dict[str, Any]) -> int:
        outbox, count = Outbox(FaultPlan([], 1)), 0
        while outbox.put(event):
            count += 1
        return count

    large = {"type": "error", "filler": "x" * 2**20}
    assert asyncio.run(fill(large)) == MAX_SIZE // 2**20
    assert asyncio.run(fill({"type": "error"})) < MAX_SIZE // 500


def test_an_engine_waits_for_room_and_not_for_an_empty_box() -> None:
    async def fill_and_read() -> list[bool]:
        outbox = Outbox(FaultPlan([], 1))
        for _ in range(64):
            outbox.put({"type": "error"})
        full = outbox.has_room
        await outbox.get()
        return [full, outbox.has_room]

    assert asyncio.run(fill_and_read()) == [False, True]


def test_the_server_ends_although_a_client_does_not_take_what_was_sent() -> None:
    with endpoint({"turns": [{"tone": "440/60s"}]}) as url:
        client = RawClient(url)
        client.send(client.frame(b'{"type": "response.create"}') * 4)
    client.close()
