"""What became of each recording, and of all of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from s2s.app.outcome import Reply, Usage
from s2s.conversation.bill import ShowCost
from s2s.errors import S2SError

Status = Literal["done", "skipped", "failed"]


@dataclass
class FileOutcome:
    """What became of one recording."""

    input: str
    """The recording, as it was named."""
    place: str | None
    """Where its reply goes, as text; None: it is in `reply`."""
    status: Status
    """done: sent, and the reply is whole; skipped: it was done before; failed: see `error`."""
    reply: Reply = field(default_factory=Reply)
    """The reply; of one that was done before, what is known of it."""
    error: S2SError | None = None
    """What failed. Its `code` stays the same whatever the sentence says."""
    tries: int = 0
    """How often it was sent."""
    seconds: float = 0.0
    """How long that took, pauses included."""
    input_seconds: float = 0.0
    """Seconds of audio that were sent."""
    output_seconds: float = 0.0
    """Seconds of audio that came."""
    cost: Decimal | None = Decimal(0)
    """US dollars, those of failed tries included; None: something of it has no price."""
    first_audio_ms: float | None = None
    """Milliseconds from asking for the reply to its first sound."""
    why: str = ""
    """Why it was sent again, or not at all, if an earlier run had sent it."""
    index: int = field(default=0, repr=False)
    """Its place among the recordings."""

    @property
    def output(self) -> Path | None:
        """Where its reply goes; None: it is in `reply`.

        Made when it is asked for: the parts of each path that is made go into a table of Python's
        that has room for so many of them, and then grows.
        """
        return None if self.place is None else Path(self.place)

    @property
    def is_whole(self) -> bool:
        """Whether its reply is whole, also if that is not what was expected."""
        return self.status == "done" or (self.error is not None and self.error.code in MISSES)


MISSES = frozenset({"unexpected_reply", "late_reply"})
"""The codes of replies that are whole, and not what was expected of them."""


@dataclass
class BatchSummary:
    """What became of all of them."""

    total: int = 0
    """How many recordings there are."""
    done: int = 0
    """Sent, with a whole reply."""
    skipped: int = 0
    """Done by an earlier run."""
    failed: int = 0
    """Failed, those included whose reply is not what was expected."""
    usage: Usage = field(default_factory=Usage)
    """Tokens, of failed tries too."""
    spent: ShowCost = field(default_factory=lambda: ShowCost(Decimal(0)))
    """What that has cost, in this run."""
    seconds: float = 0.0
    """How long it took."""
    codes: Counter[str] = field(default_factory=Counter)
    """How many have failed of what."""
    failures: list[tuple[int, str, str]] = field(default_factory=list, repr=False)
    """The place of each that failed, its code and its reason."""
    unread: list[str] = field(default_factory=list)
    """Folders and files that might hold recordings, and could not be read: a sentence for each."""
    failed_list: Path | None = None
    """A list of those that failed, to be named again as `@FILE`."""
    stopped: S2SError | None = None
    """What has ended the run before its end."""

    @property
    def left(self) -> int:
        """How many were not come to."""
        return self.total - self.done - self.skipped - self.failed

    @property
    def exit_status(self) -> int:
        """0: all are done; 1: some have failed, or are unread; else that of what ended the run."""
        if self.stopped:
            return self.stopped.exit_status
        return 1 if self.failed or self.unread else 0

    @property
    def cost(self) -> Decimal | None:
        """US dollars, of failed tries too; None: something of it has no price."""
        return self.spent.cost

    def add(self, outcome: FileOutcome) -> None:
        """Count one."""
        self.done += outcome.status == "done"
        self.skipped += outcome.status == "skipped"
        if outcome.error:
            self.failed += 1
            self.codes[outcome.error.code] += 1
            self.failures.append((outcome.index, outcome.error.code, outcome.error.message))
