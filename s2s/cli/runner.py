"""Runs a command's coroutine; Ctrl-C, SIGTERM and a hangup cancel it and become `Stopped`."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from s2s.cli import bugs
from s2s.errors import Stopped, ending_signals

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T], on_interrupt: Callable[[], None] | None = None) -> T:
    """Return what `work` returns. Raises `Stopped` when a signal ended it.

    With `on_interrupt`, Ctrl-C is for `work` to deal with: that is called instead.
    """
    before = {number: signal.getsignal(number) for number in ending_signals()}
    try:
        return asyncio.run(_until_signalled(work, on_interrupt))
    finally:  # the loop leaves Python's defaults behind, and the work is not over yet
        for number, handler in before.items():
            if signal.getsignal(number) is not signal.SIG_IGN:  # we have been hung up on
                signal.signal(number, handler)


class _Daemons(ThreadPoolExecutor):
    """Looks names up on threads that nobody waits for: a resolver may hang, and we may leave."""

    def submit(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()

        def run() -> None:
            try:
                done.set_result(work(*args, **kwargs))
            except BaseException as exc:
                done.set_exception(exc)

        threading.Thread(target=run, daemon=True).start()
        return done


async def _until_signalled(
    work: Coroutine[Any, Any, T], on_interrupt: Callable[[], None] | None
) -> T:
    task = asyncio.ensure_future(work)
    received: list[int] = []

    def stop(number: int) -> None:
        if number == signal.SIGINT and on_interrupt:
            on_interrupt()
            return
        received.append(number)
        task.cancel()
        if number == getattr(signal, "SIGHUP", None):  # shell and kernel may each send one
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)

    loop = asyncio.get_running_loop()
    loop.set_default_executor(_Daemons())
    loop.set_exception_handler(bugs.note_of_loop)
    for number in ending_signals():
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:  # Windows: Python's own KeyboardInterrupt serves there
            break
    try:
        return await task
    except asyncio.CancelledError:
        if received:
            raise Stopped(received[0]) from None
        raise
