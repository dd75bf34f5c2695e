"""Memory that is free and not given back: what importing on a thread of its own leaves."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Give it back to the system, where the C library can; that takes about a millisecond."""
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):  # not glibc
        return
