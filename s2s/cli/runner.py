"""Runs a command's coroutine; Ctrl-C, SIGTERM and a hangup cancel it and become `Stopped`."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from s2s import signals
from s2s.cli import bugs
from s2s.errors import S2SError, Stopped
from s2s.threads import Daemons

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T], on_interrupt: Callable[[], None] | None = None) -> T:
    """Return what `work` returns. Raises `Stopped` when a signal ended it.

    With `on_interrupt`, Ctrl-C is for `work` to deal with: that is called instead.
    """
    with signals.held() as noted:  # until the loop stands, and once it has gone
        return asyncio.run(_until_signalled(work, on_interrupt, noted))


async def _until_signalled(
    work: Coroutine[Any, Any, T], on_interrupt: Callable[[], None] | None, noted: list[int]
) -> T:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(Daemons())
    loop.set_exception_handler(bugs.note_of_loop)
    task = asyncio.ensure_future(work)
    received: list[int] = []

    def stop(number: int) -> None:
        if number == signal.SIGINT and on_interrupt:
            on_interrupt()
        elif task.cancel():
            received.append(number)

    def receive(number: int) -> None:
        loop.call_soon_threadsafe(stop, number)

    with signals.received_by(receive):
        while noted:
            receive(noted.pop(0))
        try:
            result = await task
        except (asyncio.CancelledError, S2SError):
            if received:
                raise Stopped(received[0]) from None
            raise
        if received:  # something on the way has taken the cancellation for its own
            raise Stopped(received[0])
        return result
