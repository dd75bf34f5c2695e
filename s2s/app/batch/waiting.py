"""Waits that an event may end sooner."""

from __future__ import annotations

import asyncio
from typing import Any

from s2s.clock import Clock


async def first_of(event: asyncio.Event, clock: Clock, wait_s: float | None) -> None:
    """Wait for `event`, and for `wait_s` seconds at most; None: however long it takes."""
    waits: list[asyncio.Task[Any]] = [asyncio.create_task(event.wait())]
    if wait_s is not None:
        waits.append(asyncio.create_task(clock.sleep_until(clock.now() + wait_s)))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
