"""How a recording is to be read, as `--raw` says it."""

from __future__ import annotations

from s2s.audio.files.recording import RawFormat
from s2s.errors import UsageError


def raw_format(stated: str | None) -> RawFormat | None:
    """Return the format of headerless audio; None: it has a header."""
    if stated is None:
        return None
    rate, _, channels = stated.partition(":")
    try:
        return RawFormat(int(rate), int(channels or 1))
    except ValueError:
        raise UsageError(
            f"--raw {stated} is no rate.", "Give RATE or RATE:CHANNELS, such as 16000 or 48000:2."
        ) from None
