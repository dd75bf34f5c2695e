"""Messages over a WebSocket: connect, send, read to the end, close within a second."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import ssl
import sys
from collections.abc import AsyncIterator
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    WebSocketException,
)

from s2s.clock import Clock, SystemClock
from s2s.conversation.events import ConnectionLost
from s2s.errors import UsageError
from s2s.printable import printable
from s2s.secret import redact
from s2s.wire.endpoint import Endpoint, is_localhost
from s2s.wire.proxies import Proxy, asked, explain, missing_socks, proxy_for
from s2s.wire.realtime.errors import cause_of_close
from s2s.wire.trace import describe
from s2s.wire.unreachable import why_unreachable

MAX_MESSAGE = 256 * 2**20  # bytes; an hour of audio, a session's longest, in one delta is 230 MB
WRITE_LIMIT = 2**20  # bytes the socket may hold back before sending waits
CLOSE_S = 0.5  # leaving takes at most a second, whatever hangs
PING_EVERY_S, PING_TIMEOUT_S = 20.0, 60.0  # behind an hour of audio a pong comes late
LIVE_PING_EVERY_S = 3.0  # somebody speaks and waits: a dead line is to be noticed
ALIVE_S = 5.0  # a line is, on which something was heard for so long, if it can be made again
SMALL_BUFFER = 2**16  # bytes that the socket and its kernel hold back, on a live line
TURNS_TO_READ = 10  # of the loop, until what the socket holds was read
_NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETUNREACH)

log = logging.getLogger("s2s.wire")


class Transport(Protocol):
    """Carries JSON messages both ways."""

    async def send(self, message: str) -> None: ...

    def messages(self) -> AsyncIterator[str | bytes]: ...

    @property
    def lost(self) -> ConnectionLost: ...

    async def close(self) -> None: ...


@runtime_checkable
class Measured(Protocol):
    """A transport that knows how far the network has come."""

    @property
    def backlog(self) -> int:
        """Bytes that were given to it, and that the other side has not taken."""


class _Connect(connect):
    """Follows no redirect: the key was meant for this host and for no other."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


class WebSocketTransport:
    """A connected WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._clock: Clock = SystemClock()
        self._watch: asyncio.Task[None] | None = None
        self._ping: asyncio.Task[None] | None = None
        self._heard_at = 0.0
        self._silent = False  # nothing was heard in time

    def watch(self, timeout_s: float, clock: Clock) -> None:
        """Hang up when nothing has come for `timeout_s`, neither an event nor a pong.

        A pong alone would not do: on a slow line it waits behind a long reply.
        """
        self._clock, self._heard_at = clock, clock.now()
        self._watch = asyncio.create_task(self._hang_up_in_silence(timeout_s))

    async def _hang_up_in_silence(self, timeout_s: float) -> None:
        every_s = min(LIVE_PING_EVERY_S, timeout_s * 0.6)
        ping_at = self._clock.now() + every_s
        while True:
            due = min(ping_at, self._heard_at + timeout_s)
            await self._clock.sleep_until(due)
            late_s = self._clock.now() - due  # the program stood still, or the machine
            self._heard_at += late_s
            for _ in range(TURNS_TO_READ):
                await asyncio.sleep(0)
            now = self._clock.now()
            if late_s > timeout_s or now >= self._heard_at + timeout_s:
                self._silent = True
                self._socket.transport.abort()
                return
            if now >= ping_at:
                ping_at = now + every_s
                if self._ping is None or self._ping.done():
                    self._ping = asyncio.create_task(self._hear_a_pong())

    async def _hear_a_pong(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            await (await self._socket.ping())
            self._heard_at = self._clock.now()

    @property
    def backlog(self) -> int:
        """Bytes that wait here and in the kernel, as far as it tells."""
        below = self._socket.transport
        held = below.get_extra_info("socket")
        return below.get_write_buffer_size() + (_unacknowledged(held.fileno()) if held else 0)

    async def send(self, message: str) -> None:
        """Send, waiting while the network cannot keep up; a lost connection is the reader's."""
        if log.isEnabledFor(logging.DEBUG):
            log.debug("> %s", describe(message))
        with contextlib.suppress(ConnectionClosed):
            await self._socket.send(message)

    async def messages(self) -> AsyncIterator[str | bytes]:
        """Give every message until the connection ends; then `lost` says how."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                message = await self._socket.recv()
                self._heard_at = self._clock.now()
                if log.isEnabledFor(logging.DEBUG):
                    log.debug("< %s", describe(message))
                yield message

    @property
    def lost(self) -> ConnectionLost:
        if self._silent:
            return ConnectionLost(None, "the endpoint does not answer any more")
        code, reason = self._socket.close_code, redact(self._socket.close_reason or "")
        told = None if code in (None, 1006) else code
        return ConnectionLost(told, reason, cause_of_close(code, reason))

    async def close(self) -> None:
        """Say goodbye; after half a second hang up without it."""
        for each in (self._watch, self._ping):
            if each:
                each.cancel()
        try:
            await asyncio.wait_for(self._socket.close(), CLOSE_S)
        except (asyncio.TimeoutError, OSError):
            self._socket.transport.abort()
        except asyncio.CancelledError:  # no time is left for a goodbye
            self._socket.transport.abort()
            raise


def _unacknowledged(descriptor: int) -> int:
    """Return how many bytes the kernel holds that nobody has; 0 where it does not tell."""
    try:
        import fcntl
        import termios

        return int.from_bytes(fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except (ImportError, OSError, ValueError):  # ValueError: it is closed
        return 0


async def open_transport(
    endpoint: Endpoint,
    timeout_s: float,
    *,
    live: bool = False,
    alive_s: float | None = None,
    clock: Clock | None = None,
) -> WebSocketTransport:
    """Connect to `endpoint`; `live`: a line on which nothing answers for `alive_s`, or else
    `timeout_s`, by `clock`, the machine's unless it is given, is lost.

    Raises `RefusedError` for a 4xx answer, `NetworkError` for 5xx and everything that keeps us
    from reaching it, `UsageError` for a proxy setting that is wrong.
    """
    proxy = None if endpoint.kind == "loopback" else proxy_for(endpoint.url)
    log.info("= connecting to %s", endpoint.shown)
    try:
        async with asked() if proxy else contextlib.nullcontext():
            connection = await _connected(endpoint, proxy, timeout_s, live=live)
    except ImportError:
        assert proxy
        raise missing_socks(proxy) from None
    except (OSError, asyncio.TimeoutError, WebSocketException, EOFError) as exc:
        at_the_proxy = proxy and explain(exc, proxy, endpoint.shown, timeout_s)
        # The text of the cause may hold headers.
        raise at_the_proxy or why_unreachable(exc, endpoint, timeout_s) from None
    transport = WebSocketTransport(connection)
    if live:
        quickly_s = timeout_s if alive_s is None else min(alive_s, timeout_s)
        transport.watch(quickly_s, clock or SystemClock())
    return transport


async def _connected(
    endpoint: Endpoint, proxy: Proxy | None, timeout_s: float, *, live: bool
) -> ClientConnection:
    trusted = _trusted(endpoint)

    def to(**address: Any) -> connect:
        return _Connect(
            endpoint.url,
            additional_headers={k: v for k, v in endpoint.headers.items() if k != "User-Agent"},
            user_agent_header=endpoint.headers["User-Agent"],
            compression=None,  # base64 of PCM does not shrink
            max_size=MAX_MESSAGE,
            write_limit=SMALL_BUFFER if live else WRITE_LIMIT,
            open_timeout=timeout_s,
            close_timeout=CLOSE_S,
            ping_interval=None if live else PING_EVERY_S,
            ping_timeout=PING_TIMEOUT_S,
            proxy=proxy.url if proxy else None,
            ssl=trusted,
            **address,
        )

    if not is_localhost(urlsplit(endpoint.url).hostname or ""):
        return await to()
    try:  # no resolver is asked what is this machine (RFC 6761)
        return await to(host="127.0.0.1")
    except ConnectionRefusedError as refused:
        try:
            return await to(host="::1")
        except OSError as exc:
            raise refused if exc.errno in _NO_IPV6 else exc from None


def _trusted(endpoint: Endpoint) -> ssl.SSLContext | None:
    """Return what is trusted. Raises `UsageError` where OpenSSL is silent about a bad file."""
    if not endpoint.url.startswith("wss:"):
        return None
    context = ssl.create_default_context()
    name = "SSL_CERT_FILE"
    try:
        if file := os.environ.get(name):
            context.load_verify_locations(file)
        name = "SSL_CERT_DIR"
        for folder in filter(None, os.environ.get(name, "").split(os.pathsep)):
            os.scandir(folder).close()
    except OSError as exc:  # ssl.SSLError is one
        why = "no certificate is in it" if isinstance(exc, ssl.SSLError) else exc.strerror
        raise UsageError(
            f"{name}={printable(os.environ[name])} cannot be read: {why}.",
            f"Point {name} at certificates, or unset it.",
        ) from None
    return context
