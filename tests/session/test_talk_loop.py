"""Whole conversations: files for microphone and speaker, an endpoint in-process, a manual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fakes import service, tone
from in_process import InProcessEndpoint
from manual_clock import ManualClock
from watched import Watched

from s2s import pcm
from s2s.audio.files.read_ahead import Readable
from s2s.audio.live.file_devices import FileMicrophone, FileSpeaker
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.conversation import Conversation
from s2s.conversation.session_config import ServerVad, TalkWishes
from s2s.errors import Bug, NetworkError, S2SError
from s2s.session.devices import Devices
from s2s.session.talk import converse
from s2s.session.thread_inbox import Bridge
from s2s.wire.realtime.codec import RealtimeCodec

LOOK_AGAIN_S = 0.001  # while the thread that reads has something to hand over
SERVER_VAD = ServerVad()


class Spoken:
    """What the user says: PCM, given in chunks."""

    peak = 0.3

    def __init__(self, audio: bytes) -> None:
        self._audio = audio

    def chunks(self, ms: int) -> Iterator[bytes]:
        size = pcm.size_of(ms)
        for at in range(0, len(self._audio), size):
            yield self._audio[at : at + size]


class Heard:
    """What came out of the speaker."""

    def __init__(self) -> None:
        self.audio = b""

    def write(self, pcm: bytes) -> None:
        self.audio += pcm

    def loud_ms(self, until_s: float = 1e9) -> int:
        """How long something sounded, in steps of 10 ms."""
        size = pcm.size_of(10)
        end = min(len(self.audio), pcm.size_of(until_s * 1000))
        blocks = (self.audio[at : at + size] for at in range(0, end, size))
        return 10 * sum(pcm.level(block) > 0.01 for block in blocks)


class Talk:
    """A conversation that runs to its end on a clock of its own."""

    def __init__(self, said: bytes, script: Any = None, wishes: TalkWishes | None = None) -> None:
        self.service = service(script)
        self.recording: Readable = Spoken(said)
        self.session = do.ConfigureSession(turn_detection=SERVER_VAD)
        self.wishes = wishes or TalkWishes(self.session)
        self.clock = ManualClock()
        self.heard = Heard()
        self.happened: list[tuple[float, on.Event | do.Command]] = []
        self.endpoint: InProcessEndpoint
        self.error: BaseException | None = None
        self.connects_after_s = 0.0
        self.why_dead: Callable[[], S2SError] | None = None
        self.bridge = Bridge()
        self.at: list[tuple[float, on.Event]] = []  # what happens at which second

    def run(self, most_s: float = 60.0) -> Talk:
        asyncio.run(self._run(most_s))
        return self

    async def _run(self, most_s: float) -> None:
        async def connect() -> InProcessEndpoint:
            await self.clock.sleep_until(self.connects_after_s)
            self.endpoint = InProcessEndpoint(self.service, self.clock)
            return self.endpoint

        recording = Watched(self.recording)
        devices = Devices(self.bridge)
        speaker = FileSpeaker(self.heard, self.clock)
        devices.open_microphone(FileMicrophone(recording, self.clock))
        talk = asyncio.create_task(
            converse(
                Conversation(self.wishes),
                connect,
                devices,
                speaker,
                self.bridge,
                codec=RealtimeCodec(),
                timeout_s=30,
                clock=self.clock,
                why_dead=self.why_dead,
                observers=(
                    recording.taken,
                    lambda at, happening: self.happened.append((at, happening)),
                ),
            )
        )
        pending = sorted(self.at, key=lambda each: each[0])
        while not talk.done() and self.clock.now() < most_s:
            while pending and pending[0][0] <= self.clock.now():
                self.bridge(pending.pop(0)[1])
            while recording.is_read() and not talk.done():
                await asyncio.sleep(LOOK_AGAIN_S)
            await self.clock.advance(0.02)
        if not talk.done():
            talk.cancel()
        (self.error,) = await asyncio.gather(talk, return_exceptions=True)

    def of(self, kind: type) -> list[Any]:
        return [each for _, each in self.happened if isinstance(each, kind)]

    def when(self, kind: type) -> list[float]:
        return [at for at, each in self.happened if isinstance(each, kind)]

    @property
    def states(self) -> list[str]:
        return [each.state for each in self.of(do.ShowState)]


def test_what_is_said_is_answered_and_the_answer_is_heard_out() -> None:
    talk = Talk(tone(1000), {"turns": [{"tone": "440/2s"}]}).run()
    assert talk.error is None
    assert talk.heard.loud_ms() == pytest.approx(2000, abs=20)
    assert talk.states == ["connecting", "listening", "hearing you", "listening", "thinking",
                           "speaking", "listening"]  # fmt: skip


def test_an_answer_that_comes_at_once_is_heard_whole_however_long_it_is() -> None:
    talk = Talk(tone(500), {"turns": [{"tone": "440/60s", "pace": "burst"}]}).run(most_s=90)
    assert talk.error is None
    assert talk.heard.loud_ms() == pytest.approx(60_000, abs=20)


def test_an_answer_shorter_than_the_prebuffer_is_heard() -> None:
    talk = Talk(tone(500), {"turns": [{"tone": "440/40ms"}]}).run()
    assert talk.heard.loud_ms() == pytest.approx(40, abs=10)


def test_first_words_from_before_the_connection_stands_are_not_lost() -> None:
    talk = Talk(tone(1000), {"turns": [{"tone": "440/1s"}]})
    talk.connects_after_s = 0.9
    talk.run()
    (started,) = talk.of(on.SpeechStarted)
    (stopped,) = talk.of(on.SpeechStopped)
    assert started.start_ms < 50
    assert stopped.end_ms == pytest.approx(1500, abs=60)
    assert talk.heard.loud_ms() == pytest.approx(1000, abs=20)


def test_speaking_into_an_answer_silences_it_and_the_endpoint_forgets_what_was_not_heard() -> None:
    said = tone(500) + pcm.silence(2000) + tone(500)  # the answer begins at 1 s, lasts till 7 s
    talk = Talk(said, {"turns": [{"tone": "440/6s"}, {"tone": "660/500ms"}]}).run()
    assert talk.error is None
    (truncated,) = talk.endpoint.of("conversation.item.truncate")
    (cleared,) = talk.of(on.PlayoutCleared)
    (heard,) = cleared.heard
    assert truncated["audio_end_ms"] == heard.ms
    begun, silent = talk.when(on.PartStarted)[0], talk.when(on.PlayoutCleared)[0]
    assert heard.ms == pytest.approx(1000 * (silent - begun), abs=30)
    assert not talk.endpoint.of("response.cancel"), "the endpoint interrupts by itself"
    assert talk.heard.loud_ms(until_s=silent + 0.2) == pytest.approx(heard.ms, abs=20)
    assert talk.heard.loud_ms() == pytest.approx(heard.ms + 500, abs=40)


def test_a_lost_connection_lets_the_answer_be_heard_out_and_is_told_in_the_end() -> None:
    talk = Talk(tone(500) + pcm.silence(20_000), {"turns": [{"tone": "440/4s"}]})

    async def run() -> None:
        task = asyncio.create_task(talk._run(20))
        while not talk.of(on.ResponseEnded):
            await asyncio.sleep(0)
        talk.endpoint.hang_up()
        await task

    asyncio.run(run())
    assert isinstance(talk.error, NetworkError)
    assert talk.heard.loud_ms() == pytest.approx(4000, abs=20)


def test_the_assistant_speaks_first_when_it_is_asked_to() -> None:
    wishes = TalkWishes(do.ConfigureSession(turn_detection=SERVER_VAD), greet=True)
    talk = Talk(b"", {"turns": [{"tone": "440/1s"}]}, wishes).run()
    assert talk.endpoint.types()[:2] == ["session.update", "response.create"]
    assert talk.heard.loud_ms() == pytest.approx(1000, abs=20)


def test_half_duplex_sends_nothing_while_the_answer_sounds() -> None:
    wishes = TalkWishes(do.ConfigureSession(turn_detection=SERVER_VAD), half_duplex=True)
    said = tone(500) + pcm.silence(1500) + tone(500)
    talk = Talk(said, {"turns": [{"tone": "440/3s"}]}, wishes).run()
    assert talk.error is None
    assert talk.heard.loud_ms() == pytest.approx(3000, abs=20)
    assert len(talk.of(on.SpeechStarted)) == 1


def test_a_turn_of_the_key_is_the_whole_recording() -> None:
    wishes = TalkWishes(do.ConfigureSession())
    talk = Talk(tone(1000), None, wishes)
    talk.bridge(on.TalkPressed())
    talk.run()
    assert talk.error is None
    assert talk.endpoint.types() == [
        "session.update", "input_audio_buffer.clear", "input_audio_buffer.commit",
        "response.create",
    ]  # fmt: skip
    assert talk.heard.loud_ms() == pytest.approx(1000, abs=30)


def test_leaving_by_the_limit_hears_the_answer_out() -> None:
    wishes = TalkWishes(do.ConfigureSession(turn_detection=SERVER_VAD), max_ms=2000)
    talk = Talk(tone(500) + pcm.silence(60_000), {"turns": [{"tone": "440/4s"}]}, wishes).run()
    assert talk.error is None
    assert talk.heard.loud_ms() == pytest.approx(4000, abs=20)
    assert talk.clock.now() < 8


def test_a_failed_response_at_the_end_of_a_recording_is_what_the_program_ends_with() -> None:
    fail = {"fail": {"status": "failed", "code": "server_error", "message": "Out of order."}}
    talk = Talk(tone(500), {"turns": [fail]}).run()
    assert isinstance(talk.error, S2SError)
    assert "Out of order" in talk.error.message


class Broken(Spoken):
    """A recording that we make a mistake over, after half a second."""

    def chunks(self, ms: int) -> Iterator[bytes]:
        yield from [tone(ms)] * (500 // ms)
        raise ZeroDivisionError


class BrokenSink(Heard):
    """Something that we make a mistake over, once."""

    broken = False

    def write(self, pcm: bytes) -> None:
        if not self.broken:
            self.broken = True
            raise ZeroDivisionError


def cause(error: BaseException | None) -> BaseException | None:
    assert isinstance(error, Bug)
    return error.__cause__


def test_a_mistake_over_the_recording_ends_the_conversation_as_a_bug() -> None:
    talk = Talk(b"")
    talk.recording = Broken(b"")
    assert isinstance(cause(talk.run().error), ZeroDivisionError)


def test_a_mistake_over_what_is_heard_ends_the_conversation_as_a_bug() -> None:
    talk = Talk(b"")
    talk.heard = BrokenSink()
    assert isinstance(cause(talk.run().error), ZeroDivisionError)


def test_a_mistake_in_finding_out_about_a_silent_microphone_ends_it_as_a_bug() -> None:
    def broken() -> S2SError:
        raise ZeroDivisionError

    talk = Talk(pcm.silence(10_000))
    talk.why_dead = broken
    assert isinstance(cause(talk.run().error), ZeroDivisionError)
