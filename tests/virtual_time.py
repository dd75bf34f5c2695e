"""An event loop on which time passes only when there is nothing left to do.

Sleeps, timeouts and both ends of a WebSocket live in the loop's own time: an hour of it costs
nothing, and no result depends on how fast the machine is. What connects to a server of the same
loop gets one end of a socket pair, on which whatever is sent is there at once.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
LOOK_AGAIN_S = 0.001  # of the machine's time, while another thread has something to do for us
PATIENCE_S = 60.0  # of the machine's time, before such a thread is taken for hung


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Knows its own time only; other threads have to be asked for with `wait_for_threads`."""

    def __init__(self) -> None:
        self._now = 0.0
        self._passed_at = time.monotonic()  # on the machine's clock
        self._servers: dict[int, Callable[[], asyncio.BaseProtocol]] = {}
        self._on_threads = 0  # calls that an executor has still to make
        self._threads_busy: Callable[[], bool] = lambda: False
        super().__init__(_Selector(self._pass))

    def time(self) -> float:
        return self._now

    def wait_for_threads(self, busy: Callable[[], bool]) -> None:
        """Let no time pass while `busy` says that a thread is about to hand something over."""
        self._threads_busy = busy

    def _pass(self, seconds: float) -> bool:
        """Let time pass, unless somebody works on another thread."""
        if self._on_threads or self._threads_busy():
            if time.monotonic() > self._passed_at + PATIENCE_S:
                raise TimeoutError("A thread hands nothing over.")
            return False
        self._now += seconds
        self._passed_at = time.monotonic()
        return True

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Any, *args: Any
    ) -> Any:
        call = super().run_in_executor(executor, func, *args)
        self._on_threads += 1
        call.add_done_callback(self._came_back)
        return call

    def _came_back(self, _: object) -> None:
        self._on_threads -= 1

    async def create_server(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        server = await super().create_server(protocol_factory, *args, **options)
        self._servers[server.sockets[0].getsockname()[1]] = protocol_factory
        return server

    async def create_connection(
        self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        if port not in self._servers:
            return await super().create_connection(protocol_factory, host, port, **options)
        here, there = socket.socketpair()
        for end in (here, there):
            end.setblocking(False)
        await self.connect_accepted_socket(self._servers[port], there)
        return await super().create_connection(protocol_factory, sock=here)


class _Selector(selectors.DefaultSelector):
    """Where the loop would wait, time passes."""

    def __init__(self, let_pass: Callable[[float], bool]) -> None:
        super().__init__()
        self._let_pass = let_pass

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is not None and self._let_pass(timeout):
            return []
        return super().select(LOOK_AGAIN_S)


def run_in_virtual_time(work: Callable[[VirtualTimeLoop], Coroutine[Any, Any, T]]) -> T:
    """Return what `work` returns, which is given the loop it runs on."""
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(work(loop))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
