"""Messages over a WebSocket: connect, send, read to the end, close within a second."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import ssl
from collections.abc import AsyncIterator
from typing import Any, Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
    WebSocketException,
)

from s2s.clock import Clock, SystemClock
from s2s.conversation.events import ConnectionLost
from s2s.conversation.refusals import remedy
from s2s.errors import NetworkError, RefusedError, S2SError, UsageError
from s2s.printable import printable
from s2s.secret import redact
from s2s.wire.endpoint import Endpoint, is_localhost
from s2s.wire.proxies import Proxy, asked, explain, missing_socks, proxy_for
from s2s.wire.realtime.errors import cause_in_words, cause_of_close, complaint_in
from s2s.wire.remedies import REMEDIES
from s2s.wire.retry_after import retry_after_s
from s2s.wire.trace import describe

MAX_MESSAGE = 256 * 2**20  # bytes; an hour of audio, a session's longest, in one delta is 230 MB
WRITE_LIMIT = 2**20  # bytes the socket may hold back before sending waits
CLOSE_S = 0.5  # leaving takes at most a second, whatever hangs
PING_EVERY_S, PING_TIMEOUT_S = 20.0, 60.0  # behind an hour of audio a pong comes late
_MOST_BODY = 20_000  # bytes of a refusal's text that are read
LIVE_PING_EVERY_S = 10.0  # somebody speaks and waits: a dead line is to be noticed
_CODES = {401: "unauthorized", 403: "forbidden", 404: "not_found", 429: "rate_limited"}
_NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETUNREACH)

log = logging.getLogger("s2s.wire")


class Transport(Protocol):
    """Carries JSON messages both ways."""

    async def send(self, message: str) -> None: ...

    def messages(self) -> AsyncIterator[str | bytes]: ...

    @property
    def lost(self) -> ConnectionLost: ...

    async def close(self) -> None: ...


class _Connect(connect):
    """Follows no redirect: the key was meant for this host and for no other."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


class WebSocketTransport:
    """A connected WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._watch: asyncio.Task[None] | None = None
        self._heard = self._silent = False  # something came since the last look; nothing in time

    def watch(self, timeout_s: float, clock: Clock) -> None:
        """Hang up when nothing has come for `timeout_s`, neither an event nor a pong.

        A pong alone would not do: on a slow line it waits behind a long reply.
        """
        self._watch = asyncio.create_task(self._hang_up_in_silence(timeout_s, clock))

    async def _hang_up_in_silence(self, timeout_s: float, clock: Clock) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await clock.sleep_until(clock.now() + min(LIVE_PING_EVERY_S, timeout_s))
                pong = asyncio.ensure_future(await self._socket.ping())
                while not pong.done():
                    self._heard = False
                    await _at_most(pong, timeout_s, clock)
                    if not (self._heard or pong.done()):
                        self._silent = True
                        self._socket.transport.abort()
                        return

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
                self._heard = True
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
        if self._watch:
            self._watch.cancel()
        try:
            await asyncio.wait_for(self._socket.close(), CLOSE_S)
        except (asyncio.TimeoutError, OSError):
            self._socket.transport.abort()


async def _at_most(awaited: asyncio.Future[float], seconds: float, clock: Clock) -> None:
    """Wait until it is done or `seconds` have passed on `clock`."""
    too_long = asyncio.create_task(clock.sleep_until(clock.now() + seconds))
    try:
        await asyncio.wait((awaited, too_long), return_when=asyncio.FIRST_COMPLETED)
    finally:
        too_long.cancel()


async def open_transport(
    endpoint: Endpoint, timeout_s: float, *, live: bool = False, clock: Clock | None = None
) -> WebSocketTransport:
    """Connect to `endpoint`; `live`: a line on which nothing answers for `timeout_s`
    by `clock`, the machine's unless it is given, is lost.

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
        raise at_the_proxy or _explain(exc, endpoint, timeout_s) from None
    transport = WebSocketTransport(connection)
    if live:
        transport.watch(timeout_s, clock or SystemClock())
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
            write_limit=WRITE_LIMIT,
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


def _explain(exc: Exception, endpoint: Endpoint, timeout_s: float) -> S2SError:
    at = endpoint.shown
    if isinstance(exc, InvalidStatus):
        body = bytes(exc.response.body or b"")
        told = _explain_status(exc.response.status_code, body, at, has_key=bool(endpoint.key))
        told.retry_after_s = retry_after_s(exc.response.headers)
        return told
    if isinstance(exc, InvalidURI):
        return UsageError(f"{at} is not a WebSocket URL.", "It looks like wss://host/v1/realtime.")
    if isinstance(exc, InvalidHandshake | EOFError):
        return NetworkError(
            f"{at} answers, but not as a WebSocket.", "Is the URL right? See WS_URL or --url."
        )
    if isinstance(exc, (asyncio.TimeoutError, TimeoutError)):  # two classes on Python 3.10
        return NetworkError(
            f"No answer from {at} for {timeout_s:g} s.",
            "Check the network, or allow more time with --timeout.",
        )
    if isinstance(exc, ssl.SSLCertVerificationError):
        return NetworkError(
            f"The certificate of {at} is not trusted: {exc.verify_message}.",
            "Behind a company proxy, point SSL_CERT_FILE at its certificate.",
        )
    if isinstance(exc, ssl.SSLError):
        return NetworkError(
            f"No TLS with {at}: {exc.reason or exc}.",
            "Does the port speak TLS? For a server on this machine, use ws://.",
        )
    if isinstance(exc, ConnectionResetError) and at.startswith("wss:"):
        return NetworkError(
            f"{at} hung up when asked for TLS.",
            "Does the port speak TLS? For a server on this machine, use ws://.",
        )
    refused = f"[Errno {errno.ECONNREFUSED}]"  # several addresses: several errors in one text
    if isinstance(exc, ConnectionRefusedError) or refused in str(exc):
        return NetworkError(
            f"Nothing listens at {at}.", "Is the server running? Is the port right?"
        )
    if isinstance(exc, socket.gaierror):
        return NetworkError(
            f"The name of {at} cannot be resolved.",
            "Check the spelling and the network; `--offline` needs none.",
        )
    reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else type(exc).__name__
    return NetworkError(f"{at} cannot be reached: {reason}.", "Check the network and the URL.")


def _explain_status(status: int, body: bytes, at: str, *, has_key: bool) -> S2SError:
    it = complaint_in(body[:_MOST_BODY])
    said = it.message[:200]
    detail = f" It said: {said}" if said else ""
    spoken = said if status in (400, 402, 404, 422) else ""  # else a word proves nothing
    known = [each for each in (it.cause, cause_in_words(spoken)) if remedy(each)]
    if known:
        hint = REMEDIES.get(known[0]) or remedy(known[0])
        told = f"{at} refused the connection (HTTP {status}).{detail}"
        return RefusedError(told, hint, code=known[0].code)
    if status >= 500:
        told = f"{at} is unavailable (HTTP {status}).{detail}"
        return NetworkError(told, "Try again later.", code="unavailable")
    meaning, hint = {
        401: ("refused the key", "Check OPENAI_API_KEY (or S2S_API_KEY).")
        if has_key
        else ("wants a key, and none was sent", "Put S2S_API_KEY=… into your .env."),
        403: ("does not allow this", "Check that the key may use the Realtime API and this model."),
        404: ("does not know this address", "Check the path of WS_URL and the model's name."),
        429: ("allows no more for now", "Wait a little, or check the account's limits and quota."),
    }.get(status, ("refused the connection", "Check WS_URL."))
    if 300 <= status < 400:
        meaning, hint = "redirects elsewhere", "Give the final address: a key follows no redirect."
    code = {401: "unauthorized", 403: "forbidden", 404: "not_found", 429: "rate_limited"}.get(
        status, ""
    )
    return RefusedError(f"{at} {meaning} (HTTP {status}).{detail}", hint, code=code)
