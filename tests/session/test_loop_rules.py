"""The loop: everything in order, and nothing that goes wrong leaves it running."""

from __future__ import annotations

import asyncio

import pytest

from s2s.clock import ManualClock
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Phase
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
