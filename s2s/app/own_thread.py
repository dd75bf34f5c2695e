"""A piece of work on a thread of its own, with event loops of its own.

So it can be waited for from any thread, in a notebook, and beside an event loop that is busy.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from typing import Any, Generic, TypeVar

from s2s.app.run import Run
from s2s.threads import Daemons

T = TypeVar("T")
Result = TypeVar("Result")

LEAVE_S = 1.0  # for the work to clean up when it is cancelled


class OwnThread(Generic[Result]):
    """Does `work` once; `work` is handed what runs its coroutines."""

    def __init__(self, work: Callable[[Run], Result]) -> None:
        self.done: Future[Result] = Future()
        self.done.set_running_or_notify_cancel()
        self._work = work
        self._lock = threading.Lock()
        self._cancelled = False
        self._cancel_task: Callable[[], object] | None = None
        # A daemon: a pipe that nobody writes to must not keep the interpreter from ending.
        threading.Thread(target=self._do, name="s2s", daemon=True).start()

    def cancel(self) -> None:
        """Have the work end soon, from any thread."""
        with self._lock:
            self._cancelled = True
            if self._cancel_task:
                self._cancel_task()

    def wait(self) -> Result:
        """Block until the work is done; return or raise what came of it.

        Who is interrupted meanwhile cancels it.
        """
        try:
            return self.done.result()
        except BaseException:
            self.cancel()
            wait_for([self.done], LEAVE_S)
            raise

    async def result(self) -> Result:
        """Wait until the work is done; return or raise what came of it. Cancelled with the task."""
        try:
            return await asyncio.wrap_future(self.done)
        except asyncio.CancelledError:
            self.cancel()
            await self.ended(LEAVE_S)
            raise

    async def ended(self, timeout_s: float | None = None) -> None:
        """Wait until the work is done, but no longer than `timeout_s`; raises nothing of it."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()

        def tell(_: object) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits
                loop.call_soon_threadsafe(over.set)

        self.done.add_done_callback(tell)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(over.wait(), timeout_s)

    def _do(self) -> None:
        try:
            result = self._work(self._run)
        except BaseException as exc:  # raised again where it is waited for
            self.done.set_exception(exc)
        else:
            self.done.set_result(result)

    def _run(
        self, work: Coroutine[Any, Any, T], /, on_interrupt: Callable[[], None] | None = None
    ) -> T:
        return asyncio.run(self._attended(work))

    async def _attended(self, work: Coroutine[Any, Any, T]) -> T:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(Daemons())  # a resolver may hang, and we may leave
        task = asyncio.ensure_future(work)
        with self._lock:
            self._cancel_task = lambda: loop.call_soon_threadsafe(task.cancel)
            if self._cancelled:
                task.cancel()
        try:
            return await task
        finally:
            with self._lock:
                self._cancel_task = None
