"""A batch as it is seen: the bar or plain lines, objects for programs, at the end the failures."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from s2s.app.batch.dry_run import Rehearsal
from s2s.app.batch.outcome import BatchSummary, FileOutcome
from s2s.app.batch.plan import Plan
from s2s.app.batch.watching import BatchWatch
from s2s.app.offline import NOTICE
from s2s.clock import SystemClock
from s2s.errors import S2SError, WriteError
from s2s.json_text import json_text
from s2s.session.loop import Observer
from s2s.ui.reports.batch_report import (
    failure_lines,
    file_as_json,
    outcome_line,
    plan_as_json,
    plan_line,
    plan_summary_as_json,
    plan_summary_line,
    summary_as_json,
    summary_line,
)
from s2s.ui.reports.cost import cost_in_short
from s2s.ui.reports.log import log_happening
from s2s.ui.terminal import tell

if TYPE_CHECKING:
    from s2s.ui.screen.batch_bar import BatchBar


class BatchView(BatchWatch):
    """Shows a batch, and reports how it ended."""

    def __init__(self, *, quiet: bool, json: bool, drawn: bool, dry_run: bool = False) -> None:
        """`drawn`: a bar, if there is a terminal for it."""
        self._quiet, self._json, self._dry_run = quiet, json, dry_run
        self._drawn = drawn and not quiet and not dry_run and _can_draw()
        self._logs = False
        self._bar: BatchBar | None = None
        self._plan: Plan | None = None
        self._summary = BatchSummary()

    def warn(self, message: str) -> None:
        self._say(f"Warning: {message}")

    def offline(self) -> None:
        self._say(NOTICE)

    def planned(self, plan: Plan, summary: BatchSummary) -> None:
        self._plan, self._summary = plan, summary
        self._logs = logging.getLogger("s2s.exchange").isEnabledFor(logging.INFO)
        if self._drawn:
            from rich.console import Console

            from s2s.ui.screen.batch_bar import BatchBar

            self._bar = BatchBar(Console(stderr=True), summary, SystemClock().now)
            self._bar.start()

    def goes_on(self, known: int) -> None:
        self._say(f"Going on with an earlier run, which has done {known:,} files.")

    def began(self, index: int, path: str) -> None:
        if self._bar:
            self._bar.began(index, path)

    def attempt(self, index: int) -> tuple[Observer, ...]:
        observers: tuple[Observer, ...] = (log_happening,) if self._logs else ()
        return (*observers, self._bar.attempt(index).observe) if self._bar else observers

    def retries(self, index: int, error: S2SError, wait_s: float, made: int) -> None:
        assert self._plan
        if self._bar:
            self._bar.waits(index, f"waits {wait_s:.0f} s, then again: {error.message}")
        else:
            path = self._plan.inputs.paths[index]
            self._say(f"{path}: {error.message} Again in {wait_s:.1f} s ({made}).")

    def ended(self, outcome: FileOutcome) -> None:
        if self._bar:
            self._bar.ended(outcome.index)
        if self._json:
            _print_json(plan_as_json(outcome) if self._dry_run else file_as_json(outcome))
        if self._dry_run:
            self._say(plan_line(outcome))
        elif outcome.error or (self._bar is None and outcome.status != "skipped"):
            ended = self._summary.total - self._summary.left
            spent = self._summary.spent
            cost = f" {cost_in_short(spent)}" if spent.known else ""
            self._say(f"[{ended}/{self._summary.total}{cost}] {outcome_line(outcome)}")
        for warning in outcome.reply.warnings if outcome.tries else ():
            self._say(f"{outcome.input}: Warning: {warning}")

    def finished(self, error: S2SError | None = None) -> None:
        """Say what it came to; an error that has ended it is told elsewhere."""
        if self._bar:
            self._bar.end()
            self._bar = None
        planned = self._summary if isinstance(self._summary, Rehearsal) else None
        if self._json and planned:
            _print_json(plan_summary_as_json(planned, error))
        elif self._json:
            _print_json(summary_as_json(self._summary, error))
        if self._plan:
            for line in failure_lines(self._summary, self._plan.inputs.paths):
                self._say(line)
            self._say(plan_summary_line(planned) if planned else summary_line(self._summary))

    def _say(self, line: str) -> None:
        if self._quiet:
            return
        if self._bar:
            from s2s.printable import printable
            from s2s.secret import redact

            self._bar.print(printable(redact(line)))
        else:
            tell(line)


def _can_draw() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def _print_json(told: dict[str, Any]) -> None:
    try:
        print(json_text(told), flush=True)
    except OSError as exc:
        raise WriteError(f"Standard output cannot be written: {exc.strerror}.") from exc
