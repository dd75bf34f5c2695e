"""Threads that outlive a bug: it is told all the same."""

from __future__ import annotations

import threading


def report(bug: BaseException) -> None:
    """Hand a bug to `threading.excepthook`, as if the thread had ended of it."""
    threading.excepthook(
        threading.ExceptHookArgs((type(bug), bug, bug.__traceback__, threading.current_thread()))
    )
