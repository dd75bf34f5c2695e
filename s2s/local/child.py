"""The endpoint of `--offline` in a process of its own: it ends with its standard input."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
import threading

from s2s.errors import UsageError
from s2s.local.connection import Service
from s2s.local.engines.named import engine_maker
from s2s.local.script import Script
from s2s.local.server import listening


def main() -> None:
    """Print the URL, and serve until standard input closes; what is amiss goes to standard error.

    `Warning: …`, or `Error: …` and on the next line what to do about it.
    """
    try:
        asyncio.run(_serve())
    except UsageError as error:
        _say(f"Error: {error.message}")
        _say(error.hint)
        sys.exit(error.exit_status)


async def _serve() -> None:
    from s2s.local import vad
    from s2s.local.synthesis import find_synthesiser

    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def watch() -> None:
        try:
            while os.read(0, 4096):
                pass
        finally:  # one that cannot be read is over too
            with contextlib.suppress(RuntimeError):  # the loop has closed by itself
                loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=watch, name="stdin", daemon=True).start()
    service = Service(
        engine=engine_maker("offline", Script()),
        detector=vad.best_detector,
        synthesiser=functools.cache(
            lambda: find_synthesiser(warn=lambda message: _say(f"Warning: {message}"))
        ),
        model="s2s-offline",
    )
    async with listening(service) as url:
        print(url, flush=True)
        await closed.wait()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
