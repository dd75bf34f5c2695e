"""How a piece of work has its coroutines run: by signals in a command, on a thread in a program."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Run(Protocol):
    """Runs a coroutine to its end on an event loop of its own, and returns what it returns."""

    def __call__(
        self, work: Coroutine[Any, Any, T], /, on_interrupt: Callable[[], None] | None = None
    ) -> T:
        """Run `work`; who interrupts it only has `on_interrupt` called, if there is one."""
