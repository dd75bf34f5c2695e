"""The clock of the system: `now()` and `sleep_until()`, together; tests turn one of their own."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", None)


def now() -> float:
    """Return seconds that only ever grow, those in which the machine sleeps among them.

    On Linux the monotonic clock leaves those out: who woke up would not know that it had slept.
    """
    return time.clock_gettime(_CLOCK) if _CLOCK is not None else time.monotonic()


class Clock(Protocol):
    """Seconds that only ever grow, and a way to wait for a moment of theirs."""

    def now(self) -> float: ...

    async def sleep_until(self, when: float) -> None: ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        return now()

    async def sleep_until(self, when: float) -> None:
        await asyncio.sleep(max(0.0, when - self.now()))
