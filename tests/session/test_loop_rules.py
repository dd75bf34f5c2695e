"""The loop: everything in order, and nothing that goes wrong leaves it running."""

from __future__ import annotations

import asyncio

import pytest
from manual_clock import ManualClock

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Phase, PhaseChanged
from s2s.errors import NetworkError
from s2s.session.loop import Loop
from s2s.session.thread_inbox import Bridge


class Scripted:
    """Rules that answer by table, and remember what they were told."""

    phase = Phase.TALKING

    def __init__(self, answers: dict[str, list[do.Command] | Exception]) -> None:
        self.answers = answers
        self.heard: list[str] = []

    def start(self) -> list[do.Command]:
        return self.answer("start")

    def handle(self, event: on.Event) -> list[do.Command]:
        assert isinstance(event, on.TextEntered)
        self.heard.append(event.text)
        return self.answer(event.text)

    def answer(self, text: str) -> list[do.Command]:
        answer = self.answers.get(text, [])
        if isinstance(answer, Exception):
            raise answer
        return answer


def said(*texts: str) -> list[on.Event]:
    return [on.TextEntered(text) for text in texts]


async def hold(
    rules: Scripted, *early: on.Event, carried: list[do.Command] | None = None
) -> list[on.Event | do.Command]:
    """Run a loop to its end, with `early` events posted before it has begun."""
    observed: list[on.Event | do.Command] = []
    orders = [] if carried is None else carried
    loop = Loop(
        rules, orders.append, ManualClock(), (lambda _, happening: observed.append(happening),)
    )
    for event in early:
        loop.post(event)
    try:
        await asyncio.wait_for(loop.run(), 10)
    finally:
        loop.stop()
        await loop.gone()
    return observed


def test_what_happened_before_the_loop_began_is_handled_in_its_order() -> None:
    rules = Scripted({"three": [do.End(None)]})
    asyncio.run(hold(rules, *said("one", "two", "three")))
    assert rules.heard == ["one", "two", "three"]


def test_what_other_threads_posted_before_there_was_a_loop_comes_in_its_order() -> None:
    """The microphone is started before the conversation: its first words come first."""

    async def story() -> list[on.Event]:
        bridge, posted = Bridge(), list[on.Event]()
        for event in said("one", "two", "three"):
            bridge(event)
        bridge.attach(posted.append)
        bridge(on.TextEntered("four"))
        for _ in range(3):
            await asyncio.sleep(0)
        return posted

    assert asyncio.run(story()) == said("one", "two", "three", "four")


@pytest.mark.parametrize("when", ["start", "one"])
def test_rules_that_break_end_the_loop_with_what_broke(when: str) -> None:
    rules = Scripted({when: ZeroDivisionError("a rule broke"), "two": [do.End(None)]})
    with pytest.raises(ZeroDivisionError, match="a rule broke"):
        asyncio.run(hold(rules, *said("one", "two")))
    assert "two" not in rules.heard


def test_an_order_that_cannot_be_carried_out_ends_the_loop() -> None:
    class Full(list[do.Command]):
        def append(self, command: do.Command) -> None:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        asyncio.run(hold(Scripted({"start": [do.CommitAudio()]}), carried=Full()))


def test_work_beside_the_loop_that_fails_ends_it() -> None:
    async def story() -> None:
        loop = Loop(Scripted({}), lambda _: None, ManualClock(), ())

        async def fail() -> None:
            raise NetworkError("gone", "")

        loop.spawn(fail())
        try:
            await asyncio.wait_for(loop.run(), 10)
        finally:
            loop.stop()
            await loop.gone()

    with pytest.raises(NetworkError, match="gone"):
        asyncio.run(story())


def test_the_loop_ends_with_the_error_that_the_rules_give_it_and_only_the_first() -> None:
    first, second = NetworkError("first", ""), NetworkError("second", "")
    rules = Scripted({"one": [do.End(first), do.End(second)]})
    with pytest.raises(NetworkError, match="first"):
        asyncio.run(hold(rules, *said("one", "two")))
    assert rules.heard == ["one"], "after the end nothing is handled"


def test_observers_see_an_event_and_then_what_was_ordered_because_of_it() -> None:
    rules = Scripted({"one": [do.CommitAudio()], "two": [do.End(None)]})
    carried: list[do.Command] = []
    observed = asyncio.run(hold(rules, *said("one", "two"), carried=carried))
    one, two = said("one", "two")
    assert observed == [one, do.CommitAudio(), two, do.End(None)]
    assert carried == [do.CommitAudio()]


def test_a_change_of_phase_is_seen_between_the_event_and_its_orders() -> None:
    class Turning(Scripted):
        def handle(self, event: on.Event) -> list[do.Command]:
            self.phase = Phase.ENDED
            return super().handle(event)

    (one,) = said("one")
    observed = asyncio.run(hold(Turning({"one": [do.End(None)]}), one))
    assert observed == [one, PhaseChanged(Phase.ENDED), do.End(None)]


def test_what_an_order_brings_about_is_handled_behind_all_the_orders_of_its_event() -> None:
    """An answer that is known at once (a setting that stands) is posted while orders go out."""

    async def story() -> list[str]:
        seen: list[str] = []
        rules = Scripted({"one": [do.CommitAudio(), do.ClearInput()], "two": [do.End(None)]})

        def carry_out(command: do.Command) -> None:
            seen.append(type(command).__name__)
            if isinstance(command, do.CommitAudio):
                loop.post(on.TextEntered("two"))
                seen.append(f"heard {rules.heard}")

        loop = Loop(rules, carry_out, ManualClock(), ())
        running = asyncio.create_task(loop.run())
        await asyncio.sleep(0)
        loop.post(on.TextEntered("one"))
        await running
        return seen

    assert asyncio.run(story()) == ["CommitAudio", "heard ['one']", "ClearInput"]


def test_after_it_was_stopped_nothing_is_handled_any_more() -> None:
    """Ctrl-C ends the wait, not the rules; devices may go on for a moment."""

    async def story() -> tuple[list[str], int]:
        rules, clock = Scripted({"start": [do.StartTimer("rest", 1000.0)]}), ManualClock()
        loop = Loop(rules, lambda _: None, clock, ())
        running = asyncio.create_task(loop.run())
        await clock.advance(0.1)
        running.cancel()
        loop.stop()
        loop.post(on.TextEntered("too late"))
        await clock.advance(10)
        return rules.heard, len(asyncio.all_tasks()) - 1

    assert asyncio.run(story()) == ([], 0), "and no timer is left that would have to be waited for"


def test_work_beside_the_loop_is_cancelled_with_it_and_waited_for() -> None:
    async def story() -> list[str]:
        told: list[str] = []

        async def work() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                told.append("cleaned up")

        loop = Loop(Scripted({"start": [do.End(None)]}), lambda _: None, ManualClock(), ())
        loop.spawn(work())
        await asyncio.sleep(0)
        await loop.run()
        loop.stop()
        await asyncio.wait_for(loop.gone(), 10)
        return told

    assert asyncio.run(story()) == ["cleaned up"]
