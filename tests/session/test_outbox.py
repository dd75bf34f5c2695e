"""The outbox: nobody waits for the network, and a network that is too slow is told of."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from manual_clock import ManualClock

from s2s import pcm
from s2s.conversation import events as on
from s2s.session.outbox import Outbox

CHUNK = pcm.size_of(20)


class Network:
    """Takes one message for each time it is let."""

    lost = on.ConnectionLost()

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.room = asyncio.Semaphore(0)
        self.backlog = 0

    async def send(self, message: str) -> None:
        await self.room.acquire()
        self.taken.append(message)

    def let(self, messages: int) -> None:
        for _ in range(messages):
            self.room.release()


class Sending:
    """An outbox whose network is let by the test."""

    def __init__(self, *, drops: bool = True, timeout_s: float = 30.0) -> None:
        self.posted: list[on.Event] = []
        self.clock, self.network = ManualClock(), Network()
        self.outbox = Outbox(self.posted.append, timeout_s, self.clock, drops=drops)
        self.work = asyncio.create_task(self.outbox.send_over(self.network))  # type: ignore[arg-type]

    async def speak(self, seconds: float, word: str) -> None:
        for _ in range(round(seconds * 50)):
            self.outbox.put(word, CHUNK)
            await self.clock.advance(0.02)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 30))


def test_messages_go_out_in_order_and_a_stalled_network_is_told_once() -> None:
    async def go() -> None:
        sending = Sending(drops=False, timeout_s=5.0)
        sending.outbox.put("a", CHUNK)
        await sending.clock.advance(5.0)
        sending.outbox.put("b", CHUNK)
        assert not sending.posted
        await sending.clock.advance(0.1)
        for _ in range(3):
            sending.outbox.put("b", CHUNK)
        assert len(sending.posted) == 1
        assert isinstance(sending.posted[0], on.SendingStalled)
        sending.network.let(5)
        while len(sending.network.taken) < 5:
            await asyncio.sleep(0)
        assert sending.network.taken == ["a", "b", "b", "b", "b"]
        sending.work.cancel()

    run(go())


def test_nothing_is_left_out_while_the_network_takes_nothing_for_it_may_be_dead() -> None:
    async def go() -> None:
        sending = Sending()
        await sending.speak(4.9, "word")
        assert not sending.posted
        assert not sending.network.taken
        sending.work.cancel()

    run(go())


def test_after_a_stall_what_is_older_than_two_seconds_is_left_out_and_counted() -> None:
    async def go() -> None:
        sending = Sending()
        await sending.speak(3.0, "stale")
        await sending.speak(1.9, "fresh")
        sending.network.let(1000)
        await sending.speak(0.1, "fresh")
        stale = sending.network.taken.count("stale")
        assert stale <= 6, "the one that was being sent, and the last 100 ms of two seconds"
        assert sending.network.taken.count("fresh") == 100
        dropped = [each.ms for each in sending.posted if isinstance(each, on.AudioDropped)]
        assert sum(dropped) == (150 - stale) * 20
        sending.work.cancel()

    run(go())


def test_what_was_left_out_waits_no_more() -> None:
    async def go() -> None:
        sending = Sending(timeout_s=5.0)
        await sending.speak(4.0, "word")
        sending.network.let(1000)
        await sending.speak(0.1, "word")
        assert any(isinstance(each, on.AudioDropped) for each in sending.posted)
        sending.network.room = asyncio.Semaphore(0)
        sending.outbox.put("held", CHUNK)
        await sending.clock.advance(5.1)
        sending.outbox.put("behind it", CHUNK)
        assert sending.posted[-1] == on.SendingStalled(40)
        sending.work.cancel()

    run(go())


def test_a_network_of_half_the_speed_is_never_more_than_two_seconds_behind() -> None:
    async def go() -> None:
        sending = Sending()
        for second in range(20):
            for _ in range(50):
                sending.outbox.put(f"{sending.clock.now()}", CHUNK)
                await sending.clock.advance(0.02)
                if _ % 2:
                    sending.network.let(1)
            behind = sending.clock.now() - float(sending.network.taken[-1])
            assert behind <= 2.1, f"in second {second}"
        assert any(isinstance(each, on.AudioDropped) for each in sending.posted)
        sending.work.cancel()

    run(go())


def test_what_the_kernel_holds_counts_as_waiting() -> None:
    async def go() -> None:
        sending = Sending()
        sending.network.let(1000)
        sending.network.backlog = 10**6
        await sending.speak(1.5, "early")
        assert not sending.network.taken, "what the kernel holds cannot be left out any more"
        sending.network.backlog = pcm.size_of(600) * 4 // 3
        await sending.speak(0.1, "late")
        assert sending.network.taken.count("late") == 5
        (dropped,) = sending.posted
        assert isinstance(dropped, on.AudioDropped)
        assert 100 <= dropped.ms <= 200, "1.5 s waited, and 0.6 s are in the kernel"
        sending.work.cancel()

    run(go())


def test_orders_and_sound_of_a_lost_session_are_never_left_out() -> None:
    async def go() -> None:
        sending = Sending()
        sending.outbox.put("order")
        for _ in range(10):
            sending.outbox.put("again", pcm.size_of(1000), lasting=True)
        await sending.speak(6.0, "behind it")
        sending.network.let(1000)
        await sending.speak(0.1, "behind it")
        assert sending.network.taken[:11] == ["order"] + ["again"] * 10
        assert sending.network.taken.count("behind it") == 305
        assert not sending.posted
        sending.work.cancel()

    run(go())


def test_sound_that_comes_all_at_once_was_late_before_it_came_here() -> None:
    """A program that stood still finds what its system has kept of the microphone meanwhile."""

    async def go() -> None:
        sending = Sending()
        for _ in range(500):
            sending.outbox.put("kept meanwhile", CHUNK)
        await sending.speak(3.0, "fresh")
        sending.network.let(1000)
        await sending.speak(0.1, "fresh")
        late = [each.late for each in sending.posted if isinstance(each, on.AudioDropped)]
        assert late == [True]
        sending.work.cancel()

    run(go())


def test_a_voice_that_comes_in_time_is_never_called_late() -> None:
    async def go() -> None:
        sending = Sending()
        await sending.speak(4.9, "word")
        sending.network.let(1000)
        await sending.speak(0.1, "word")
        late = [each.late for each in sending.posted if isinstance(each, on.AudioDropped)]
        assert late == [False]
        sending.work.cancel()

    run(go())
