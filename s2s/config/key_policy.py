"""Which key may travel to which host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from s2s.config.sources import NO_KEY, Sources
from s2s.config.trust import Setting
from s2s.errors import UsageError
from s2s.secret import Secret, redact
from s2s.wire.endpoint import HostKind, host_kind

TWO_WAYS = (
    "Put OPENAI_API_KEY=… into a file named .env here, or add --offline to try s2s without a key."
)
_QUOTES = ("'", '"', "`")


@dataclass(frozen=True, slots=True)
class Key:
    """A key that may travel, and the place it was given in."""

    name: str
    given: Setting

    @property
    def called(self) -> str:
        return f"{self.name} ({self.given.place})"


def key_for(complete: str, url: Setting, sources: Sources) -> tuple[Key | None, tuple[str, ...]]:
    """Return the first key that may travel to the endpoint at `complete`, if any may, and what is
    to be told of that. `url` is where the endpoint comes from.

    Raises `UsageError` if OpenAI or Azure would get none, or another host would have to do without
    one that is there.
    """
    kind = host_kind(complete)
    keys = list(_fitting(kind, sources))
    if not keys and kind in ("openai", "azure"):
        message = f"There is no key for this endpoint. {looked_at(sources)}"
        raise UsageError(message, TWO_WAYS, code="no_key")
    for key in keys:
        if _may_travel(key, complete, kind, url):
            told = _told_of_other_keys(key, keys, complete, kind, url)
            return (None if key.given.text == NO_KEY else key), told
    if not keys:
        return None, ()
    return None, (_withheld(keys[0], complete, kind, url),)


def looked_at(sources: Sources) -> str:
    """Return where settings were looked for, as a sentence."""
    return f"Looked at: the environment, {', '.join(sources.looked_at) or 'no file'}."


def checked(key: Key) -> Secret:
    """Return the key as a secret. Raises `UsageError` for what no HTTP header can carry."""
    secret = Secret(key.given.text.strip())
    text = secret.reveal()
    if text.startswith(_QUOTES) or text.endswith(_QUOTES):
        raise UsageError(
            f"{key.called} stands in quotation marks, which would be sent with it.",
            f"Set {key.name} without them.",
        )
    if not text.isascii() or not text.isprintable() or " " in text:
        raise UsageError(
            f"{key.called} holds characters that no key has.",
            "Copy the key again: quotation marks or invisible characters may have come with it.",
        )
    return secret


def _fitting(kind: HostKind, sources: Sources) -> Iterator[Key]:
    """Give the keys that are there for this kind of host, the one that counts first."""
    if kind not in ("openai", "azure"):
        yield from (Key("S2S_API_KEY", given) for given in sources.every("S2S_API_KEY"))
    yield from (Key("OPENAI_API_KEY", given) for given in sources.every("OPENAI_API_KEY"))


def _may_travel(key: Key, complete: str, kind: HostKind, url: Setting) -> bool:
    beside = (key.given.origin, key.given.source) == (url.origin, url.source)
    if kind in ("openai", "azure"):  # OPENAI_API_KEY is made for them, but not to be overheard
        return url.by_user or beside or complete.startswith("wss:")
    if key.name == "S2S_API_KEY":
        return url.by_user or beside or key.given.text == NO_KEY
    return beside or (url.by_user and kind == "loopback")


def _told_of_other_keys(
    key: Key, keys: list[Key], complete: str, kind: HostKind, url: Setting
) -> tuple[str, ...]:
    """Tell of a found file's key that is used though the user has another for this endpoint."""
    if key.given.by_user or key.given.text == NO_KEY:
        return ()
    for other in keys:
        could_serve = other.name == key.name or _may_travel(other, complete, kind, url)
        if other.given.by_user and could_serve and other.given.text != key.given.text:
            return (f"The key is {key.called}, which was found, and not {other.called}.",)
    return ()


def _withheld(key: Key, complete: str, kind: HostKind, url: Setting) -> str:
    """Return the warning of a key that does not travel to this machine. Raises `UsageError` for
    another host.
    """
    parts = urlsplit(complete)
    host = (parts.netloc if kind == "loopback" else parts.hostname) or ""
    message = f"{key.name} is not sent to {host}: the key comes from {key.given.place}, the URL "
    if url.by_user:
        raise UsageError(
            f"{message}from {url.place}.",
            f"Set S2S_API_KEY to the key of that endpoint, or to {NO_KEY} if it wants none.",
        )
    message += f"from {url.place}, which was found."
    if kind == "loopback":
        return f"{message} If you mean that endpoint: --url {host}"
    raise UsageError(
        message,
        f"If you mean that host: --url {host}, with its key (or {NO_KEY}) in S2S_API_KEY.",
    )


def told_of_host(complete: str, url: Setting) -> tuple[str, ...]:
    """Name a host that a found file chose, before a byte of voice goes there.

    OpenAI's are what anybody expects, and loopback is this machine; an Azure resource may be
    anybody's. Raises `UsageError` if a secret that stands in its name would hide it.
    """
    if url.by_user or host_kind(complete) in ("openai", "loopback"):
        return ()
    host = urlsplit(complete).hostname or ""
    if redact(host) != host:
        raise UsageError(
            f"The host that {url.place} has chosen holds a key in its name, which hides it.",
            "If you mean that host: name it with --url.",
        )
    return (f"Your voice goes to {host}, which {url.place} has chosen, and that was found.",)
