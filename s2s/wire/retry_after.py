"""How long an endpoint that refuses a connection wants to be left alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

_MOST_S = 86_400.0  # who asks for more does not mean us


def retry_after_s(headers: Mapping[str, str], wall_time: float | None = None) -> float | None:
    """Return the seconds that `Retry-After` (or `Retry-After-Ms`) asks for; None: nothing.

    A date counts from `wall_time`, now unless it is given.
    """
    for name, scale in (("Retry-After-Ms", 0.001), ("Retry-After", 1.0)):
        stated = _one(headers, name)
        seconds = _number(stated, scale)
        if seconds is None and scale == 1.0:
            seconds = _until(stated, time.time() if wall_time is None else wall_time)
        if seconds is not None:
            return min(max(0.0, seconds), _MOST_S)
    return None


def _one(headers: Mapping[str, str], name: str) -> str:
    try:
        return headers.get(name, "").strip()
    except LookupError:  # it came twice
        return ""


def _number(stated: str, scale: float) -> float | None:
    try:
        number = float(stated)
    except ValueError:
        return None
    return number * scale if number == number else None  # noqa: PLR0124 - not a number


def _until(stated: str, wall_time: float) -> float | None:
    try:
        return parsedate_to_datetime(stated).timestamp() - wall_time
    except (ValueError, TypeError, OverflowError):
        return None
