"""Nothing but the codec knows the wire: a conversation is held over lines of words."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import ClassVar

from fakes import tone
from manual_clock import ManualClock

from s2s import pcm
from s2s.audio.live.file_devices import FileMicrophone, FileSpeaker
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.conversation import Conversation
from s2s.conversation.exchange import Exchange
from s2s.conversation.session_config import ServerVad, TalkWishes, Wishes
from s2s.errors import RefusedError, S2SError
from s2s.session.devices import Devices
from s2s.session.exchange import hold
from s2s.session.link import Link
from s2s.session.talk import converse
from s2s.session.thread_inbox import Bridge

ANSWER = "Four."
SOUND = tone(400)


def part(response: str) -> on.Part:
    return on.Part(response, f"i-{response}", 0, 0)


class Lines:
    """A codec: one line, one message; its first word says what it is."""

    READ: ClassVar[dict[str, Callable[[str, str], on.Event]]] = {
        "welcome": lambda name, _: on.SessionStarted(name, "toy"),
        "ready": lambda _, __: on.SessionConfigured(),
        "loud": lambda item, _: on.SpeechStarted(item, 0),
        "quiet": lambda item, _: on.SpeechStopped(item, 0),
        "noted": lambda item, _: on.InputCommitted(item),
        "heard": on.UserTranscribed,
        "begin": lambda response, _: on.ResponseStarted(response),
        "say": lambda response, words: on.TextReceived(part(response), words),
        "play": lambda response, coded: on.AudioReceived(part(response), bytes.fromhex(coded)),
        "hush": lambda response, _: on.AudioEnded(part(response)),
        "end": lambda response, _: on.ResponseEnded(response, "completed"),
        "no": lambda order, words: on.ErrorReported("", "", words, cause=Cause.KEY, order=order),
    }

    def another(self) -> Lines:
        return Lines()

    def decode(self, message: str | bytes) -> list[on.Event]:
        assert isinstance(message, str)
        kind, name, rest = (*message.split(" ", 2), "", "")[:3]
        return [self.READ[kind](name, rest)]

    def finish(self) -> list[on.Event]:
        return []

    def encode(self, command: do.Command) -> str | None:
        if isinstance(command, do.ConfigureSession):
            return f"please {command.voice}"
        if isinstance(command, do.SendAudio):
            return f"sound {command.pcm.hex()}"
        if isinstance(command, do.TruncateItem):
            return f"cut {command.item_id} {command.heard_ms}"
        orders = {
            do.CommitAudio: "that's it",
            do.CreateResponse: "answer",
            do.AskForSign: "there?",
        }
        return orders.get(type(command))


class LineEndpoint:
    """Speaks lines; takes a second of sound, and then silence, for a turn."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.sent: list[str] = []
        self.lost = on.ConnectionLost()
        self._refuses = refuses
        self._turns = itertools.count(1)
        self._speaks = False
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._say("welcome s-1")

    async def send(self, message: str) -> None:
        kind, _, rest = message.partition(" ")
        self.sent.append(kind)
        if kind == "please":
            self._say("no ConfigureSession Wrong key" if self._refuses else "ready")
        elif kind == "sound":
            self._hear(bytes.fromhex(rest))
        elif kind == "that's":
            self._say("noted u-0", "heard u-0 two and two")
        elif kind == "answer":
            self._answer("r-0")
        elif kind == "there?":
            self._say("ready")

    def _hear(self, chunk: bytes) -> None:
        loud = pcm.peak(chunk) > 0.01
        if loud and not self._speaks:
            self._say("loud u-1")
        elif self._speaks and not loud:
            self._say("quiet u-1", "noted u-1", "heard u-1 two and two")
            self._answer(f"r-{next(self._turns)}")
        self._speaks = loud

    def _answer(self, response: str) -> None:
        self._say(f"begin {response}", f"say {response} {ANSWER}")
        self._say(f"play {response} {SOUND.hex()}", f"hush {response}", f"end {response} completed")

    def _say(self, *lines: str) -> None:
        for line in lines:
            self._lines.put_nowait(line)

    async def messages(self) -> AsyncIterator[str | bytes]:
        while (line := await self._lines.get()) is not None:
            yield line

    async def close(self) -> None:
        self._lines.put_nowait(None)


class Recorded:
    """What the user says."""

    peak = 0.3

    def __init__(self, audio: bytes) -> None:
        self._audio = audio

    def chunks(self, ms: int) -> Iterator[bytes]:
        size = pcm.size_of(ms)
        for at in range(0, len(self._audio), size):
            yield self._audio[at : at + size]


class Kept:
    """What is heard, or kept of a reply."""

    def __init__(self) -> None:
        self.audio = b""

    def write(self, audio: bytes) -> None:
        self.audio += audio

    def restart(self) -> None: ...

    def complete(self) -> None: ...

    def abandon(self) -> None: ...


def exchange(endpoint: LineEndpoint) -> tuple[bytes, list[do.ShowText], S2SError | None]:
    """Send a recording; return what came back."""
    kept, shown = Kept(), []

    def observe(_: float, happening: on.Event | do.Command) -> None:
        if isinstance(happening, do.ShowText):
            shown.append(happening)

    async def connect() -> LineEndpoint:
        return endpoint

    async def run() -> None:
        clock = ManualClock()
        link = Link(connect, Lines(), clock, 30.0)
        question = Recorded(tone(1500))
        held = hold(Exchange(Wishes()), link, question, kept, clock=clock, observers=(observe,))
        await asyncio.wait_for(held, 60)
        await link.close()

    try:
        asyncio.run(run())
    except S2SError as error:
        return kept.audio, shown, error
    return kept.audio, shown, None


def test_an_exchange_is_held_over_another_protocol() -> None:
    endpoint = LineEndpoint()
    audio, shown, error = exchange(endpoint)
    assert error is None
    assert audio == SOUND
    assert [(each.role, each.text) for each in shown if each.text] == [
        ("user", "two and two"),
        ("assistant", ANSWER),
    ]
    assert endpoint.sent == ["please", "sound", "sound", "that's", "answer"]


def test_a_refusal_in_another_protocol_is_known_by_its_cause() -> None:
    _, _, error = exchange(LineEndpoint(refuses=True))
    assert isinstance(error, RefusedError)
    assert error.message == "The endpoint refused: Wrong key."


def test_a_conversation_is_held_over_another_protocol() -> None:
    happened: list[on.Event | do.Command] = []
    endpoint, heard = asyncio.run(_converse(happened))
    assert [kind for kind in endpoint.sent if kind != "sound"] == ["please", "there?"]
    assert [each.text for each in happened if isinstance(each, on.UserTranscribed)] == [
        "two and two"
    ]
    played = [each for each in happened if isinstance(each, on.PartPlayed)]
    assert played == [on.PartPlayed(part("r-1"), 400)]
    assert pcm.peak(heard.audio) > 0.2


async def _converse(happened: list[on.Event | do.Command]) -> tuple[LineEndpoint, Kept]:
    clock, bridge, heard, endpoint = ManualClock(), Bridge(), Kept(), LineEndpoint()

    async def connect() -> LineEndpoint:
        return endpoint

    microphone = FileMicrophone(Recorded(tone(1000) + pcm.silence(500)), clock)
    devices = Devices(bridge)
    devices.open_microphone(microphone)
    talk = asyncio.create_task(
        converse(
            Conversation(TalkWishes(do.ConfigureSession(turn_detection=ServerVad()))),
            connect,
            devices,
            FileSpeaker(heard, clock),
            bridge,
            codec=Lines(),
            timeout_s=30,
            clock=clock,
            observers=(lambda _, happening: happened.append(happening),),
        )
    )
    await asyncio.sleep(0.05)  # for the thread that reads the recording
    while not talk.done() and clock.now() < 60:
        await clock.advance(0.02)
        await asyncio.sleep(0)
    if not talk.done():
        talk.cancel()
    await talk
    return endpoint, heard
