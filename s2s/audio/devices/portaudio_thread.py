"""The one thread that calls PortAudio: a call that does not come back is given up, not waited for.

It looks after the streams as well. A device that is lost raises nothing, its callbacks only stop.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, TimeoutError
from typing import Any, TypeVar

from s2s.threads import report

log = logging.getLogger("s2s.sound")

T = TypeVar("T")

TICK_S = 0.25  # between two looks at the streams


class PortAudioThread:
    """Does what it is given, in order; between times it calls `look` every `TICK_S`."""

    def __init__(self, look: Callable[[], None]) -> None:
        self.stuck = False  # a call did not come back: nothing can be asked any more
        self._look = look
        self._told = False  # that a look has failed
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = (
            queue.SimpleQueue()
        )
        self._thread = threading.Thread(target=self._run, name="portaudio", daemon=True)
        self._thread.start()

    def call(self, work: Callable[[], T], limit_s: float) -> T:
        """Return what `work` returns. Raises `TimeoutError` if that takes longer than `limit_s`."""
        if threading.current_thread() is self._thread:
            return work()
        if self.stuck:
            raise TimeoutError
        try:
            return self._put(work).result(limit_s)
        except TimeoutError:
            self.stuck = True
            raise

    def give(self, work: Callable[[], None]) -> None:
        """Have `work` done behind what was given before, without waiting for it."""
        self._put(work).add_done_callback(_report_failure)

    def _put(self, work: Callable[[], T]) -> Future[T]:
        done: Future[T] = Future()
        self._calls.put((done, work))
        return done

    def end(self) -> None:
        """Let the thread end once it has done what it was given."""
        self._calls.put(None)

    def _run(self, at_the_end: Callable[[], bool] = sys.is_finalizing) -> None:
        while True:
            try:
                call = self._calls.get(timeout=TICK_S)
            except queue.Empty:
                try:
                    self._look()
                except Exception as exc:  # whoever was told of a loss could not take it: go on
                    log.exception("! a look at the streams failed")
                    if not self._told:
                        self._told = True
                        report(exc)
                continue
            except Exception:
                if at_the_end():  # a thread that PortAudio holds up may see Python being taken down
                    return
                raise
            if call is None:
                return
            done, work = call
            try:
                done.set_result(work())
            except BaseException as exc:
                done.set_exception(exc)
            self.stuck = False  # whatever hung has come back


def _report_failure(done: Future[Any]) -> None:
    if failure := done.exception():
        report(failure)
