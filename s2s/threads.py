"""Threads that outlive a bug: it is told all the same. And threads that nobody waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def report(bug: BaseException) -> None:
    """Hand a bug to `threading.excepthook`, as if the thread had ended of it."""
    threading.excepthook(
        threading.ExceptHookArgs((type(bug), bug, bug.__traceback__, threading.current_thread()))
    )


class Daemons(ThreadPoolExecutor):
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
