"""How a recording is to be read, as `--raw` says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s.errors import UsageError

if TYPE_CHECKING:
    from s2s.audio.files.recording import RawFormat


def raw_format(stated: str | None) -> RawFormat | None:
    """Return the format of headerless audio; None: it has a header."""
    if stated is None:
        return None
    from s2s.audio.files.recording import RawFormat  # numpy comes with it, which has time

    rate, _, channels = stated.partition(":")
    try:
        return RawFormat(int(rate), int(channels or 1))
    except ValueError:
        raise UsageError(
            f"--raw {stated} is no rate.", "Give RATE or RATE:CHANNELS, such as 16000 or 48000:2."
        ) from None
