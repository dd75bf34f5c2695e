"""What a session does with the orders of its rules, and that it leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar, cast

import pytest
from manual_clock import ManualClock
from test_exchange_loop import POLITE, FakeTransport, Recorded, Sink, over
from test_loop_rules import Scripted
from test_lost_devices import MicrophoneCard, SpeakerCard

from s2s import pcm
from s2s.audio.events import AudioCaptured, AudioPlayed, Event
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.conversation import Conversation
from s2s.conversation.exchange import Exchange
from s2s.conversation.session_config import Wishes
from s2s.errors import Bug, NetworkError, S2SError, WriteError
from s2s.session.devices import Devices
from s2s.session.exchange import hold
from s2s.session.link import Link
from s2s.session.outbox import Outbox
from s2s.session.talk import converse
from s2s.session.thread_inbox import Bridge
from s2s.wire.realtime.codec import RealtimeCodec
from s2s.wire.transport import Transport

T = TypeVar("T")
CHUNK = b"\1\0" * 480


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 30))


async def until(true: Callable[[], object]) -> None:
    while not true():
        await asyncio.sleep(0)


class Ordering(Scripted):
    """Rules that connect, hear everything, and give orders for what is typed."""

    def start(self) -> list[do.Command]:
        return [do.Connect(), *super().start()]

    def handle(self, event: on.Event) -> list[do.Command]:
        return super().handle(event) if isinstance(event, on.TextEntered) else []


class Held:
    """A conversation with devices and a connection that the test turns by hand."""

    def __init__(self, orders: dict[str, list[do.Command] | Exception]) -> None:
        self.clock, self.bridge = ManualClock(), Bridge()
        self.devices = Devices(self.bridge)
        self.microphone, self.speaker = MicrophoneCard(), SpeakerCard()
        self.transport = FakeTransport(POLITE, on.ConnectionLost())
        self.seen: list[on.Event | do.Command] = []
        self.rules = Ordering(orders)

    async def connect(self) -> Transport:
        return self.transport

    def begin(self) -> asyncio.Task[None]:
        self.devices.open_microphone(self.microphone)
        return asyncio.create_task(
            converse(
                cast(Conversation, self.rules),
                self.connect,
                self.devices,
                self.speaker,
                self.bridge,
                codec=RealtimeCodec(),
                timeout_s=5.0,
                clock=self.clock,
                observers=(lambda _, happening: self.seen.append(happening),),
            )
        )

    async def type(self, text: str) -> None:
        event = on.TextEntered(text)
        self.bridge(event)
        await until(lambda: event in self.seen)


def test_the_devices_rest_and_wake_and_the_microphone_closes_when_the_rules_say_so() -> None:
    async def go() -> None:
        held = Held({
            "rest": [do.RestDevices()], "wake": [do.WakeDevices()],
            "deaf": [do.CloseMicrophone()], "end": [do.End(None)],
        })  # fmt: skip
        talk = held.begin()
        for order, states in (
            ("rest", ("resting", "resting")),
            ("wake", ("open", "open")),
            ("deaf", ("closed", "open")),
        ):
            await held.type(order)
            assert (held.microphone.state, held.speaker.state) == states
        await held.type("end")
        await held.clock.advance(1)
        await talk

    run(go())


@pytest.mark.parametrize("error", [None, NetworkError("gone")])
def test_whatever_it_ends_with_both_devices_and_the_connection_are_closed(
    error: S2SError | None,
) -> None:
    async def go() -> None:
        held = Held({"end": [do.End(error)]})
        talk = held.begin()
        await until(lambda: any(isinstance(each, on.SessionStarted) for each in held.seen))
        await held.type("end")
        await held.clock.advance(1)
        if error:
            with pytest.raises(NetworkError):
                await talk
        else:
            await talk
        assert (held.microphone.state, held.speaker.state) == ("closed", "closed")
        assert held.transport.closed

    run(go())


def test_the_last_25_ms_that_the_speaker_took_sound_before_it_is_closed() -> None:
    async def go() -> None:
        held = Held({"end": [do.End(None)]})
        talk = held.begin()
        await held.type("end")
        assert held.speaker.latency_ms == 25.0
        await held.clock.advance(0.024)
        assert held.speaker.state == "open"
        await held.clock.advance(0.002)
        assert held.speaker.state == "closed"
        await talk

    run(go())


def test_a_speaker_that_fails_as_it_closes_keeps_nothing_else_open() -> None:
    class Full(SpeakerCard):
        def close(self) -> None:
            super().close()
            raise WriteError("The disk is full.")

    async def go() -> None:
        held = Held({"end": [do.End(None)]})
        held.speaker = Full()
        talk = held.begin()
        await until(lambda: any(isinstance(each, on.SessionStarted) for each in held.seen))
        await held.type("end")
        await held.clock.advance(1)
        with pytest.raises(WriteError):
            await talk
        assert held.transport.closed
        assert held.microphone.state == "closed"

    run(go())


def test_a_network_that_takes_nothing_is_told_with_how_much_sound_waits() -> None:
    class Stuck(FakeTransport):
        async def send(self, message: str) -> None:
            await asyncio.Event().wait()

    async def go() -> None:
        held = Held({"say": [do.SendAudio(CHUNK)], "end": [do.End(None)]})
        held.transport = Stuck(POLITE, on.ConnectionLost())
        talk = held.begin()
        await held.type("say")
        await held.clock.advance(5.1)
        await held.type("say")
        await until(lambda: on.SendingStalled(40) in held.seen)
        await held.type("end")
        await held.clock.advance(1)
        await talk

    run(go())


# --- devices


def devices() -> tuple[Devices, list[Event]]:
    posted: list[Event] = []
    return Devices(posted.append), posted


def test_a_microphone_that_another_takes_the_place_of_is_closed() -> None:
    both, _ = devices()
    first, second = MicrophoneCard(), MicrophoneCard()
    both.open_microphone(first)
    both.open_microphone(second)
    assert (first.state, second.state) == ("closed", "open")


def test_once_the_speaker_is_closed_what_is_captured_lies_beside_silence_at_once() -> None:
    both, posted = devices()
    microphone, speaker = MicrophoneCard(), SpeakerCard()
    both.open_microphone(microphone)
    both.open_speaker(speaker)
    speaker.sound(40)
    both.close_speaker()
    for _ in range(7):
        microphone.post(AudioCaptured(CHUNK))
    played = b"".join(each.pcm for each in posted if isinstance(each, AudioPlayed))
    assert pcm.duration_ms(len(played)) >= 100


# --- the connection


def test_only_what_still_waits_is_told_of_a_network_that_is_too_slow() -> None:
    class Network:
        lost = on.ConnectionLost()

        def __init__(self) -> None:
            self.room, self.sent = asyncio.Semaphore(2), 0

        async def send(self, message: str) -> None:
            await self.room.acquire()
            self.sent += 1

    async def go() -> None:
        posted, clock, network = list[on.Event](), ManualClock(), Network()
        outbox = Outbox(posted.append, timeout_s=5.0, clock=clock)
        sending = asyncio.create_task(outbox.send_over(cast(Transport, network)))
        for _ in range(4):
            outbox.put("x", pcm.size_of(20))
        await until(lambda: network.sent == 2)
        await clock.advance(5.1)
        outbox.put("x", pcm.size_of(20))
        assert posted == [on.SendingStalled(60)]
        sending.cancel()

    run(go())


def test_how_a_connection_ended_between_two_turns_is_told_to_the_next_one_only() -> None:
    async def go() -> None:
        transport = FakeTransport(POLITE, on.ConnectionLost(1001, "bye"))
        link = over(ManualClock(), transport)
        link.connect()
        transport.say([None])
        await until(lambda: not link.stands)
        first, second = list[on.Event](), list[on.Event]()
        link.attach(first.append)
        link.detach()
        link.attach(second.append)
        assert on.ConnectionLost(1001, "bye") in first
        assert on.ConnectionLost(1001, "bye") not in second
        await link.close()

    run(go())


def test_a_mistake_of_ours_while_connecting_is_told_and_not_waited_for() -> None:
    async def go() -> None:
        async def connect() -> Transport:
            raise ZeroDivisionError

        facts: list[on.Event] = []
        link = Link(connect, RealtimeCodec(), ManualClock(), 30.0)
        link.attach(facts.append)
        link.connect()
        await link.up()
        (failed,) = facts
        assert isinstance(failed, on.ConnectFailed)
        assert isinstance(failed.error, Bug)
        assert not link.stands
        await link.close()

    run(go())


def test_a_mistake_over_a_connection_that_was_given_up_is_no_news_of_the_next() -> None:
    async def go() -> None:
        begun: list[int] = []

        async def connect() -> Transport:
            begun.append(1)
            if len(begun) > 1:
                return FakeTransport(POLITE, on.ConnectionLost())
            try:
                await asyncio.Event().wait()
            finally:
                raise ZeroDivisionError

        facts: list[on.Event] = []
        link = Link(connect, RealtimeCodec(), ManualClock(), 30.0)
        link.attach(facts.append)
        link.connect()
        await until(lambda: begun)
        link.connect()
        await until(lambda: facts)
        assert facts == [on.SessionStarted("s", "")]
        assert link.stands
        await link.close()

    run(go())


def test_half_a_letter_that_a_lost_connection_leaves_is_told_before_the_loss() -> None:
    async def go() -> None:
        transport = FakeTransport({}, on.ConnectionLost(1006))
        link, facts = over(ManualClock(), transport), list[on.Event]()
        link.attach(facts.append)
        link.connect()
        delta = {"type": "response.output_text.delta", "response_id": "r", "delta": "a\ud83d"}
        transport.say([delta, None])
        await until(lambda: on.ConnectionLost(1006) in facts)
        part = on.Part("r", "", 0, 0)
        assert facts == [
            on.TextReceived(part, "a"),
            on.TextReceived(part, "\ufffd"),
            on.ConnectionLost(1006),
        ]
        await link.close()

    run(go())


def test_a_setting_that_was_refused_does_not_stand_because_another_was_taken() -> None:
    """What the endpoint takes next is the answer to what was asked for next."""

    async def go() -> None:
        transport = FakeTransport({}, on.ConnectionLost())
        link, facts = over(ManualClock(), transport), list[on.Event]()
        link.attach(facts.append)
        link.connect()
        refused = do.ConfigureTranscription("first")
        assert link.configured(refused) is None
        transport.say([{"type": "error", "error": {"message": "No."}}])
        await until(lambda: facts)
        transport.say([{"type": "session.updated"}])
        await until(lambda: on.SessionConfigured() in facts)
        assert link.configured(refused) is None
        await link.close()

    run(go())


# --- an exchange


def test_a_recording_is_not_read_for_an_endpoint_that_cannot_be_reached() -> None:
    read: list[int] = []

    class Precious(Recorded):
        def chunks(self, ms: int) -> Iterator[bytes]:
            read.append(ms)
            yield from super().chunks(ms)

    async def go() -> None:
        async def connect() -> Transport:
            await asyncio.sleep(0)
            assert not read
            raise NetworkError("Nothing listens.")

        clock = ManualClock()
        link = Link(connect, RealtimeCodec(), clock, 30.0)
        with pytest.raises(NetworkError):
            await hold(Exchange(Wishes()), link, Precious(CHUNK), Sink(), clock=clock)
        await link.close()

    run(go())


def test_an_exchange_that_fails_reads_no_further() -> None:
    over_now: list[bool] = []

    class Endless(Recorded):
        def chunks(self, ms: int) -> Iterator[bytes]:
            try:
                while True:
                    yield CHUNK * 50
            finally:
                over_now.append(True)

    async def go() -> None:
        clock = ManualClock()
        refusing = {**POLITE, "session.update": [{"type": "error", "error": {"message": "No"}}]}
        link = over(clock, FakeTransport(refusing, on.ConnectionLost()))
        with pytest.raises(S2SError):
            await hold(Exchange(Wishes()), link, Endless(), Sink(), clock=clock)
        await link.close()

    run(go())
    assert over_now == [True]


def test_an_upload_that_the_network_does_not_take_ends_the_exchange() -> None:
    class Stuck(FakeTransport):
        async def send(self, message: str) -> None:
            if "append" in message:
                await asyncio.Event().wait()
            await super().send(message)

    async def go() -> None:
        clock = ManualClock()
        link = over(clock, transport := Stuck(POLITE, on.ConnectionLost()))
        talk = asyncio.create_task(
            hold(Exchange(Wishes(timeout_ms=7_000.0)), link, Recorded(CHUNK), Sink(), clock=clock)
        )
        await until(lambda: transport.sent)
        for _ in range(200):
            await asyncio.sleep(0.001)  # until the thread that reads has handed its chunk over
            await clock.advance(0.05)
            if talk.done():
                break
        with pytest.raises(NetworkError, match="for 7 s while uploading"):
            await asyncio.wait_for(talk, 10)
        await link.close()

    run(go())
