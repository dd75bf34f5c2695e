"""What is written in an option, read: the format of a recording, a time that may be off."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from s2s.errors import UsageError

if TYPE_CHECKING:
    from s2s.audio.files.recording import RawFormat

DAY_S = 86_400.0


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


def seconds_or_off(option: str, stated: str | None) -> float | None:
    """Return a number of seconds, 0 for `off`; None: nothing is stated."""
    if stated is None:
        return None
    if stated.strip().lower() == "off":
        return 0.0
    try:
        seconds = float(stated)
    except ValueError:
        seconds = math.nan
    if 0 < seconds <= DAY_S:
        return seconds
    raise UsageError(
        f"{option} {stated} is no time.", "Give seconds, a day's at most, or off; such as 300."
    )
