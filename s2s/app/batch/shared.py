"""What all jobs of a batch share."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from s2s.app.batch.attempt import Attempt
from s2s.app.batch.carrier import Carrier
from s2s.app.batch.committing import Committer
from s2s.app.batch.expecting import Expectation
from s2s.app.batch.outcome import BatchSummary, FileOutcome
from s2s.app.batch.output import Output
from s2s.app.batch.pacer import Pacer
from s2s.app.batch.plan import Plan
from s2s.app.batch.preparing import Preparation, Ready
from s2s.app.batch.spent import Spent
from s2s.app.batch.watching import BatchWatch
from s2s.app.outcome import Memory
from s2s.clock import Clock
from s2s.errors import S2SError

Take = Callable[[FileOutcome], Awaitable[None]]


class Exchanges(Protocol):
    """Holds one exchange over a job's connection, and returns what was heard of it."""

    async def __call__(
        self,
        ready: Ready,
        carrier: Carrier,
        attempt: Attempt,
        sink: Output | Memory | None,
        index: int,
    ) -> None: ...


class Stop(Exception):
    """Every other file would fail of the same."""

    def __init__(self, error: S2SError, *, finishes: bool = False) -> None:
        """`finishes`: what is under way is sent to its end."""
        self.error, self.finishes = error, finishes


@dataclass
class Batch:
    """What all jobs share."""

    plan: Plan
    preparation: Preparation
    expectation: Expectation
    committer: Committer
    exchange: Exchanges
    open_carrier: Callable[[], Carrier]
    watch: BatchWatch
    take: Take
    clock: Clock
    settings: str
    """A digest of what is asked for."""
    retries: int
    written: bool = False
    """The replies are text."""
    keeps: bool = False
    """The files are the turns of one conversation."""
    in_memory: bool = False
    """The replies go nowhere but into the outcomes."""
    model: str = ""
    summary: BatchSummary = field(default_factory=BatchSummary)
    pacer: Pacer = field(default_factory=Pacer)
    spent: Spent = field(default_factory=Spent)
    chance: Callable[[], float] = random.random
    reached: bool = False
    """There was a connection at least once."""
