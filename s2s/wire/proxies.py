"""The proxy on the way to an endpoint, and what it means when the proxy is what fails.

The environment's variables count, as curl takes them, and where there are none the system's own
settings. A proxy's URL may hold a password: it is shown without.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from websockets.exceptions import InvalidProxy, InvalidProxyMessage, InvalidProxyStatus, ProxyError

from s2s.errors import NetworkError, S2SError, UsageError
from s2s.printable import printable
from s2s.secret import Secret, redact

# In the order they count: for WebSockets alone, SOCKS, for the scheme, for everything.
_SECURE = ("wss", "socks", "https", "all")
_PLAIN = ("ws", "socks", "https", "http", "all")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SOCKS_PORT = 1080  # as curl takes it
_FAREWELL_S = 0.1


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy as it was set."""

    url: str
    """With its scheme and port; may hold a user name and a password."""
    setting: str
    """What set it: a variable's name, or "the system's settings"."""

    @property
    def shown(self) -> str:
        """The proxy as people may see it: without credentials."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return printable(f"{parts.scheme}://{host}:{parts.port}")


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy that leads to the WebSocket `url`, if one is set.

    Raises `UsageError` for a setting that is no proxy's URL.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    if proxy_bypass(f"{parts.hostname}:{port}"):
        return None
    proxies = getproxies()
    for scheme in _SECURE if parts.scheme == "wss" else _PLAIN:
        if given := proxies.get(scheme):
            return _proxy(given, scheme)
    return None


def _proxy(given: str, scheme: str) -> Proxy:
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    setting = next((name for name in names if os.environ.get(name)), "the system's settings")
    default = "socks5h" if scheme == "socks" else "http"  # without a scheme, as curl takes it
    url = given.strip() if "://" in given else f"{default}://{given.strip()}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host and parts.password:
        Secret(parts.password)
    if not host or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UsageError(f"{setting} is no proxy's URL.", "It looks like http://host:port.")
    kind = parts.scheme
    if kind == "socks" or (scheme == "socks" and kind == "http"):
        kind = "socks5h"  # the name is resolved by the proxy, which knows it
    if kind not in ("http", "https", "socks4", "socks4a", "socks5", "socks5h"):
        raise UsageError(
            f"{setting} names a kind of proxy that there is not: {printable(kind)}.",
            "Proxies are http, https, socks4 or socks5.",
        )
    login = parts.netloc.rpartition("@")[0]
    if login and ":" not in login:
        login += ":"  # a user without a password
    shown = f"[{host}]" if ":" in host else host
    port = port or _DEFAULT_PORTS.get(kind, _SOCKS_PORT)
    return Proxy(f"{kind}://{login}{'@' if login else ''}{shown}:{port}", setting)


def missing_socks(proxy: Proxy) -> UsageError:
    """Return what it means that the package for SOCKS is not installed."""
    return UsageError(
        f"{proxy.setting} names a SOCKS proxy, and the package that speaks to it is missing.",
        "Install it beside s2s: pip install 'python-socks[asyncio]'. Or name the host in NO_PROXY.",
    )


@asynccontextmanager
async def asked() -> AsyncIterator[None]:
    """While a proxy is asked, its hanging up is told by what is raised.

    The library raises it once more where nobody can catch it, in a callback of the event loop,
    which would print a traceback.
    """
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), EOFError):
            (before or type(loop).default_exception_handler)(loop, context)

    loop.set_exception_handler(handle)
    try:
        yield
    except InvalidProxyMessage:
        await asyncio.sleep(_FAREWELL_S)  # the callback comes once the connection is closed
        raise
    finally:
        loop.set_exception_handler(before)


def explain(exc: Exception, proxy: Proxy, at: str, timeout_s: float) -> S2SError | None:
    """Return what `exc` means if it is the proxy that failed on the way to `at`, else None."""
    name = f"The proxy {proxy.shown} ({proxy.setting})"
    check = f"Check {proxy.setting}, or name the host in NO_PROXY."
    if isinstance(exc, InvalidProxy):  # its text holds the setting, and that may hold a password
        return UsageError(f"{proxy.setting} is no proxy's URL: {exc.msg}.", check)
    if isinstance(exc, InvalidProxyStatus):
        return _explain_status(exc.response.status_code, name, at, check)
    if isinstance(exc, InvalidProxyMessage) and _within(exc, EOFError):
        return NetworkError(f"{name} hung up instead of answering.", check)
    if isinstance(exc, InvalidProxyMessage):
        return NetworkError(f"{name} answers, but not as a proxy.", check)
    if isinstance(exc, ProxyError):  # SOCKS: its cause says why
        said = printable(redact(str(exc.__cause__ or exc))).rstrip(".")
        return NetworkError(f"{name} does not let us through to {at}: {said}.", check)
    if isinstance(exc, ssl.SSLError):
        if not proxy.url.startswith("https:"):
            return None
        why = getattr(exc, "verify_message", "") or exc.reason or exc
        return NetworkError(f"No TLS with {at}, or with its proxy {proxy.shown}: {why}.", check)
    if isinstance(exc, (asyncio.TimeoutError, TimeoutError)):
        return NetworkError(
            f"No answer from {at} for {timeout_s:g} s, through the proxy {proxy.shown}.", check
        )
    if _within(exc, socket.gaierror):
        return NetworkError(f"{name} cannot be found: its name is unknown.", check)
    if isinstance(exc, ConnectionResetError):  # by which of the two cannot be told
        return NetworkError(f"{at} hung up, or the proxy {proxy.shown} ({proxy.setting}).", check)
    if isinstance(exc, OSError):
        # TCP goes to the proxy alone, so what fails there is not the endpoint.
        said = printable(redact(exc.strerror or str(exc) or type(exc).__name__))
        said = "nothing listens there" if _within(exc, ConnectionRefusedError) else said
        return NetworkError(f"{name} cannot be reached: {said}.", check)
    return None


def _within(exc: BaseException | None, kind: type[Exception]) -> bool:
    """Whether `exc` is of `kind`, or was raised because of one that is."""
    while exc and not isinstance(exc, kind):
        exc = exc.__cause__ or exc.__context__
    return exc is not None


def _explain_status(status: int, name: str, at: str, check: str) -> S2SError:
    if status == 407:
        return NetworkError(
            f"{name} wants a login, or does not take the one it was given (HTTP 407).",
            "Put it before the host, as http://USER:PASSWORD@host:port.",
        )
    if status >= 500:
        return NetworkError(f"{name} cannot reach {at} (HTTP {status}).", check)
    return NetworkError(f"{name} does not let us through to {at} (HTTP {status}).", check)
