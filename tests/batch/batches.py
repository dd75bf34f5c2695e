"""Batches for tests: who watches one, an engine that remembers, and how one is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from fakes import service, tone, write_wav

from s2s.app.batch.inputs import Inputs
from s2s.app.batch.options import BatchOptions
from s2s.app.batch.outcome import BatchSummary, FileOutcome
from s2s.app.batch.sending import send_many
from s2s.app.batch.watching import BatchWatch
from s2s.config import Sources
from s2s.errors import S2SError
from s2s.local.connection import Service
from s2s.local.engines import Turn
from s2s.local.steps import Sound, Step
from s2s.session.loop import Observer


class Watched(BatchWatch):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.outcomes: dict[str, FileOutcome] = {}
        self.warnings: list[str] = []
        self.retried: list[str] = []
        self.known = 0
        self.observes: tuple[Observer, ...] = ()

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def goes_on(self, known: int) -> None:
        self.known = known

    def retries(self, index: int, error: S2SError, wait_s: float, made: int) -> None:
        self.retried.append(error.code)

    def attempt(self, index: int) -> tuple[Observer, ...]:
        return self.observes

    def ended(self, outcome: FileOutcome) -> None:
        assert outcome.input not in self.outcomes, "told of twice"
        self.outcomes[outcome.input] = outcome

    def codes(self) -> dict[str, str]:
        """Return why each that failed has failed, by its file's name."""
        failed = self.outcomes.values()
        return {Path(each.input).name: each.error.code for each in failed if each.error}


class Remembering:
    """An engine that gives back what it hears, and notes what it was asked in which context."""

    name = "remembering"
    instant = True

    def __init__(self, asked: list[Turn]) -> None:
        self._asked = asked

    def hear(self, pcm: bytes) -> str:
        return f"{len(pcm)} bytes"

    def reply(self, turn: Turn) -> Iterator[Step]:
        self._asked.append(turn)
        yield Sound(turn.pcm, f"about {len(turn.pcm)}")


def remembering(asked: list[Turn], connections: list[int] | None = None) -> Service:
    """Return a service whose engines note what they are asked; and how many connections it has."""

    def engine() -> Remembering:
        if connections is not None:
            connections.append(1)
        return Remembering(asked)

    return replace(service(), engine=engine)


def questions(folder: Path, count: int) -> Path:
    """Make recordings that differ in their length, from 0.1 s on."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        write_wav(folder / f"q{number:02}.wav", tone(110 + 10 * number))
    return folder


def asked(url: str, *inputs: str | Path, **more: Any) -> BatchOptions:
    sources = Sources({"WS_URL": url, "S2S_TIMEOUT": "60"}, {})
    return BatchOptions(sources, tuple(map(str, inputs)), **more)


def sent(
    options: BatchOptions, watch: Watched | None = None, inputs: Inputs | None = None
) -> tuple[BatchSummary, Watched]:
    watch = watch or Watched()

    def run(work: Any, on_interrupt: Any = None) -> Any:
        return asyncio.run(asyncio.wait_for(work, 60))

    return send_many(options, watch, run, inputs=inputs), watch
