"""One inbox, one loop: facts go to the rules, what the rules order is carried out.

`hold` runs one exchange over a transport. Everything else, the screen included, observes.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Protocol

from s2s.audio.wav import ReplySink
from s2s.clock import Clock
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.exchange import Exchange
from s2s.errors import S2SError
from s2s.realtime.decoder import decode
from s2s.realtime.encoder import Encoder
from s2s.realtime.transport import Transport

CHUNK_MS = 1_000  # of a recording in one append: large enough to be quick, far below 15 MiB
READ_AHEAD = 4  # chunks that wait for the network, besides the one being read
LEAVE_S = 0.2  # for the thread that reads the recording
TURNS_TO_READ = 10  # of the loop, until what the socket holds has become events

Observer = Callable[[float, on.Event | do.Command], None]


class Recording(Protocol):
    """Gives chunks of PCM, on whichever thread asks, and knows how loud they were."""

    @property
    def peak(self) -> float: ...

    def chunks(self, ms: int) -> Iterator[bytes]: ...


async def hold(
    exchange: Exchange,
    transport: Transport,
    recording: Recording,
    sink: ReplySink | None,
    *,
    clock: Clock,
    observers: tuple[Observer, ...] = (),
) -> None:
    """Run `exchange` to its end over `transport`, then close it.

    Raises the `S2SError` the exchange ended with, or that writing the reply raised.
    """
    inbox: asyncio.Queue[on.Event | BaseException] = asyncio.Queue()
    ahead = ReadAhead(recording)  # the first chunks are ready by the time they may be sent
    encoder = Encoder()
    timers = Timers(clock, inbox.put_nowait)
    tasks: list[asyncio.Task[None]] = []

    def spawn(work: Coroutine[Any, Any, None]) -> None:
        def finished(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (bug := task.exception()):
                inbox.put_nowait(bug)

        tasks.append(asyncio.create_task(work))
        tasks[-1].add_done_callback(finished)

    def observe(happening: on.Event | do.Command) -> None:
        for observer in observers:
            observer(clock.now(), happening)

    async def carry_out(command: do.Command) -> None:
        if isinstance(command, do.StartTimer):
            timers.start(command.name, command.ms)
        elif isinstance(command, do.CancelTimer):
            timers.cancel(command.name)
        elif isinstance(command, do.StartUpload):
            spawn(_upload(ahead, transport, encoder, inbox.put_nowait, exchange.timeout_s))
        elif isinstance(command, do.WriteAudio) and sink:
            sink.write(command.pcm)
        elif isinstance(command, do.RestartReply) and sink:
            if kept := sink.restart():
                observe(do.Warn(f"What was said before that is in {kept}."))
        elif message := encoder.encode(command):
            await transport.send(message)

    try:
        spawn(_read(transport, inbox.put_nowait))
        commands = exchange.start()
        while True:
            for command in commands:
                observe(command)
                if isinstance(command, do.End):
                    if command.error:
                        raise command.error
                    return
                await carry_out(command)
            event = await inbox.get()
            if isinstance(event, BaseException):
                raise event
            if isinstance(event, on.TimerFired) and not await _still_due(event, timers, inbox):
                commands = []
                continue
            observe(event)
            commands = exchange.handle(event)
    finally:
        timers.cancel_all()
        ahead.leave()
        for task in tasks:
            task.cancel()
        await transport.close()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _still_due(
    fired: on.TimerFired, timers: Timers, inbox: asyncio.Queue[on.Event | BaseException]
) -> bool:
    """Whether a timer that fired still counts once all that had come before it is handled.

    After the program was stopped for a while (Ctrl-Z), what the network brought meanwhile and the
    timer are found at the same moment: the network goes first.
    """
    for _ in range(TURNS_TO_READ):
        await asyncio.sleep(0)
    if not inbox.empty():
        if timers.expired(fired.name):
            inbox.put_nowait(fired)
        return False
    return timers.expired(fired.name, forget=True)


class Timers:
    """Posts `TimerFired`; starting one anew only moves its moment, which costs no task."""

    def __init__(self, clock: Clock, post: Callable[[on.Event], None]) -> None:
        self._clock = clock
        self._post = post
        self._due: dict[str, float] = {}
        self._sleepers: dict[str, tuple[float, asyncio.Task[None]]] = {}

    def start(self, name: str, ms: float) -> None:
        due = self._due[name] = self._clock.now() + ms / 1000
        wakes, sleeper = self._sleepers.get(name, (due, None))
        if sleeper is None or due < wakes:
            if sleeper:
                sleeper.cancel()
            self._sleepers[name] = (due, asyncio.create_task(self._sleep(name)))

    def cancel(self, name: str) -> None:
        self._due.pop(name, None)

    def expired(self, name: str, *, forget: bool = False) -> bool:
        """Whether the moment of a timer has come and it was not cancelled or moved since."""
        due = self._due.get(name)
        over = due is not None and self._clock.now() >= due
        if over and forget:
            del self._due[name]
        return over

    def cancel_all(self) -> None:
        for _, sleeper in self._sleepers.values():
            sleeper.cancel()

    async def _sleep(self, name: str) -> None:
        while (due := self._due.get(name)) is not None:
            if self._clock.now() >= due:
                del self._sleepers[name]
                self._post(on.TimerFired(name))
                return
            self._sleepers[name] = (due, self._sleepers[name][1])
            await self._clock.sleep_until(due)
        self._sleepers.pop(name, None)


async def _read(transport: Transport, post: Callable[[on.Event], None]) -> None:
    async for message in transport.messages():
        post(decode(message))
    post(transport.lost)


async def _upload(
    ahead: ReadAhead,
    transport: Transport,
    encoder: Encoder,
    post: Callable[[on.Event], None],
    timeout_s: float,
) -> None:
    size = 0
    try:
        while chunk := await ahead.next():
            try:
                await asyncio.wait_for(transport.send(encoder.append(chunk)), timeout_s)
            except asyncio.TimeoutError:
                post(on.UploadStalled())
                return
            size += len(chunk)
            post(on.Uploaded(size))
    except S2SError as error:
        post(on.UploadFailed(error))
    else:
        post(on.UploadEnded(size, ahead.peak))


class ReadAhead:
    """Reads a recording on a thread of its own, a few chunks ahead of the network.

    A daemon thread, not the loop's executor: a read from a pipe may never return, and must not
    keep the program from leaving.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Queue[bytes | BaseException] = asyncio.Queue()
        self._room = threading.Semaphore(READ_AHEAD)
        self._left = False
        self._reader = threading.Thread(target=self._read, name="recording", daemon=True)
        self._reader.start()

    async def next(self) -> bytes:
        """Return the next chunk, b"" at the end. Raises what reading raised."""
        chunk = await self._ready.get()
        self._room.release()
        if isinstance(chunk, BaseException):
            raise chunk
        return chunk

    @property
    def peak(self) -> float:
        return self._recording.peak

    def leave(self) -> None:
        """Let the thread end as soon as it could hand something over; a pipe may keep it."""
        self._left = True
        self._room.release()
        self._reader.join(LEAVE_S)

    def _read(self) -> None:
        try:
            for chunk in self._recording.chunks(CHUNK_MS):
                self._room.acquire()
                if self._left:
                    return
                self._hand_over(chunk)
            self._hand_over(b"")
        except BaseException as exc:  # raised again where the chunks are awaited
            self._hand_over(exc)

    def _hand_over(self, read: bytes | BaseException) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._ready.put_nowait, read)
