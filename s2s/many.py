"""What programs call for many recordings: `s2s.send_many`; `s2s.aio.send_many` stands on it too."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING

from s2s.app.batch.options import JOBS, RETRIES, BatchOptions
from s2s.app.batch.outcome import BatchSummary, FileOutcome
from s2s.app.own_thread import LEAVE_S, OwnThread
from s2s.app.run import Run
from s2s.arguments import Given, in_words_of_python, number_of, settings_of
from s2s.config import Settings

if TYPE_CHECKING:
    Path = str | os.PathLike[str]

AHEAD = 16  # outcomes that wait to be taken; then the jobs wait as well


class Handover:
    """Outcomes on their way from the thread that makes them to whoever iterates."""

    def __init__(self, deliver: Callable[[FileOutcome], object]) -> None:
        self._deliver = deliver
        self._loop: asyncio.AbstractEventLoop | None = None
        self._room: asyncio.Semaphore | None = None

    async def take(self, outcome: FileOutcome) -> None:
        """Hand one over, when there is room for it."""
        if self._room is None:
            self._loop, self._room = asyncio.get_running_loop(), asyncio.Semaphore(AHEAD)
        if outcome.is_whole and outcome.output_seconds:
            outcome.reply.path = outcome.output
        await self._room.acquire()
        self._deliver(outcome)

    def taken(self) -> None:
        """One has been taken, on whichever thread."""
        if self._loop and self._room:
            with contextlib.suppress(RuntimeError):  # the loop has closed: all are handed over
                self._loop.call_soon_threadsafe(self._room.release)


class Outcomes(Iterator[FileOutcome]):
    """The outcomes of a batch as they come; leaving the `with` block, or `close`, ends it.

    What has ended it before its end is raised where the next outcome would come.
    """

    def __init__(self, work: Callable[[Run, Handover], BatchSummary]) -> None:
        self.summary: BatchSummary | None = None
        """What became of all of them, once all have been told of."""
        self._came: queue.SimpleQueue[FileOutcome | None] = queue.SimpleQueue()
        self._handover = Handover(self._came.put)
        self._over = False
        self._thread = OwnThread(lambda run: work(run, self._handover))
        self._thread.done.add_done_callback(lambda _: self._came.put(None))

    def __next__(self) -> FileOutcome:
        if self._over:
            raise StopIteration
        outcome = self._came.get()
        if outcome is not None:
            self._handover.taken()
            return outcome
        self._over = True
        with in_words_of_python():
            self.summary = self._thread.done.result()
            if self.summary.stopped:
                raise self.summary.stopped
        raise StopIteration

    def close(self) -> None:
        """Send nothing more; what is done is kept."""
        if not self._over:
            self._over = True
            self._thread.cancel()
            with contextlib.suppress(CancelledError, asyncio.CancelledError, Exception):
                self._thread.done.result(LEAVE_S)

    def __enter__(self) -> Outcomes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if not self._over:
            self._thread.cancel()


def send_many(
    recordings: Path | Iterable[Path],
    *,
    output: Path | None = None,
    jobs: int = JOBS,
    retries: int = RETRIES,
    one_conversation: bool = False,
    realtime: bool = False,
    expect: str | re.Pattern[str] | None = None,
    max_first_audio_ms: float | None = None,
    max_cost: float | None = None,
    redo: bool = False,
    skip_existing: bool = False,
    overwrite: bool = False,
    text_only: bool = False,
    api_key: str | None = None,
    url: str | None = None,
    model: str | None = None,
    voice: str | None = None,
    instructions: str | None = None,
    transcribe: str | None = None,
    language: str | None = None,
    timeout: float | None = None,
    offline: bool = False,
    allow_plain_ws: bool = False,
    settings: Settings | None = None,
) -> Outcomes:
    """Send recordings, and those in folders, to the model; give what becomes of each as it ends.

    With `output` the replies are files in that folder, and a second call goes on where the first
    was ended. Without it they are in `outcome.reply.audio`, and nothing is remembered. A recording
    that fails has an `error`, and the others go on; a key, a quota or a model that is refused ends
    all of it, and is raised, as is `LimitError` before `max_cost`, in dollars, would be passed. The
    arguments are those of `s2s send-wav`: docs/batch.md has them.

    Raises `UsageError` before anything is sent, when the first outcome is asked for; `TypeError`
    and `ValueError` at once for arguments that are wrong.
    """
    given = Given(
        api_key=api_key,
        url=url,
        model=model,
        voice=voice,
        instructions=instructions,
        transcribe=transcribe,
        language=language,
        timeout=timeout,
        offline=offline,
        allow_plain_ws=allow_plain_ws,
        settings=settings,
    )
    return Outcomes(
        work_of(
            recordings,
            given,
            output=output,
            jobs=jobs,
            retries=retries,
            one_conversation=one_conversation,
            realtime=realtime,
            expect=expect,
            max_first_audio_ms=max_first_audio_ms,
            max_cost=max_cost,
            redo=redo,
            skip_existing=skip_existing,
            overwrite=overwrite,
            text_only=text_only,
        )
    )


def work_of(
    recordings: Path | Iterable[Path],
    given: Given,
    *,
    output: Path | None,
    jobs: int,
    retries: int,
    one_conversation: bool,
    realtime: bool,
    expect: str | re.Pattern[str] | None,
    max_first_audio_ms: float | None,
    max_cost: float | None,
    redo: bool,
    skip_existing: bool,
    overwrite: bool,
    text_only: bool,
) -> Callable[[Run, Handover], BatchSummary]:
    """Return the work that sends what was handed in."""
    if redo and skip_existing:
        raise ValueError("redo and skip_existing want opposite things")
    options = BatchOptions(
        settings=settings_of(given),
        inputs=tuple(map(_as_file, _paths(recordings))),
        output=None if output is None else os.fsdecode(output),
        in_memory=output is None,
        jobs=int(number_of("jobs", jobs, 1, 1000) or JOBS),
        one_conversation=one_conversation,
        retries=int(number_of("retries", retries, 0, 1000) or 0),
        redo=redo,
        skip_existing=skip_existing,
        force=overwrite,
        expect=re.compile(expect, re.IGNORECASE) if isinstance(expect, str) else expect,
        max_first_audio_ms=number_of("max_first_audio_ms", max_first_audio_ms, 1, 1e9),
        max_cost=_dollars(max_cost),
        realtime=realtime,
        offline=given.offline,
        allow_plain=given.allow_plain_ws,
        text_only=text_only,
    )

    def work(run: Run, handover: Handover) -> BatchSummary:
        from s2s.app.batch.sending import send_many as send_them
        from s2s.app.batch.watching import BatchWatch

        return send_them(options, BatchWatch(), run, handover.take)

    return work


def _dollars(amount: float | None) -> Decimal | None:
    amount = number_of("max_cost", amount, 0.0001, 1e9)
    return None if amount is None else Decimal(str(amount))


def _paths(recordings: Path | Iterable[Path]) -> Iterator[str]:
    if isinstance(recordings, str | os.PathLike):
        recordings = (recordings,)
    for path in recordings:
        if not isinstance(path, str | os.PathLike):
            raise TypeError(f"a recording is named by its path, not by {type(path).__name__}")
        if not os.fspath(path):
            raise ValueError("a recording's path is empty")
        yield os.fsdecode(path)


def _as_file(path: str) -> str:
    """Return a path that means a file: to a program neither `-` nor `@` is anything else."""
    return f"./{path}" if path == "-" or path.startswith("@") else path
