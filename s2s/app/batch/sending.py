"""A batch: what is sent is planned, the jobs run, and it is told what became of all of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from contextlib import ExitStack, suppress
from dataclasses import asdict
from typing import Any

from s2s.app.batch.attempt import Attempt
from s2s.app.batch.carrier import Carrier
from s2s.app.batch.committing import Committer
from s2s.app.batch.expecting import Expectation
from s2s.app.batch.failed_list import write_failed
from s2s.app.batch.inputs import Inputs, gather
from s2s.app.batch.jobs import Jobs
from s2s.app.batch.manifest import Manifest, asked
from s2s.app.batch.options import BatchOptions
from s2s.app.batch.outcome import BatchSummary, FileOutcome
from s2s.app.batch.output import Output
from s2s.app.batch.plan import Plan
from s2s.app.batch.preparing import Preparation, Ready
from s2s.app.batch.realtime import hold_in_real_time
from s2s.app.batch.shared import Batch, Exchanges, Stop, Take
from s2s.app.batch.spent import Spent
from s2s.app.batch.turns import send_as_turns
from s2s.app.batch.watching import BatchWatch
from s2s.app.options import SendOptions
from s2s.app.outcome import Memory
from s2s.app.run import Run
from s2s.app.send import settle
from s2s.clock import SystemClock
from s2s.config import Settings
from s2s.conversation.exchange import Exchange
from s2s.errors import UsageError
from s2s.printable import printable
from s2s.session.exchange import hold
from s2s.session.link import Link
from s2s.session.loop import Observer
from s2s.wire.realtime.codec import RealtimeCodec
from s2s.wire.transport import open_transport


async def nobody(outcome: FileOutcome) -> None:
    """Take an outcome and do nothing with it."""


def send_many(
    options: BatchOptions,
    watch: BatchWatch,
    run: Run,
    take: Take = nobody,
    inputs: Inputs | None = None,
) -> BatchSummary:
    """Send what is asked for; each outcome goes to `take`, which may let the jobs wait.

    `inputs` are those that are gathered already. `run` is called on this thread. Raises
    `UsageError` before anything is sent; what ends a run later is `stopped` in the summary.
    """
    with ExitStack() as stack:
        plan = make_plan(options, watch, inputs)
        asks = SendOptions(
            settings=options.settings,
            offline=options.offline,
            allow_plain=options.allow_plain,
            text_only=options.text_only,
            max_cost=options.max_cost,
        )
        settings = settle(asks, watch, watch.warn, run, stack)
        written = settings.wishes.session.text_only
        if written != options.text_only:  # a setting says so
            plan = Plan(plan.inputs, options.output, written=written)
            plan.check()
        _check(options, written=written)
        manifest = None if options.in_memory else _manifest(options, plan, stack)
        return _sent(options, settings, plan, manifest, watch, run, take)


def make_plan(options: BatchOptions, watch: BatchWatch, inputs: Inputs | None = None) -> Plan:
    """Return what is sent, and where each reply goes. Raises `UsageError`."""
    if inputs is None:
        inputs = gather(
            options.inputs,
            null_separated=options.null_separated,
            output=options.output,
            warn=watch.warn,
        )
    plan = Plan(inputs, options.output, written=options.text_only)
    if options.in_memory:
        return plan
    plan.check()
    if plan.inputs.left_out:
        watch.warn(f"{plan.inputs.left_out} replies of an earlier run were left out.")
    return plan


def _check(options: BatchOptions, *, written: bool) -> None:
    if options.realtime and options.one_conversation:
        raise UsageError(
            "At the pace of speech each recording is a conversation of its own.",
            "Leave out --one-conversation, or --pace realtime.",
        )
    if written and options.max_first_audio_ms is not None:
        raise UsageError(
            "A written reply has no first sound.", "Leave out --max-first-audio, or --text-only."
        )


def _manifest(options: BatchOptions, plan: Plan, stack: ExitStack) -> Manifest | None:
    try:
        os.makedirs(plan.folder, exist_ok=True)
    except OSError as exc:
        raise UsageError(
            f"The folder {printable(plan.folder)} cannot be made: {exc.strerror}.",
            "Choose another one with -o.",
        ) from exc
    if not options.remembers:
        return None
    manifest = Manifest(plan.manifest)
    stack.callback(manifest.close)
    return manifest


def _sent(
    options: BatchOptions,
    settings: Settings,
    plan: Plan,
    manifest: Manifest | None,
    watch: BatchWatch,
    run: Run,
    take: Take,
) -> BatchSummary:
    digest, told = digest_of_settings(options, settings, plan)
    clock = SystemClock()
    committer = Committer(manifest)

    def open_link() -> Link:
        return Link(
            lambda: open_transport(settings.endpoint, settings.timeout_s),
            RealtimeCodec(),
            clock,
            settings.timeout_s,
        )

    batch = Batch(
        plan=plan,
        preparation=Preparation(
            manifest,
            digest,
            options.raw,
            redo=options.redo,
            skip_existing=options.skip_existing,
            force=options.force,
        ),
        expectation=Expectation(options.expect, options.max_first_audio_ms, plan.inputs.expected),
        committer=committer,
        exchange=_exchanges(options, settings, watch, clock),
        open_carrier=lambda: Carrier(open_link, clock, keeps=options.one_conversation),
        watch=watch,
        take=take,
        clock=clock,
        settings=digest,
        retries=options.retries,
        written=settings.wishes.session.text_only,
        keeps=options.one_conversation,
        in_memory=options.in_memory,
        model=settings.endpoint.model,
        summary=BatchSummary(total=len(plan), unread=plan.inputs.unread),
        spent=Spent(settings.wishes.money),
    )
    watch.planned(plan, batch.summary)
    if manifest and manifest.count and not options.redo:
        watch.goes_on(manifest.count)

    async def work() -> None:
        if manifest:
            manifest.add(asked(digest, told))
        try:
            await _run(batch, options)
        except Stop as stop:
            batch.summary.stopped = stop.error
        finally:
            await asyncio.shield(asyncio.to_thread(committer.close))

    begun = clock.now()
    try:
        run(work())
    finally:
        batch.summary.seconds = clock.now() - begun
        batch.summary.usage, batch.summary.spent = batch.spent.usage, batch.spent.cost
        if manifest:
            with suppress(OSError):
                batch.summary.failed_list = write_failed(
                    plan, batch.summary, whole=options.one_conversation
                )
    return batch.summary


async def _run(batch: Batch, options: BatchOptions) -> None:
    repeated = batch.plan.repeated
    indexes = (each for each in range(len(batch.plan.inputs)) if each not in repeated)
    if options.one_conversation:
        await send_as_turns(batch, list(indexes))
    else:
        await Jobs(batch, min(options.jobs, len(batch.plan))).run(indexes)


def _exchanges(
    options: BatchOptions, settings: Settings, watch: BatchWatch, clock: SystemClock
) -> Exchanges:
    wishes = settings.wishes

    async def hold_one(
        ready: Ready,
        carrier: Carrier,
        attempt: Attempt,
        sink: Output | Memory | None,
        index: int,
    ) -> None:
        watching: tuple[Observer, ...] = watch.attempt(index)
        if options.realtime:
            await hold_in_real_time(settings, ready, attempt, sink, clock, watching)
            return
        link, observers = carrier.link(), (attempt.observe, *watching)
        await hold(
            Exchange(wishes),
            link,
            None,
            sink,
            clock=clock,
            observers=observers,
            read=ready.sound.ahead,
        )

    return hold_one


def digest_of_settings(
    options: BatchOptions, settings: Settings, plan: Plan
) -> tuple[str, dict[str, Any]]:
    """Return all that a reply depends on besides its recording, without a key, and its digest."""
    wishes = settings.wishes
    told: dict[str, Any] = {
        "endpoint": "offline" if options.offline else settings.endpoint.shown,
        "model": settings.endpoint.model,
        "voice": wishes.session.voice,
        "instructions": wishes.session.instructions,
        "text_only": wishes.session.text_only,
        "transcription": [asdict(each) for each in wishes.transcription],
        "pace": "realtime" if options.realtime else "burst",
        "raw": asdict(options.raw) if options.raw else None,
    }
    if options.one_conversation:  # each reply depends on all that was said before it
        keys = (plan.key(each) for each in range(len(plan.inputs)))
        told["turns"] = hashlib.sha256("\0".join(keys).encode("utf-8", "surrogatepass")).hexdigest()
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
    return digest, told
