"""`send-wav` for many recordings: options in, an exit status out."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from s2s.errors import S2SError, Stopped, UsageError

if TYPE_CHECKING:
    from s2s.app.batch.options import BatchOptions
    from s2s.cli.batch_view import BatchView

T = TypeVar("T")


@dataclass(frozen=True)
class Many:
    """What only a batch has options for."""

    jobs: int | None = None
    retries: int | None = None
    one_conversation: bool = False
    null_separated: bool = False
    redo: bool = False
    skip_existing: bool = False
    dry_run: bool = False
    expect: str | None = None
    max_first_audio_ms: float | None = None
    realtime: bool = False

    def is_asked_for(self, inputs: tuple[str, ...]) -> bool:
        """Whether it is a batch: more than one recording, or something only a batch can do."""
        from s2s.app.batch.inputs import is_many

        return is_many(inputs) or replace(self, retries=None) != Many()

    def options(self, common: BatchOptions) -> BatchOptions:
        """Return what is asked for. Raises `UsageError`."""
        from s2s.app.batch.lists import expectation

        if self.one_conversation and (self.jobs or 1) > 1:
            raise UsageError(
                "The turns of one conversation follow one another.",
                "Leave out --jobs, or --one-conversation.",
            )
        if self.redo and self.skip_existing:
            raise UsageError(
                "--redo and --skip-existing want opposite things.", "Drop one of them."
            )
        return replace(
            common,
            null_separated=self.null_separated,
            jobs=common.jobs if self.jobs is None else self.jobs,
            one_conversation=self.one_conversation,
            retries=common.retries if self.retries is None else self.retries,
            redo=self.redo,
            skip_existing=self.skip_existing,
            expect=expectation(self.expect, "--expect") if self.expect else None,
            max_first_audio_ms=self.max_first_audio_ms,
            realtime=self.realtime,
        )


def send_batch(options: BatchOptions, view: BatchView, *, dry_run: bool) -> None:
    """Send a batch. Raises what has ended it, and `typer.Exit` if some files have failed."""
    from s2s.app.batch.dry_run import rehearse
    from s2s.app.batch.inputs import Inputs, is_many
    from s2s.app.batch.lists import ListLine
    from s2s.app.batch.outcome import BatchSummary
    from s2s.app.batch.sending import send_many

    inputs, summary = None, BatchSummary()
    if not is_many(options.inputs):
        inputs = Inputs()
        inputs.add(ListLine(options.inputs[0]))
        if options.output and not _is_folder(options.output):
            folder, name = os.path.split(options.output)
            inputs.names[0] = name
            options = replace(options, output=folder or ".")
        inputs.settle()
        options = replace(options, remembers=False, force=options.force or options.redo)
    try:
        if dry_run:
            summary = rehearse(options, view, inputs)
        else:
            summary = send_many(options, view, run_long, inputs=inputs)
            if summary.stopped:
                raise summary.stopped
    except S2SError as error:
        if isinstance(error, Stopped):
            error.hint = "What is done is kept; the same command goes on from there."
        view.finished(error)
        raise
    view.finished()
    if summary.exit_status:
        raise typer.Exit(summary.exit_status)


def run_long(work: Coroutine[Any, Any, T], on_interrupt: Callable[[], None] | None = None) -> T:
    """As `run` does, with a collector that looks often, and only at what has come since.

    An exchange that is over is a circle of references: as the collector is set by itself, those of
    some 500 files wait for it.
    """
    from s2s.cli.runner import run

    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*before[:2], 1)
    try:
        return run(work, on_interrupt)
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _is_folder(path: str) -> bool:
    return path.endswith(("/", os.sep)) or os.path.isdir(path)  # noqa: PTH112 - raises nothing
