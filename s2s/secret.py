"""A key that never prints itself."""

from __future__ import annotations

import re

_KEY = re.compile(
    r"\b(sk|ek|xai|gsk|hf)[-_][A-Za-z0-9_\-]{6,}"  # the shapes of well-known keys
    r"|(?i:bearer)\s+\S+"
)


class Secret:
    """A string that shows as `***` wherever it is formatted; `reveal()` gives the text itself."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

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


def redact(text: str, *secrets: Secret | None) -> str:
    """Return `text` without the given secrets and without anything shaped like a key.

    Endpoints quote part of a refused key in their messages (`Incorrect API key provided:
    sk-ab***yz`), so what comes from outside passes through here before it is shown or logged.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret.reveal(), "***")
    return _KEY.sub("***", text)
