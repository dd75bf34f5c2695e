"""Signals that must wait a moment."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

from s2s.errors import ending_signals


@contextlib.contextmanager
def deferred() -> Iterator[list[int]]:
    """Collect the signals that come meanwhile instead of raising them."""
    received: list[int] = []
    before = {number: signal.getsignal(number) for number in ending_signals()}
    for number in before:
        signal.signal(number, lambda number, frame: received.append(number))
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
