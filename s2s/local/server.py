"""A WebSocket server on loopback: admits connections and hands each to its `Connection`."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from ssl import SSLContext
from weakref import WeakKeyDictionary

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from s2s.errors import UsageError
from s2s.local.connection import Connection, Service
from s2s.local.faults import Fault, FaultPlan
from s2s.local.incoming import CLOSE_S, MAX_MESSAGE, hang_up

MAX_FRAMES = 4  # in waiting on a connection before the network is held back; each may be large
WORKERS = 32  # threads that engines think and speak on; most of them wait for a synthesiser


@contextlib.asynccontextmanager
async def listening(
    service: Service, port: int = 0, tls: SSLContext | None = None
) -> AsyncIterator[str]:
    """Serve on loopback while the context lasts; gives the WebSocket URL, wss with `tls`.

    Raises `UsageError` if the port cannot be had.
    """
    numbers = itertools.count(1)
    admitted: WeakKeyDictionary[ServerConnection, tuple[int, FaultPlan]] = WeakKeyDictionary()
    workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="engine")

    def admit(socket: ServerConnection, request: Request) -> Response | None:
        if "Origin" in request.headers:  # a web page has an origin, and no business here
            return socket.respond(HTTPStatus.FORBIDDEN, "Web pages are not served.\n")
        if not request.path.split("?")[0].rstrip("/").endswith("/realtime"):
            return socket.respond(HTTPStatus.NOT_FOUND, "The endpoint is at /v1/realtime.\n")
        number = next(numbers)
        chance = random.Random(f"{service.seed} {number}").random
        plan = FaultPlan(service.faults, number, chance)
        if fault := plan.refusal():
            return _refuse(socket, fault)
        admitted[socket] = (number, plan)
        return None

    async def attend(socket: ServerConnection) -> None:
        number, plan = admitted.pop(socket)
        full = len(server.connections) > service.max_sessions
        await Connection(socket, service, plan, number, workers, full).run()

    try:
        server = await serve(
            attend,
            "127.0.0.1",
            port,
            process_request=admit,
            compression=None,
            max_size=MAX_MESSAGE,
            max_queue=MAX_FRAMES,
            select_subprotocol=_subprotocol,
            server_header=None,
            close_timeout=CLOSE_S,
            ssl=tls,
        )
    except (OSError, OverflowError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "there is no such port"
        raise UsageError(
            f"Port {port} of 127.0.0.1 cannot be had: {reason}.", "Choose another --port."
        ) from exc
    try:
        async with server:
            try:
                number = next(iter(server.sockets)).getsockname()[1]
                yield f"{'wss' if tls else 'ws'}://127.0.0.1:{number}/v1/realtime"
            finally:
                await asyncio.gather(*(hang_up(each, 1001) for each in server.connections))
    finally:
        workers.shutdown(wait=False, cancel_futures=True)


def _subprotocol(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Browsers bring `realtime` and a key as subprotocols; everybody else brings none."""
    return next((each for each in offered if each == "realtime"), None)


def _refuse(socket: ServerConnection, fault: Fault) -> Response:
    words = fault.message or f"The script asked for HTTP {fault.http} here."
    response = socket.respond(HTTPStatus.OK, words + "\n")
    response.status_code = fault.http
    if fault.retry_after_s is not None:
        response.headers["Retry-After"] = f"{fault.retry_after_s:g}"
    with contextlib.suppress(ValueError):  # a number without a name
        response.reason_phrase = HTTPStatus(fault.http).phrase
    return response
