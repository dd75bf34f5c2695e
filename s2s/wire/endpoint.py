"""Where the endpoint is and what it is told about us: URL, model, headers."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, parse_qs, quote, unquote_plus, urlsplit, urlunsplit

from s2s.errors import UsageError
from s2s.secret import Secret, looks_like_key
from s2s.version import __version__
from s2s.well_formed import well_formed

OPENAI_URL = "wss://api.openai.com/v1/realtime"
HostKind = Literal["openai", "azure", "loopback", "other"]

# Azure's own names for its resources (Microsoft's endpoint documentation, 2026).
_AZURE = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_IPV6 = re.compile(r"[0-9a-f:.]+(%\w+)?")
_SECURE = {"https": "wss", "wss": "wss", "http": "ws", "ws": "ws"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A complete WebSocket URL and the headers its handshake needs."""

    url: str
    model: str
    kind: HostKind
    key: Secret | None = field(default=None)

    @property
    def headers(self) -> dict[str, str]:
        """The handshake's headers; never the retired `OpenAI-Beta`, which is refused."""
        headers = {"User-Agent": f"s2s/{__version__}"}
        if self.key:
            name, scheme = ("api-key", "") if self.kind == "azure" else ("Authorization", "Bearer ")
            headers[name] = scheme + self.key.reveal()
        return headers

    @property
    def shown(self) -> str:
        """The URL as people may see it: without credentials or a query that may hold a key."""
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, _netloc(parts.hostname, parts.port), parts.path, "", ""))


def host_kind(url: str) -> HostKind:
    """Return what kind of host `url` (complete or not) points at."""
    host = ascii_host(urlsplit(_with_scheme(url)).hostname or "")
    if f".{host}".endswith(".openai.com"):
        return "openai"
    if host.endswith(_AZURE):
        return "azure"
    return "loopback" if is_loopback(host) else "other"


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its very name or number (nothing is looked up)."""
    if is_localhost(host):
        return True
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return False
    return (getattr(number, "ipv4_mapped", None) or number).is_loopback


def is_localhost(host: str) -> bool:
    """Whether `host` is a name that means this machine wherever it is used (RFC 6761)."""
    return host == "localhost" or host.endswith(".localhost")


def complete_url(
    url: str, model: str, *, allow_plain: bool = False, called: str = "WS_URL"
) -> tuple[str, str]:
    """Return the WebSocket URL for what `called` holds, and the model it names.

    `url` may be a bare host, `https://…/v1`, an Azure resource, or complete. `model` is added
    only where the URL names none. Raises `UsageError` for what is no URL and for plain `ws://`
    to anything but loopback.
    """
    url = url.strip()
    try:
        parts = urlsplit(_with_scheme(url))
        host, port = ascii_host(parts.hostname or ""), parts.port
    except ValueError as exc:  # its text may quote a password
        if str(exc).startswith("Port out of range"):
            raise UsageError(
                f"{called} has a port that does not exist.", "Ports go up to 65535."
            ) from None
        host, port = "", None
    if not host or " " in url or not url.isprintable() or looks_like_key(host):
        raise UsageError(f"{called} is not a URL.", "It looks like wss://host/v1/realtime.")
    _keep_secret(parts, host)
    if parts.scheme not in _SECURE:
        raise UsageError(
            f"{called} has the scheme {parts.scheme}://, which is no WebSocket.",
            "Use wss://, https://, or for this machine ws://.",
        )
    scheme = _SECURE[parts.scheme]
    if scheme == "ws" and not is_loopback(host) and not allow_plain:
        raise UsageError(
            f"ws://{host} would send your voice and your key unencrypted.",
            "Use wss://, or insist with --allow-plain-ws.",
        )
    path = _path(parts.path, host_kind(url), base_url=parts.scheme in ("http", "https"))
    query = parts.query
    named = parse_qs(query).get("model") or parse_qs(query).get("deployment")
    if not named and "intent" not in parse_qs(query):
        query = "&".join(filter(None, [query, f"model={quote(well_formed(model), safe='')}"]))
    complete = urlunsplit((scheme, _netloc(host, port), path, query, ""))
    return complete, named[0] if named else model


# Parts of a query that people may see; any other value may be a key.
_PUBLIC = {"model", "deployment", "intent", "api-version", "language", "transcription_model"}


def keep_secrets_of(url: str) -> None:
    """Keep what may be a key in `url` out of every message from now on, if it is a URL."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(_with_scheme(url.strip()))
        _keep_secret(parts, parts.hostname or "")


def _keep_secret(parts: SplitResult, host: str) -> None:
    """Keep what may be a key out of every message and log: a password, query values.

    A user's name only where it stands alone: beside a password it may be a common word. All as they
    stand in the URL, which an endpoint may quote, and as they read. What is a piece of the host's
    name is no secret: it must not hide where a voice goes.
    """
    queried = [pair.partition("=") for pair in parts.query.split("&")]
    hidden = [value for name, _, value in queried if name.lower() not in _PUBLIC]
    for text in filter(None, [parts.password or parts.username, *hidden]):
        for written in (text, unquote_plus(text)):
            if written not in host:
                Secret(written)


def _path(path: str, kind: HostKind, *, base_url: bool) -> str:
    path = path.rstrip("/")
    if path.endswith("/realtime"):
        return path
    if kind == "azure" and path in ("", "/openai", "/openai/v1"):
        return "/openai/v1/realtime"
    if not path:
        return "/v1/realtime"
    return f"{path}/realtime" if base_url or path.endswith("/v1") else path


def _with_scheme(url: str) -> str:
    if "://" in url:
        return url
    host = ascii_host(urlsplit(f"//{url}").hostname or "")
    return f"{'ws' if is_loopback(host) else 'wss'}://{url}"


def ascii_host(host: str) -> str:
    """Return the one spelling of a host that is compared, shown and connected to.

    Raises `ValueError` for what is no host. Two names that look alike differ in it, and of one that
    is written in several ways (capitals, wide letters, a dot at its end) there is one.
    """
    if not host:
        return host
    if ":" in host:  # IPv6, perhaps with the name of an interface
        if not _IPV6.fullmatch(host):
            raise ValueError("no number")
        return str(ipaddress.ip_address(host))
    name = host.encode("idna").decode().lower().removesuffix(".")
    if not _HOST.fullmatch(name) or len(name) > 253:  # RFC 1035
        raise ValueError("no host")
    return name


def _netloc(host: str | None, port: int | None) -> str:
    shown = f"[{host}]" if host and ":" in host else host or ""
    return f"{shown}:{port}" if port else shown
