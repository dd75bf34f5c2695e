"""Writing on a thread of its own: a slow disk or reader must not hold up a conversation."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from s2s.errors import Bug, S2SError, WriteError

MOST_WAITING = 10_000  # writes; whoever is that far behind takes nothing any more
CLOSE_S = 0.4  # for what still waits; leaving takes at most a second, and there may be two


class Background:
    """Carries out writes in order. The first that fails is the last, and `error` says why.

    A mistake of ours in one write stops none of the others: it may lie in what was to be written.
    `on_error` is called once, on the thread that calls `write` or `close`; the conversation goes
    on. A reader that has gone has seen enough: that is no error.
    """

    def __init__(self, what: str, on_error: Callable[[S2SError], None]) -> None:
        self.error: S2SError | None = None
        self._what, self._on_error = what, on_error
        self._failure: OSError | None = None
        self._mistake: Exception | None = None
        self._writes: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        # A daemon: a write that never returns must not keep the program from leaving.
        self._thread = threading.Thread(target=self._run, name=what, daemon=True)
        self._thread.start()

    @property
    def stuck(self) -> bool:
        """Whether a write has not come back: nothing more may be asked of that disk."""
        return self._thread.is_alive()

    def write(self, write: Callable[[], None]) -> None:
        """Have `write` called after all those before it, unless one has failed."""
        if self._failure is None and self._writes.qsize() >= MOST_WAITING:
            self._failure = TimeoutError(0, "whoever reads it takes nothing any more")
        if self._failure is None:
            self._writes.put(write)
        self._tell()

    def close(self) -> None:
        """Wait for what is still to be written, but not for long."""
        self._writes.put(None)
        self._thread.join(CLOSE_S)
        if self._failure is None and self._thread.is_alive():
            self._failure = TimeoutError(0, "what came last was not taken in time")
        self._tell()

    def _tell(self) -> None:
        if self.error:
            return
        if self._mistake:
            self.error = Bug(f"Writing {self._what} failed in part", self._mistake)
        elif self._failure and not isinstance(self._failure, BrokenPipeError):
            self.error = WriteError(
                f"Writing {self._what} failed: {self._failure.strerror}.",
                "What was written before is kept.",
            )
        if self.error:
            self._on_error(self.error)

    def _run(self) -> None:
        while (write := self._writes.get()) is not None:
            try:
                if self._failure is None:
                    write()
            except OSError as exc:
                self._failure = exc
            except Exception as exc:
                self._mistake = self._mistake or exc
