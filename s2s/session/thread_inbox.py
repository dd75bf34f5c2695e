"""The one way into the inbox from other threads, and from before there is an inbox."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from s2s.conversation.events import Event


class Bridge:
    """Hands events over, from any thread; what comes before `attach` waits for it, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Event] = []
        self._hand_over: Callable[[Event], None] | None = None

    def __call__(self, event: Event) -> None:
        if self._hand_over is None:
            with self._lock:
                if self._hand_over is None:
                    self._waiting.append(event)
                    return
        self._hand_over(event)

    def attach(self, post: Callable[[Event], None]) -> None:
        """Hand everything over to `post`, on the running event loop."""
        import asyncio

        loop = asyncio.get_running_loop()

        def hand_over(event: Event) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has closed: nobody listens
                loop.call_soon_threadsafe(post, event)

        with self._lock:
            for event in self._waiting:
                post(event)
            self._waiting.clear()
            self._hand_over = hand_over
