"""What a batch would do: nothing is sent, nothing is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from s2s.app.batch.inputs import Inputs
from s2s.app.batch.manifest import Manifest
from s2s.app.batch.options import BatchOptions
from s2s.app.batch.outcome import BatchSummary, FileOutcome
from s2s.app.batch.preparing import Known, Preparation
from s2s.app.batch.sending import digest_of_settings, make_plan
from s2s.app.batch.sound import UNREADABLE
from s2s.app.batch.watching import BatchWatch
from s2s.app.limits import limited
from s2s.audio.files.recording import open_recording
from s2s.config import Settings, Sources, resolve
from s2s.errors import S2SError, UsageError

TOKENS_A_SECOND = 10  # of a user's sound: one for each 100 ms


@dataclass
class Rehearsal(BatchSummary):
    """What would be done; `done` counts what would be sent."""

    input_seconds: float = 0.0
    """Seconds of audio that would be sent, as far as the files say how long they are."""
    sound_cost: Decimal | None = None
    """About what that costs, in US dollars; the replies come to it. None: it has no price."""
    unknown: int = 0
    """How many do not say."""
    outcomes: list[FileOutcome] = field(default_factory=list, repr=False)

    @property
    def input_tokens(self) -> int:
        """About how many tokens that is; what the replies take nobody knows before."""
        return round(self.input_seconds * TOKENS_A_SECOND)


def rehearse(options: BatchOptions, watch: BatchWatch, inputs: Inputs | None = None) -> Rehearsal:
    """Tell of each file what would become of it. Raises `UsageError`."""
    settings = _settings(options)
    for warning in settings.warnings:
        watch.warn(warning)
    plan = make_plan(options, watch, inputs)
    manifest = None
    if options.remembers and Path(plan.manifest).is_file():
        manifest = Manifest(plan.manifest, reads_only=True)
    digest = digest_of_settings(options, settings, plan)[0]
    preparation = Preparation(
        manifest,
        digest,
        options.raw,
        redo=options.redo,
        skip_existing=options.skip_existing,
        force=options.force,
    )
    told = Rehearsal(total=len(plan), unread=plan.inputs.unread)
    watch.planned(plan, told)
    try:
        for index, path in enumerate(plan.inputs.paths):
            if index in plan.repeated:
                continue
            outcome = FileOutcome(path, plan.reply(index), "done", index=index)
            try:
                look = preparation.examine(path, plan.reply(index), plan.key(index))
                if isinstance(look, Known):
                    outcome.status, outcome.why = "skipped", look.why
                else:
                    outcome.why = look
                    _measure(options, outcome, told)
            except S2SError as error:
                outcome.status, outcome.error = "failed", error
            told.add(outcome)
            watch.ended(outcome)
        money = settings.wishes.money
        told.sound_cost = money.of_sound(told.input_seconds) if money else None
    finally:
        if manifest:
            manifest.close()
    return told


def _settings(options: BatchOptions) -> Settings:
    """Return the settings; an endpoint of this machine is not started."""
    settings = options.settings
    if isinstance(settings, Sources):
        if options.offline:
            settings = settings.for_offline("ws://127.0.0.1:1")
        settings = resolve(settings, text_only=options.text_only, allow_plain=options.allow_plain)
    return limited(settings, options.max_cost)


def _measure(options: BatchOptions, outcome: FileOutcome, told: Rehearsal) -> None:
    try:
        with open_recording(outcome.input, raw=options.raw) as recording:
            seconds = recording.seconds
    except UsageError as error:
        error.code = UNREADABLE
        raise
    outcome.input_seconds = seconds or 0.0
    told.input_seconds += outcome.input_seconds
    told.unknown += seconds is None
