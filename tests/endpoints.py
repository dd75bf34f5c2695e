"""Endpoints that a test runs by itself: odd ones, and one of ours that can be stopped."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from fakes import clean_environment
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

Attend = Callable[[ServerConnection], Awaitable[None]]
Admit = Callable[[ServerConnection, Request], Response | None]


@contextlib.contextmanager
def on_a_thread(attend: Attend, admit: Admit) -> Iterator[int]:
    """Serve WebSockets on a thread of its own; gives the port."""
    loop = asyncio.new_event_loop()
    ready: list[int] = []
    up, down = threading.Event(), asyncio.Event()

    async def run() -> None:
        async with serve(attend, "127.0.0.1", 0, process_request=admit) as server:
            ready.append(next(iter(server.sockets)).getsockname()[1])
            up.set()
            await down.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    assert up.wait(60)
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(down.set)
        thread.join(60)
        loop.close()


@contextlib.contextmanager
def stoppable_server(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run `s2s serve` as a process of its own; gives that and its URL."""
    command = [sys.executable, "-m", "s2s", "serve", "--engine", "echo"]
    server = subprocess.Popen(
        command, cwd=folder, env=clean_environment(folder), stdout=subprocess.PIPE
    )
    try:
        assert server.stdout
        yield server, server.stdout.readline().decode().strip()
    finally:
        server.kill()
        server.communicate()
