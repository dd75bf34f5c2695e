"""Whoever wants to be told how a batch goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s.app.send import Watch

if TYPE_CHECKING:
    from s2s.app.batch.outcome import BatchSummary, FileOutcome
    from s2s.app.batch.plan import Plan
    from s2s.errors import S2SError
    from s2s.session.loop import Observer


class BatchWatch(Watch):
    """Is told how a batch goes on. This one does nothing with it."""

    def planned(self, plan: Plan, summary: BatchSummary) -> None:
        """It is known what is to be sent, and where it goes; `summary` is kept up to date."""

    def goes_on(self, known: int) -> None:
        """An earlier run has done so many files, some of these among them perhaps."""

    def began(self, index: int, path: str) -> None:
        """A file is being sent."""

    def attempt(self, index: int) -> tuple[Observer, ...]:
        """Give who wants to observe the session that a file is sent in."""
        return ()

    def retries(self, index: int, error: S2SError, wait_s: float, made: int) -> None:
        """A file has failed, and is sent again after this; `made` counts from 1."""

    def ended(self, outcome: FileOutcome) -> None:
        """A file is done, was done before, or has failed for good."""
