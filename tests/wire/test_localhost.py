"""`localhost` is this machine, whatever a resolver would say."""

from __future__ import annotations

import asyncio
import socket
from typing import NoReturn
from urllib.parse import urlsplit

import pytest
from fakes import endpoint
from websockets.asyncio.server import ServerConnection, serve

from s2s.errors import NetworkError
from s2s.wire.endpoint import Endpoint
from s2s.wire.transport import open_transport

PATIENCE_S = 30.0


@pytest.fixture
def no_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*asked: object, **options: object) -> NoReturn:
        raise AssertionError(f"a resolver was asked for {asked[0]}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


async def opens(url: str) -> None:
    transport = await open_transport(Endpoint(url, "m", "loopback"), PATIENCE_S)
    await transport.close()


@pytest.mark.usefixtures("no_resolver")
@pytest.mark.parametrize("name", ["localhost", "s2s.localhost", "login.evil.localhost"])
def test_names_of_this_machine_are_not_looked_up(name: str) -> None:
    with endpoint() as url:
        asyncio.run(opens(url.replace("127.0.0.1", name)))


@pytest.mark.usefixtures("no_resolver")
def test_a_server_on_the_other_address_of_this_machine_is_found() -> None:
    async def run() -> None:
        async def greet(client: ServerConnection) -> None:
            await client.wait_closed()

        async with serve(greet, "::1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            await opens(f"ws://localhost:{port}/v1/realtime")

    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("there is no IPv6 here")
    asyncio.run(run())


@pytest.mark.usefixtures("no_resolver")
def test_a_port_where_nothing_listens_is_told_as_ever() -> None:
    with endpoint() as url:
        port = urlsplit(url).port
    with pytest.raises(NetworkError, match="Nothing listens at ws://localhost"):
        asyncio.run(opens(f"ws://localhost:{port}/v1/realtime"))
