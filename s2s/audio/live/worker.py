"""Where the work on sound is done: on one thread, in order, and never in a device's callback."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Protocol

from s2s.threads import report

_DRAIN_S = 2.0  # for what waits to be done, at the end; usually a few ms

Work = Callable[[], None]


class Worker(Protocol):
    """Does what it is given, one piece after the other."""

    def do(self, work: Work) -> None:
        """Have `work` done behind what was given before; never waits for a thread."""

    def close(self) -> None:
        """Have all done that was given, and stop; nothing is taken afterwards."""


class AtOnce:
    """Does it at once, on the thread of whoever asks: for files, tests and benchmarks."""

    def do(self, work: Work) -> None:
        work()

    def close(self) -> None:
        """There is nothing to stop."""


class WorkerThread:
    """Does it on a thread of its own, which begins with the first piece of work."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def do(self, work: Work) -> None:
        if self._closed:
            return
        self._waiting.put(work)
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        self._closed = True
        if self._thread:
            self._waiting.put(None)
            self._thread.join(_DRAIN_S)

    def _run(self) -> None:
        while work := self._waiting.get():
            try:
                work()
            except BaseException as exc:  # whoever gave it was to deal with that; others go on
                report(exc)
