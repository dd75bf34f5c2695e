"""A key that never prints itself."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

_KEY = re.compile(
    r"\b(?:sk|ek|xai|gsk|hf)[-_][A-Za-z0-9_\-*]{6,}"  # the shapes of well-known keys
    r"|\b[Bb]earer\s+[^\s\"',;]+"
)
_BEGUN = re.compile(
    r"\b(?:sk|ek|xai|gsk|hf)[-_][A-Za-z0-9_\-*]*$|\b[Bb]earer\s+[^\s\"',;]*$"  # and not ended
)
_SHORTEST = 4  # characters; what is shorter would be found in every other word
_known: set[str] = set()


class Secret:
    """A string that shows as `***` wherever it is formatted; `reveal()` gives the text itself."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        if len(text) >= _SHORTEST:
            _known.update(_written(text))

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        raise TypeError("a Secret is not pickled")


def redact(text: str) -> str:
    """Return `text` without any `Secret` of this process and without what is shaped like a key.

    Endpoints quote part of a refused key in their messages (`Incorrect API key provided:
    sk-ab***yz`), so what comes from outside passes through here before it is shown or logged.
    """
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, "***")
    return _KEY.sub("***", text)


def ends_in_secret(text: str) -> int:
    """Return how many characters at the end of `text` may be a secret that goes on behind it."""
    begun = _BEGUN.search(text)
    size = len(text) - begun.start() if begun else 0
    for secret in _known:
        longest = min(len(secret) - 1, len(text))
        size = max(size, next((n for n in range(longest, 0, -1) if text.endswith(secret[:n])), 0))
    return size


def _written(text: str) -> set[str]:
    """Return the ways in which others write a secret: as it is, in a URL, in base64."""
    coded = text.encode("utf-8", "surrogatepass")
    quoted = quote(coded, safe="")
    lower = re.sub("%..", lambda code: code[0].lower(), quoted)
    in_base64 = (base64.b64encode(coded), base64.urlsafe_b64encode(coded))
    return {text, quoted, lower, *(each.decode().rstrip("=") for each in in_base64)}


def looks_like_key(text: str) -> bool:
    """Whether `text` is shaped like a well-known kind of key."""
    return bool(_KEY.search(text))
