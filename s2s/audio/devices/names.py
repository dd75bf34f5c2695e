"""Names of devices as they were meant."""

from __future__ import annotations

import contextlib
import locale


def readable(name: str | bytes) -> str:
    """Mend a name: PyAudio reads UTF-8 as whatever the locale uses, or gives it up as bytes."""
    if isinstance(name, bytes):
        return name.decode("utf-8", "replace")
    with contextlib.suppress(UnicodeError, LookupError):
        return name.encode(locale.getpreferredencoding(False)).decode("utf-8")
    return name
