"""A server on a thread of its own, for as long as a test needs it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from s2s.errors import UsageError
from s2s.testing.service import Stated, make_service, read_script
from s2s.testing.wire import Wire

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

    from s2s.local.engines import Synthesiser
    from s2s.local.vad import Detector

_lately: list[RealtimeServer] = []  # those that served during this test
_PATIENCE_S = 30.0  # for the thread to start or end; a busy machine is no failure


def running_lately() -> list[RealtimeServer]:
    """Return the servers that served since `forget_ended`, in the order of their starts."""
    return list(_lately)


def forget_ended() -> None:
    """A new test begins: only servers that still run can have to do with it."""
    _lately[:] = [each for each in _lately if each.runs]


class RealtimeServer(Wire):
    """Serves on a free port of 127.0.0.1 while its context lasts, and notes what is said.

    `turns` and `faults` are those of docs/serve.md; `script` is a file with either or both, its
    path relative to `folder`, as the WAV files of turns are. Without turns the engine is echo.
    `detector` makes what tells speech from silence out of a threshold, `synthesiser` speaks the
    turns that `say` something; by default they are the best that this machine has.

    Raises `UsageError` for a mistake in these, before anything is started.
    """

    def __init__(
        self,
        script: str | os.PathLike[str] | None = None,
        *,
        turns: Stated = (),
        faults: Stated = (),
        engine: str | None = None,
        detector: Callable[[float], Detector] | None = None,
        synthesiser: Synthesiser | None = None,
        folder: str | os.PathLike[str] = ".",
    ) -> None:
        __tracebackhide__ = True
        super().__init__()
        self.url = ""  # ws://127.0.0.1:PORT/v1/realtime, once it serves
        self._thread: threading.Thread | None = None
        try:
            read = read_script(script, turns, faults, Path(folder))
            self._service = make_service(read, engine, detector, synthesiser, self._record)
        except UsageError as exc:  # a mistake in the test: where we noticed it is of no use
            raise exc.with_traceback(None) from None

    @property
    def base_url(self) -> str:
        """What the official client takes: http://127.0.0.1:PORT/v1."""
        return self.url.replace("ws://", "http://").removesuffix("/realtime")

    def __enter__(self) -> RealtimeServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Serve from now on; `url` says where. Raises `RuntimeError` if it has been started."""
        from concurrent.futures import Future

        if self._thread:
            raise RuntimeError("This server has been started already.")
        ready: Future[str] = Future()
        # A daemon: a test that is broken off must not keep the interpreter from ending.
        self._thread = threading.Thread(
            target=self._run, args=(ready,), name="realtime-server", daemon=True
        )
        self._thread.start()
        _lately.append(self)
        self.url = ready.result(_PATIENCE_S)

    def stop(self) -> None:
        """Close all connections and end the thread; does nothing if there is none."""
        if self._thread and self.runs:
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join(_PATIENCE_S)
            if self._thread.is_alive():
                raise RuntimeError("The server does not stop.")

    @property
    def runs(self) -> bool:
        """Whether it has been started and not ended yet."""
        return self._thread is not None and self._thread.is_alive()

    def _run(self, ready: Future[str]) -> None:
        import asyncio

        asyncio.run(self._serve(ready))

    async def _serve(self, ready: Future[str]) -> None:
        import asyncio

        from s2s.local.server import listening

        self._loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        try:
            async with listening(self._service) as url:
                ready.set_result(url)
                await self._stopped.wait()
        except BaseException as exc:
            if ready.done():
                raise
            ready.set_exception(exc)  # it is raised where the server was started
