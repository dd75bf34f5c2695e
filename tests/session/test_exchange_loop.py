"""The loop around the rules, on a fake transport: what is sent, in which order, and how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from manual_clock import ManualClock

from s2s.clock import Clock
from s2s.conversation import events as on
from s2s.conversation.exchange import Exchange
from s2s.conversation.session_config import Wishes
from s2s.errors import NetworkError, S2SError, UsageError
from s2s.session.exchange import CHUNK_MS, hold
from s2s.session.link import Link
from s2s.session.timers import Timers
from s2s.wire.realtime.codec import RealtimeCodec
from s2s.wire.transport import Transport


class FakeTransport:
    """An endpoint that answers each of our messages with some of its own."""

    def __init__(self, answers: dict[str, list[Any]], lost: on.ConnectionLost) -> None:
        self.sent: list[dict[str, Any]] = []
        self.closed = False
        self.lost = lost
        self._answers = answers
        self._inbox: asyncio.Queue[str | None] = asyncio.Queue()
        self.say(answers.get("connect", []))

    def say(self, messages: list[Any]) -> None:
        for message in messages:
            self._inbox.put_nowait(None if message is None else json.dumps(message))

    async def send(self, message: str) -> None:
        event = json.loads(message)
        self.sent.append(event)
        self.say(self._answers.get(event["type"], []))

    async def messages(self) -> AsyncIterator[str | bytes]:
        while (message := await self._inbox.get()) is not None:
            yield message

    async def close(self) -> None:
        self.closed = True


def over(clock: Clock, *transports: FakeTransport) -> Link:
    """Return a link whose connections are these, one after the other."""
    waiting = list(transports)

    async def connect() -> Transport:
        return waiting.pop(0)

    return Link(connect, RealtimeCodec(), clock, 30.0)


class Recorded:
    """A recording of a few chunks, or one that fails."""

    def __init__(self, *chunks: bytes, error: S2SError | None = None) -> None:
        self._chunks, self._error = chunks, error
        self.peak = 0.5

    def chunks(self, ms: int) -> Iterator[bytes]:
        assert ms == CHUNK_MS
        yield from self._chunks
        if self._error:
            raise self._error


class Sink:
    def __init__(self) -> None:
        self.audio = b""

    def write(self, pcm: bytes) -> None:
        self.audio += pcm

    def restart(self) -> None: ...

    def complete(self) -> None: ...

    def abandon(self) -> None: ...


POLITE: dict[str, list[Any]] = {
    "connect": [{"type": "session.created", "session": {"id": "s"}}],
    "session.update": [{"type": "session.updated"}],
    "input_audio_buffer.commit": [{"type": "input_audio_buffer.committed", "item_id": "i"}],
    "response.create": [
        {"type": "response.output_audio.delta", "response_id": "r", "delta": "AQI="},
        {"type": "response.done", "response": {"id": "r", "status": "completed"}},
    ],
}


def run(
    transport_answers: dict[str, list[Any]], recording: Recorded, lost: on.ConnectionLost
) -> tuple[FakeTransport, Sink, S2SError | None]:
    async def go() -> tuple[FakeTransport, Sink, S2SError | None]:
        transport, sink = FakeTransport(transport_answers, lost), Sink()
        clock = ManualClock()
        link = over(clock, transport)
        error = None
        try:
            await hold(Exchange(Wishes()), link, recording, sink, clock=clock)
        except S2SError as exc:
            error = exc
        finally:
            await link.close()
        return transport, sink, error

    return asyncio.run(asyncio.wait_for(go(), 10))


def test_a_turn_is_sent_in_order_and_the_reply_written() -> None:
    transport, sink, error = run(
        POLITE, Recorded(b"\1\0" * 9000, b"\2\0" * 9000), on.ConnectionLost()
    )
    assert [event["type"] for event in transport.sent] == [
        "session.update",
        "input_audio_buffer.append",
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
        "response.create",
    ]
    assert (sink.audio, error, transport.closed) == (b"\1\2", None, True)


def test_the_transport_is_closed_after_a_failure_too() -> None:
    broken = Recorded(b"\1\0" * 9000, error=UsageError("The file is damaged."))
    transport, _, error = run(POLITE, broken, on.ConnectionLost())
    assert isinstance(error, UsageError)
    assert transport.closed
    assert transport.sent[-1]["type"] == "input_audio_buffer.append", "nothing was committed"


def test_a_lost_connection_ends_the_exchange_with_its_code() -> None:
    hangs_up = {**POLITE, "response.create": [None]}
    _, _, error = run(hangs_up, Recorded(b"\1\0" * 9000), on.ConnectionLost(1011, "oops"))
    assert isinstance(error, NetworkError)
    assert "1011" in error.message


@pytest.mark.parametrize("restarts", [0, 5])
def test_a_timer_that_is_started_anew_fires_once_and_late(restarts: int) -> None:
    async def go() -> None:
        clock, fired = ManualClock(), list[on.Event]()
        timers = Timers(clock, fired.append)
        timers.start("silence", 1000)
        for _ in range(restarts):
            await clock.advance(0.9)
            timers.start("silence", 1000)
        await clock.advance(0.9)
        assert fired == []
        await clock.advance(0.2)
        assert fired == [on.TimerFired("silence")]

    asyncio.run(go())


def test_a_timer_that_is_moved_while_it_sleeps_fires_at_its_new_moment() -> None:
    async def go() -> None:
        clock, fired = ManualClock(), list[on.Event]()
        timers = Timers(clock, fired.append)
        timers.start("a", 1000)
        timers.start("a", 10_000)
        await clock.advance(3)
        timers.start("a", 1000)
        await clock.advance(1.1)
        assert fired == [on.TimerFired("a")]
        timers.cancel_all()

    asyncio.run(go())


def test_a_bug_is_not_taken_for_a_silent_endpoint() -> None:
    class Broken(Recorded):
        def chunks(self, ms: int) -> Iterator[bytes]:
            yield b"\1\0" * 9000
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        run(POLITE, Broken(), on.ConnectionLost())


class LeapingClock:
    """Time that leaps, as it does for a program that was stopped: no task runs meanwhile."""

    def __init__(self) -> None:
        self._now = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> float:
        return self._now

    async def sleep_until(self, when: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((when, woken))
        await woken.wait()

    def leap(self, seconds: float) -> None:
        """Let time pass; whoever has slept for long enough is the first to run."""
        self._now += seconds
        for when, woken in self._sleepers:
            if when <= self._now:
                woken.set()


def test_what_came_while_the_program_was_stopped_counts_before_the_timer() -> None:
    """Ctrl-Z, then fg: the timer is over, and so is the wait, for the reply is in the socket."""

    async def go() -> None:
        clock = LeapingClock()
        late = {**POLITE, "response.create": list[Any]()}
        transport = FakeTransport(late, on.ConnectionLost())
        recording = Recorded(b"\1\0" * 9000)
        link = over(clock, transport)
        talk = asyncio.create_task(hold(Exchange(Wishes()), link, recording, Sink(), clock=clock))
        while not transport.sent or transport.sent[-1]["type"] != "response.create":
            await asyncio.sleep(0.001)
        clock.leap(3600)
        transport.say(POLITE["response.create"])
        await talk
        await link.close()

    asyncio.run(asyncio.wait_for(go(), 10))


def test_a_timer_can_be_cancelled_and_brought_forward() -> None:
    async def go() -> None:
        clock, fired = ManualClock(), list[on.Event]()
        timers = Timers(clock, fired.append)
        timers.start("a", 1000)
        timers.cancel("a")
        timers.start("b", 5000)
        timers.start("b", 100)
        await clock.advance(2)
        assert fired == [on.TimerFired("b")]
        timers.cancel_all()

    asyncio.run(go())
