"""The files of a batch as the turns of one conversation: in order, and all of them or none."""

from __future__ import annotations

import asyncio

from s2s.app.batch.jobs import Jobs
from s2s.app.batch.outcome import FileOutcome
from s2s.app.batch.preparing import Known
from s2s.app.batch.shared import Batch
from s2s.errors import NetworkError, S2SError


def broken(index: int, path: str) -> FileOutcome:
    """Return what becomes of a turn that was never reached."""
    error = NetworkError(
        "An earlier turn of the conversation has failed, and this one was not sent.",
        "Run it again: the conversation then begins anew.",
        code="conversation_broken",
    )
    return FileOutcome(path, None, "failed", error=error, index=index)


async def send_as_turns(batch: Batch, indexes: list[int]) -> None:
    """Send the files over one connection. Raises `Stop`.

    What was said before cannot be said again alone: if any turn is to be sent, all are.
    """
    if not await asyncio.to_thread(_all_known, batch, indexes):
        batch.preparation.redo = True
    jobs, carrier = Jobs(batch, 1), batch.open_carrier()
    failed: S2SError | None = None
    try:
        for index in indexes:
            if failed:
                outcome = broken(index, batch.plan.inputs.paths[index])
                batch.summary.add(outcome)
                batch.watch.ended(outcome)
                await batch.take(outcome)
            else:
                outcome = await jobs.send(index, carrier)
                failed = None if outcome.status != "failed" or outcome.is_whole else outcome.error
    finally:
        await carrier.close()
        jobs.leave()


def _all_known(batch: Batch, indexes: list[int]) -> bool:
    plan, known = batch.plan, batch.preparation.known
    if batch.in_memory:
        return False
    looked = (known(plan.inputs.paths[each], plan.reply(each), plan.key(each)) for each in indexes)
    return all(isinstance(found, Known) for found, _ in looked)
