"""The whole of `talk` in a computed room, faster than real time: what is said, heard and told.

Rules, loop, chain, canceller, detector and playout are those of the program; the endpoint is the
local one, with silero at its default threshold. Time is that of a loop on which it passes only
when there is nothing left to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from in_process import InProcessEndpoint
from room import BLOCK, Air, Room, Samples, as_pcm
from virtual_time import VirtualTimeLoop, run_in_virtual_time

from s2s import pcm
from s2s.audio.devices.protocols import BLOCK_MS, PCM, Post, Pull, Source
from s2s.audio.echo.ears import Ears
from s2s.audio.events import Times
from s2s.audio.live.playout import FADE_MS
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.conversation import Conversation
from s2s.conversation.session_config import (
    BargeInMode,
    ConfigureTranscription,
    ServerVad,
    TalkWishes,
)
from s2s.local.connection import Service
from s2s.local.engines import Turn
from s2s.local.steps import Pace, Sound, Step
from s2s.local.vad import SileroDetector
from s2s.session.devices import Devices
from s2s.session.talk import converse
from s2s.session.thread_inbox import Bridge
from s2s.wire.realtime.codec import RealtimeCodec

Echo = Literal["auto", "cancel", "platform"]  # platform: the detector, and no canceller
Happening = on.Event | do.Command
PACE = Pace(delta_ms=260, speed=5.0)  # as OpenAI's API sends
_NOTED = (
    on.PartStarted, on.PartPlayed, on.PlayoutCleared, on.PlayoutHeld, on.PlayoutResumed,
    on.PlayoutUnderrun, on.VoiceStarted, on.VoiceStopped, on.SpeechStarted, on.SpeechStopped,
    on.EchoJudged, do.TruncateItem, do.DeleteItem, do.HoldPlayout, do.ClearPlayout, do.Warn,
)  # fmt: skip


class LoopClock:
    """The loop's own time."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep_until(self, when: float) -> None:
        await asyncio.sleep(max(0.0, when - self.now()))


class RoomMicrophone:
    """Hears the room, 20 ms at a time."""

    def __init__(self, air: Air) -> None:
        self._air = air
        self._next: asyncio.TimerHandle | None = None

    def start(self, post: Post) -> None:
        loop = asyncio.get_running_loop()

        def give() -> None:
            post(self._air.next_chunk())
            self._next = loop.call_at(self._air.next_chunk_ms / 1000, give)

        self._next = loop.call_at(self._air.next_chunk_ms / 1000, give)

    def rest(self) -> None:
        """Go on: what is saved that way is the processor's work."""

    def wake(self) -> None:
        """Go on."""

    def close(self) -> None:
        if self._next:
            self._next.cancel()


class RoomSpeaker:
    """Sounds in the room, 10 ms at a time; as it opens, some buffers are filled at once."""

    latency_ms = 0.0

    def __init__(self, air: Air) -> None:
        self._air = air
        self.at_once = 2
        self._source: Source | None = None
        self._pull: Pull | None = None
        self._next: asyncio.TimerHandle | None = None
        self._opened_s = self._due_s = 0.0
        self._blocks = 0

    def start(self, source: Source, post: Post) -> None:
        self._source = source
        self._open()

    def _open(self) -> None:
        assert self._source
        loop = asyncio.get_running_loop()
        self._pull, self._blocks = self._source.opened(PCM), 0
        self._opened_s = self._due_s = loop.time()
        for _ in range(self.at_once):
            self._take()
        self._wait()

    def _wait(self) -> None:
        self._due_s += BLOCK_MS / 1000
        self._next = asyncio.get_running_loop().call_at(self._due_s, self._again)

    def _again(self) -> None:
        self._take()
        self._wait()

    def _take(self) -> None:
        assert self._pull
        block = self._pull(BLOCK, Times(self._blocks * BLOCK))
        self._air.sounds(block, self._opened_s * 1000 + self._blocks * BLOCK_MS)
        self._blocks += 1

    def underrun(self, ms: float) -> None:
        """Ask for nothing and play nothing, and go on later."""
        self._opened_s += ms / 1000
        self._due_s += ms / 1000
        assert self._next
        self._next.cancel()
        self._next = asyncio.get_running_loop().call_at(self._due_s, self._again)

    def rest(self) -> None:
        if self._next and self._source:
            self._next.cancel()
            self._next = None
            self._source.rests()

    def wake(self) -> None:
        if self._next is None:
            self._open()

    def close(self) -> None:
        self.rest()


class Ear:
    """The engine: replies as they are given to it, and what it heard of each turn."""

    name = "benchmark"
    instant = True

    def __init__(self, replies: Callable[[int], bytes], words: Callable[[bytes], str]) -> None:
        self._replies, self._words = replies, words
        self.count = 0
        self.heard: list[str] = []  # the words of each turn of the user

    def hear(self, pcm: bytes) -> str:
        self.heard.append(self._words(pcm))
        return self.heard[-1]

    def reply(self, turn: Turn) -> Iterator[Step]:
        audio = self._replies(self.count)
        self.count += 1
        return iter([PACE, Sound(audio, f"reply {self.count}")])


@dataclass
class Setting:
    """What a conversation is held in, and how."""

    room: Room
    replies: Callable[[int], bytes]
    words: Callable[[bytes], str] = lambda _: "What was that?"
    echo: Echo | None = "auto"
    barge_in: BargeInMode | None = None
    hint_ms: float | None = None


@dataclass
class Scene:
    """A conversation while it lasts, and what happened; times are ms since the beginning."""

    setting: Setting
    happened: list[tuple[float, Happening]] = field(default_factory=list)
    taken: bytearray = field(default_factory=bytearray)
    """What the speaker took, silence included."""

    def __post_init__(self) -> None:
        self.air = Air(self.setting.room)
        self.ear = Ear(self.setting.replies, self.setting.words)
        self.speaker = RoomSpeaker(self.air)
        self.endpoint: InProcessEndpoint
        self._sounds = 0  # replies that sound
        self._changed = asyncio.Event()

    # --- what is done

    @property
    def now_ms(self) -> float:
        return LoopClock().now() * 1000

    async def wait(self, ms: float) -> None:
        await asyncio.sleep(ms / 1000)

    def say(self, samples: Samples, in_ms: float = 0.0) -> float:
        """Say something; return when its first sample is heard at the microphone."""
        # The chunk that is being captured has begun already: its end is the first that can change.
        at_ms = max(self.now_ms + in_ms, self.air.next_chunk_ms)
        self.air.say(samples, at_ms)
        return at_ms

    @property
    def sounds(self) -> bool:
        """Whether a reply has begun to sound and is neither cut nor heard out."""
        return self._sounds > 0

    async def until(self, what: Callable[[], bool], most_ms: float) -> bool:
        """Wait until something is so; return whether it is."""
        end = self.now_ms + most_ms
        while not what():
            left = end - self.now_ms
            if left <= 0:
                return False
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), left / 1000)
            except asyncio.TimeoutError:
                return what()
        return True

    async def reply_to(self, question: Samples) -> None:
        """Ask until a reply sounds."""
        for _ in range(3):
            if self.sounds:
                return
            self.say(question)
            asked_ms = len(question) * 1000 / pcm.RATE
            if await self.until(lambda: self.sounds, asked_ms + 3000):
                return
        raise SystemExit(f"{self.setting.room.name}: no question was answered")

    async def silence(self, most_ms: float = 15_000) -> None:
        """Wait until the reply is over, however it ends."""
        await self.until(lambda: not self.sounds, most_ms)

    # --- what came of it

    def when(self, kind: type[Any], since_ms: float = 0.0) -> list[float]:
        return [at for at, each in self.happened if isinstance(each, kind) and at >= since_ms]

    def of(self, kind: type[Any], since_ms: float = 0.0) -> list[Any]:
        return [each for at, each in self.happened if isinstance(each, kind) and at >= since_ms]

    def observe(self, at: float, happening: Happening) -> None:
        if isinstance(happening, on.AudioPlayed):
            self.taken += happening.pcm
        elif isinstance(happening, _NOTED):
            self.happened.append((at * 1000, happening))
            if isinstance(happening, on.PartStarted):
                self._sounds = 1
            elif isinstance(happening, on.PartPlayed | on.PlayoutCleared):
                self._sounds = 0
            self._changed.set()


Script = Callable[[Scene], Coroutine[Any, Any, None]]


def held(setting: Setting, script: Script) -> Scene:
    """Hold a conversation as `script` has it, and return what happened."""

    async def work(loop: VirtualTimeLoop) -> Scene:
        scene = Scene(setting)
        await _hold(scene, script, loop)
        return scene

    return run_in_virtual_time(work)


async def _hold(scene: Scene, script: Script, loop: VirtualTimeLoop) -> None:
    setting, clock, bridge = scene.setting, LoopClock(), Bridge()
    service = Service(lambda: scene.ear, SileroDetector, _no_synthesiser, "model")
    ears = Ears(bridge, setting.echo, lambda: setting.hint_ms) if setting.echo else None
    if not ears:
        bridge(on.EchoJudged("off"))
    devices = Devices(bridge, canceller=ears, now=loop.time)
    devices.open_microphone(RoomMicrophone(scene.air))
    wishes = TalkWishes(
        do.ConfigureSession(turn_detection=ServerVad()),
        (ConfigureTranscription("any"),),
        barge_in=setting.barge_in,
        timeout_ms=1e9,
    )

    async def connect() -> InProcessEndpoint:
        scene.endpoint = InProcessEndpoint(service, clock)
        return scene.endpoint

    talk = asyncio.create_task(
        converse(
            Conversation(wishes),
            connect,
            devices,
            scene.speaker,
            bridge,
            codec=RealtimeCodec(),
            timeout_s=1e9,
            clock=clock,
            observers=(scene.observe,),
        )
    )
    played = asyncio.create_task(script(scene))
    await asyncio.wait({talk, played}, return_when=asyncio.FIRST_COMPLETED)
    if talk.done():
        played.cancel()
        talk.result()
        raise SystemExit("the conversation has ended by itself")
    talk.cancel()
    await asyncio.gather(talk, return_exceptions=True)
    played.result()


def _no_synthesiser() -> Any:
    raise AssertionError("nothing is synthesised here")


def put_together(taken: bytes, scene: Scene, begins_ms: float, ends_ms: float) -> bytes:
    """Return what the speaker took in that time with each hold taken out and its fades added up."""
    import numpy as np

    tape = np.frombuffer(taken, "<i2").astype(np.int32)
    size = FADE_MS * pcm.RATE // 1000
    pieces, at, late = [], round(begins_ms * pcm.RATE / 1000), None
    holds = [
        (at_ms, each) for at_ms, each in scene.happened
        if isinstance(each, on.PlayoutHeld | on.PlayoutResumed)
    ]  # fmt: skip
    for _, each in holds:
        assert each.at_ms is not None
        if not begins_ms <= each.at_ms <= ends_ms:
            continue
        place = each.at_ms * pcm.RATE // 1000
        if isinstance(each, on.PlayoutHeld):
            pieces.append(tape[at : place - size])
            late = tape[place - size : place].copy()
            at = place
        elif late is not None:
            if tape[at:place].any():
                raise ValueError("a hold is not silent")
            tape[place : place + size] += late
            at, late = place, None
    pieces.append(tape[at : round(ends_ms * pcm.RATE / 1000)])
    return np.concatenate(pieces).astype("<i2").tobytes()


def pcm_of(samples: Samples) -> bytes:
    return as_pcm(samples)
