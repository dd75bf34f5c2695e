"""A connection outlives a turn, and a session its connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import pytest
from conversing import Story
from manual_clock import ManualClock
from test_exchange_loop import POLITE, FakeTransport, Recorded, Sink, over

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.exchange import Exchange
from s2s.conversation.session_config import Wishes
from s2s.errors import Bug, NetworkError, S2SError
from s2s.session.exchange import hold
from s2s.session.link import Link
from s2s.wire.realtime.codec import RealtimeCodec
from s2s.wire.transport import Transport

T = TypeVar("T")
QUESTION = b"\1\0" * 9000
MINI = do.ConfigureTranscription("mini")
CONFIGURE = json.dumps({"type": "session.update"})


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 30))


def polite(lost: on.ConnectionLost | None = None) -> FakeTransport:
    return FakeTransport(POLITE, lost or on.ConnectionLost())


def types(transport: FakeTransport) -> list[str]:
    kinds = [each["type"].removeprefix("input_audio_buffer.") for each in transport.sent]
    return [kind.removeprefix("session.").removeprefix("response.") for kind in kinds]


async def until(facts: list[on.Event], kind: type) -> None:
    while not any(isinstance(each, kind) for each in facts):
        await asyncio.sleep(0)


@pytest.mark.parametrize("transcription", [(), (MINI,)], ids=["plain", "with transcription"])
def test_two_exchanges_work_over_one_connection(
    transcription: tuple[do.ConfigureTranscription, ...],
) -> None:
    async def go() -> None:
        clock, transport = ManualClock(), polite()
        link, sinks = over(clock, transport), [Sink(), Sink()]
        wishes = Wishes(transcription=transcription)
        for sink in sinks:
            exchange = asyncio.create_task(
                hold(Exchange(wishes), link, Recorded(QUESTION), sink, clock=clock)
            )
            while not exchange.done():
                await clock.advance(1)  # nobody says what was said: it waits in vain
            await exchange
            assert not transport.closed
        turn = ["append", "commit", "create"]
        updates = ["update"] * (1 + len(transcription))
        assert types(transport) == [*updates, *turn, *turn], "what stands is not asked for again"
        assert [sink.audio for sink in sinks] == [b"\1\2", b"\1\2"]
        await link.close()
        assert transport.closed

    run(go())


def test_another_turn_that_wants_another_session_configures_it() -> None:
    async def go() -> None:
        clock, transport = ManualClock(), polite()
        link = over(clock, transport)
        for text_only in (False, True):
            wishes = Wishes(do.ConfigureSession(text_only=text_only))
            await hold(Exchange(wishes), link, Recorded(QUESTION), Sink(), clock=clock)
        assert types(transport).count("update") == 2
        await link.close()

    run(go())


def test_a_connection_that_is_lost_between_two_turns_is_told_to_the_next() -> None:
    async def go() -> None:
        clock, transport = ManualClock(), polite(on.ConnectionLost(1001, "bye"))
        link = over(clock, transport)
        await hold(Exchange(Wishes()), link, Recorded(QUESTION), Sink(), clock=clock)
        transport.say([None])
        while link.stands:
            await asyncio.sleep(0)
        facts: list[on.Event] = []
        link.attach(facts.append)
        assert facts[-1] == on.ConnectionLost(1001, "bye")
        await link.close()

    run(go())


def test_a_turn_after_a_connection_was_lost_makes_another_and_configures_it() -> None:
    async def go() -> None:
        clock, first, second = ManualClock(), polite(), polite()
        link, sinks = over(clock, first, second), [Sink(), Sink()]
        for sink in sinks:
            await hold(Exchange(Wishes()), link, Recorded(QUESTION), sink, clock=clock)
            first.say([None])
            while link.stands and sink is sinks[0]:
                await asyncio.sleep(0)
        assert types(first) == types(second) == ["update", "append", "commit", "create"]
        assert [sink.audio for sink in sinks] == [b"\1\2", b"\1\2"]
        await link.close()

    run(go())


def test_a_connection_that_is_lost_is_followed_by_another_in_the_same_conversation() -> None:
    async def go() -> None:
        clock = ManualClock()
        first, second = polite(on.ConnectionLost(1011, "oops")), polite()
        link, facts = over(clock, first, second), list[on.Event]()
        link.attach(facts.append)
        link.connect()
        await until(facts, on.SessionStarted)
        first.say([None])
        await until(facts, on.ConnectionLost)
        assert not link.stands
        facts.clear()
        link.connect()
        await until(facts, on.SessionStarted)
        link.send(CONFIGURE)
        await until(facts, on.SessionConfigured)
        assert (types(first), types(second)) == ([], ["update"])
        assert (first.closed, second.closed, link.stands) == (True, False, True)
        first.say(POLITE["connect"])
        second.say([{"type": "input_audio_buffer.speech_started", "item_id": "i"}])
        await until(facts, on.SpeechStarted)
        assert len([each for each in facts if isinstance(each, on.SessionStarted)]) == 1
        await link.close()

    run(go())


def test_what_was_configured_over_the_lost_connection_does_not_stand_over_the_next() -> None:
    async def go() -> None:
        link, facts = over(ManualClock(), polite(), polite()), list[on.Event]()
        link.attach(facts.append)
        link.connect()
        await until(facts, on.SessionStarted)
        assert link.configured(do.ConfigureSession()) is None
        link.send(CONFIGURE)
        await until(facts, on.SessionConfigured)
        assert link.configured(do.ConfigureSession()) == on.SessionConfigured()
        link.connect()
        assert link.configured(do.ConfigureSession()) is None
        await link.close()

    run(go())


def test_what_waited_for_a_connection_that_was_given_up_is_not_sent_over_the_next() -> None:
    class Stuck(FakeTransport):
        async def send(self, message: str) -> None:
            await asyncio.Event().wait()

    async def go() -> None:
        second = polite()
        link = over(ManualClock(), Stuck(POLITE, on.ConnectionLost()), second)
        link.connect()
        await link.up()
        for _ in range(2):  # one is under way, the other waits
            link.send(json.dumps({"type": "of the first"}))
        link.connect()
        await link.up()
        link.send(json.dumps({"type": "of the second"}))
        while not second.sent:
            await asyncio.sleep(0)
        assert second.sent == [{"type": "of the second"}]
        await link.close()

    run(go())


def test_failing_to_connect_is_a_fact_after_which_one_may_try_again() -> None:
    async def go() -> None:
        error, transport = NetworkError("Nothing listens."), polite()
        tries: Iterator[S2SError | Transport] = iter([error, transport])

        async def connect() -> Transport:
            found = next(tries)
            if isinstance(found, S2SError):
                raise found
            return found

        facts: list[on.Event] = []
        link = Link(connect, RealtimeCodec(), ManualClock(), 30.0)
        link.attach(facts.append)
        link.connect()
        await link.up()
        assert facts == [on.ConnectFailed(error)]
        assert not link.stands
        link.connect()
        await until(facts, on.SessionStarted)
        await link.close()

    run(go())


def test_an_exchange_ends_with_what_kept_it_from_connecting() -> None:
    async def go() -> None:
        async def connect() -> Transport:
            raise NetworkError("Nothing listens.")

        clock = ManualClock()
        link = Link(connect, RealtimeCodec(), clock, 30.0)
        with pytest.raises(NetworkError, match="Nothing listens"):
            await hold(Exchange(Wishes()), link, Recorded(QUESTION), Sink(), clock=clock)
        await link.close()

    run(go())


def test_a_conversation_ends_with_what_kept_it_from_connecting() -> None:
    error = NetworkError("Nothing listens.")
    assert Story().tell(on.ConnectFailed(error)).error is error


def test_a_mistake_of_ours_over_a_connection_ends_the_turn() -> None:
    class Broken(FakeTransport):
        async def send(self, message: str) -> None:
            raise ZeroDivisionError

    async def go() -> None:
        clock = ManualClock()
        link = over(clock, Broken(POLITE, on.ConnectionLost()))
        with pytest.raises(Bug) as told:
            await hold(Exchange(Wishes()), link, Recorded(QUESTION), Sink(), clock=clock)
        assert isinstance(told.value.__cause__, ZeroDivisionError)
        await link.close()

    run(go())


# --- a second connection beside the one that stands


def live(clock: ManualClock, *transports: FakeTransport, wall_s: float = 0.0) -> Link:
    waiting = list(transports)

    async def connect() -> Transport:
        return waiting.pop(0)

    return Link(connect, RealtimeCodec(), clock, 30.0, live=True, wall_s=lambda: wall_s)


def lasting(until: int) -> FakeTransport:
    created = {"type": "session.created", "session": {"id": "s", "model": "m", "expires_at": until}}
    return FakeTransport({**POLITE, "connect": [created]}, on.ConnectionLost())


def test_the_next_connection_waits_until_it_is_turned_to_and_then_takes_over() -> None:
    async def go() -> None:
        first, second = polite(), polite()
        link, facts = live(ManualClock(), first, second), list[on.Event]()
        link.attach(facts.append)
        link.connect()
        await until(facts, on.SessionStarted)
        link.connect_next()
        await until(facts, on.NextConnected)
        assert len([each for each in facts if isinstance(each, on.SessionStarted)]) == 1
        link.send(CONFIGURE)
        await until(facts, on.SessionConfigured)
        assert (types(first), types(second)) == (["update"], [])
        facts.clear()
        link.switch_over()
        assert isinstance(facts[0], on.SessionStarted)
        link.send(CONFIGURE)
        await until(facts, on.SessionConfigured)
        assert types(second) == ["update"]
        assert (first.closed, second.closed, link.stands) == (True, False, True)
        first.say([None])
        await asyncio.sleep(0)
        assert not any(isinstance(each, on.ConnectionLost) for each in facts)
        await link.close()

    run(go())


def test_a_next_connection_that_is_refused_or_lost_leaves_the_one_that_stands() -> None:
    refused = {"type": "error", "error": {"code": "too_many", "message": "Too many."}}

    async def go() -> None:
        first = polite()
        others = [FakeTransport({"connect": [refused]}, on.ConnectionLost()), polite()]
        link, facts = live(ManualClock(), first, *others), list[on.Event]()
        link.attach(facts.append)
        link.connect()
        await until(facts, on.SessionStarted)
        link.connect_next()
        await until(facts, on.NextFailed)
        link.switch_over()
        facts.clear()
        link.connect_next()
        await until(facts, on.NextConnected)
        others[1].say([None])
        await until(facts, on.NextFailed)
        link.send(CONFIGURE)
        await until(facts, on.SessionConfigured)
        assert types(first) == ["update"], "it goes on"
        await link.close()
        assert all(each.closed for each in (first, *others))

    run(go())


@pytest.mark.parametrize(
    ("wall_s", "told"), [(1000.0, [3_600_000.0]), (4601.0, []), (-90_000.0, [])]
)
def test_how_long_a_session_lasts_is_told_unless_the_clocks_do_not_agree(
    wall_s: float, told: list[float]
) -> None:
    async def go() -> None:
        link, facts = live(ManualClock(), lasting(4600), wall_s=wall_s), list[on.Event]()
        link.attach(facts.append)
        link.connect()
        await until(facts, on.SessionStarted)
        await asyncio.sleep(0)
        assert [each.ms for each in facts if isinstance(each, on.SessionExpires)] == told
        await link.close()

    run(go())


def test_a_connection_is_closed_even_if_whoever_closes_it_is_cancelled_at_once() -> None:
    async def go() -> None:
        clock, transport = ManualClock(), polite()
        link = over(clock, transport)
        await hold(Exchange(Wishes()), link, Recorded(QUESTION), Sink(), clock=clock)
        closing = asyncio.create_task(link.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        while not transport.closed:
            await asyncio.sleep(0)

    run(go())
