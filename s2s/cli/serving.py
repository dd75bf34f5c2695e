"""Runs the endpoint on this machine until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from s2s.cli.runner import run
from s2s.errors import Stopped
from s2s.local.connection import Service
from s2s.local.engines import Engine
from s2s.local.script import Script, load
from s2s.local.server import listening


def serve_until_stopped(engine: str, script: str | None, port: int, until_eof: bool) -> None:
    """Serve until Ctrl-C or, with `until_eof`, until standard input closes."""
    from s2s.local.synthesis import find_synthesiser
    from s2s.local.vad import best_detector

    read = load(Path(script)) if script else Script()
    service = Service(
        engine=_engine(engine, read),
        detector=best_detector,
        synthesiser=functools.cache(find_synthesiser),
        model=f"s2s-{engine}",
        faults=read.faults,
    )
    with contextlib.suppress(Stopped):  # the way to end a server
        run(_serve(service, port, until_eof))


def _engine(name: str, script: Script) -> Callable[[], Engine]:
    """Return what makes an engine for a connection."""
    if name == "echo":
        from s2s.local.engines.echo import EchoEngine

        return EchoEngine
    if name == "script":
        from s2s.local.engines.script import ScriptEngine

        return lambda: ScriptEngine(script)
    from s2s.local.engines.offline import OfflineEngine

    shared = OfflineEngine()  # loading the grammar takes a while; all connections share it
    return lambda: shared


async def _serve(service: Service, port: int, until_eof: bool) -> None:
    stopped = asyncio.Event()
    if until_eof:
        loop = asyncio.get_running_loop()

        def watch() -> None:
            while sys.stdin.buffer.read(4096):
                pass
            with contextlib.suppress(RuntimeError):  # the loop has closed by itself
                loop.call_soon_threadsafe(stopped.set)

        threading.Thread(target=watch, name="stdin", daemon=True).start()
    async with listening(service, port) as url:
        print(url, flush=True)
        await stopped.wait()
