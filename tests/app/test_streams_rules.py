"""A program's own source and sink of sound, and its work on a thread of ours."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import pytest

from s2s import pcm
from s2s.app.own_thread import OwnThread
from s2s.app.run import Run
from s2s.app.streams import ProgramSink, ProgramSource
from s2s.errors import SoundError

T = TypeVar("T")
CHUNK = pcm.size_of(20)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 30))


async def until(true: Callable[[], object]) -> None:
    while not true():
        await asyncio.sleep(0.001)


async def read(*pieces: object) -> list[bytes]:
    """What a conversation reads of a source that gives these pieces, 20 ms at a time."""

    async def give() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece  # type: ignore[misc]

    source = ProgramSource(give())
    chunks = await asyncio.to_thread(lambda: list(source.chunks(20)))
    await source.close()
    return chunks


@pytest.mark.parametrize(
    ("sizes", "chunks"),
    [
        ([CHUNK], [CHUNK]),
        ([CHUNK - 2, 2], [CHUNK]),
        ([3 * CHUNK], [CHUNK] * 3),
        ([CHUNK, 100], [CHUNK, 100]),  # the last words are shorter than a chunk
        ([CHUNK, 101], [CHUNK, 100]),  # half a sample is none
        ([1], []),
        ([], []),
    ],
)
def test_a_source_is_read_to_its_last_whole_sample(sizes: list[int], chunks: list[int]) -> None:
    given = [b"\1" * size for size in sizes]
    assert [len(each) for each in run(read(*given))] == chunks


def test_what_is_no_sound_is_told_where_it_is_read() -> None:
    with pytest.raises(SoundError, match="it gave int, and not bytes"):
        run(read(b"\1" * CHUNK, 5))


def test_a_source_is_not_asked_for_more_than_eight_pieces_that_nobody_takes() -> None:
    async def go() -> None:
        given: list[int] = []

        async def give() -> AsyncIterator[bytes]:
            while True:
                given.append(len(given))
                yield b"\1" * CHUNK

        source = ProgramSource(give())
        await until(lambda: len(given) >= 9)
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(given) == 9, "the ninth waits for room"
        chunks = source.chunks(20)
        await asyncio.to_thread(lambda: next(chunks))
        await until(lambda: len(given) == 10)
        await source.close()

    run(go())


def test_a_source_that_is_left_is_closed_as_well() -> None:
    async def go() -> None:
        closed: list[bool] = []

        async def give() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"\1" * CHUNK
            finally:
                closed.append(True)

        source = ProgramSource(pieces := give())
        await asyncio.sleep(0.001)
        await source.close()
        assert closed == [True]
        assert pieces

    run(go())


def test_a_sink_that_has_failed_says_so_with_the_next_piece_and_takes_no_more() -> None:
    class Broken:
        taken = 0

        async def write(self, pcm: bytes, /) -> None:
            self.taken += 1
            raise ZeroDivisionError

    async def go() -> None:
        broken = Broken()
        sink = ProgramSink(broken)
        sink.write(b"\1\1")
        await until(lambda: broken.taken)
        await asyncio.sleep(0)
        with pytest.raises(SoundError, match="The speaker has failed") as told:
            sink.write(b"\2\2")
        assert isinstance(told.value.__cause__, ZeroDivisionError)
        await sink.close(1.0)
        assert broken.taken == 1

    run(go())


def test_a_sink_is_given_what_waits_before_it_is_left() -> None:
    class Slow:
        taken = b""

        async def write(self, pcm: bytes, /) -> None:
            await asyncio.sleep(0)
            self.taken += pcm

    async def go() -> None:
        slow = Slow()
        sink = ProgramSink(slow)
        for piece in (b"\1\1", b"\2\2", b"\3\3"):
            sink.write(piece)
        await asyncio.sleep(0)
        await sink.close(10.0)
        assert slow.taken == b"\1\1\2\2\3\3"

    run(go())


# --- a thread of its own


class Waiting:
    """Work that goes on until it is cancelled, and begins its coroutine when it may."""

    def __init__(self) -> None:
        self.may_begin, self.begun, self.cancelled = (threading.Event() for _ in range(3))

    def __call__(self, run: Run) -> str:
        self.may_begin.wait(30)
        return run(self.work())

    async def work(self) -> str:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return "done"


def test_work_that_is_cancelled_before_its_loop_has_begun_does_not_begin() -> None:
    work = Waiting()
    thread = OwnThread(work)
    thread.cancel()
    work.may_begin.set()
    with pytest.raises(asyncio.CancelledError):
        thread.done.result(30)


def test_who_is_interrupted_while_they_wait_cancels_the_work() -> None:
    work = Waiting()

    class Interrupted(Future[str]):
        """Ctrl-C comes while its result is waited for."""

        def result(self, timeout: float | None = None) -> str:
            work.may_begin.set()
            work.begun.wait(30)
            raise KeyboardInterrupt

    thread = OwnThread(work)
    thread.done = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        thread.wait()
    assert work.cancelled.wait(30)


def test_a_task_that_waits_and_is_cancelled_cancels_the_work() -> None:
    async def go() -> None:
        work = Waiting()
        work.may_begin.set()
        task = asyncio.create_task(OwnThread(work).result())
        await asyncio.to_thread(work.begun.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(work.cancelled.wait, 30)

    run(go())


def test_what_the_work_returns_or_raises_is_what_comes_of_it() -> None:
    async def seven() -> int:
        return 7

    async def broken() -> int:
        raise SoundError("gone")

    assert OwnThread(lambda run: run(seven())).wait() == 7
    with pytest.raises(SoundError, match="gone"):
        OwnThread(lambda run: run(broken())).wait()
