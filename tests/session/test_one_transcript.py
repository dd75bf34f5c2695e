"""One transcript of a conversation: who watches finds in it what has just happened."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fakes import endpoint

from s2s import pcm
from s2s.app.options import TalkOptions
from s2s.app.talk import talk
from s2s.audio.live.file_devices import FileMicrophone, FileSpeaker
from s2s.clock import SystemClock
from s2s.config import Settings, Sources, resolve
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.items import Line
from s2s.conversation.transcript.transcript import Transcript
from s2s.session.loop import Observer

T = TypeVar("T")
PATIENCE_S = 30


class Silent:
    """A recording of a moment of silence."""

    peak = 0.0

    def chunks(self, ms: int) -> Iterator[bytes]:
        yield pcm.silence(ms)


class Reading:
    """Types a message and reads on, until a bug ends it in the middle of the answer."""

    def __init__(self) -> None:
        self.read: dict[type, list[Line]] = {}
        self.after: list[Line] = []

    def warn(self, message: str) -> None:
        """Nothing is amiss."""

    def kept(self, path: Path) -> None:
        """Nothing is kept."""

    @contextlib.contextmanager
    def conversation(
        self,
        settings: Settings,
        post: Callable[[on.Event], None],
        speaker_ms: float,
        transcript: Transcript,
    ) -> Iterator[Reading]:
        self.post, self.transcript, self.lines = post, transcript, transcript.reader()
        yield self

    @property
    def observers(self) -> list[Observer]:
        return [self.observe]

    @contextlib.asynccontextmanager
    async def live(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            self.after = self.lines.settled()
            assert not self.transcript.open()

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        self.read.setdefault(type(happening), self.transcript.lines())
        if isinstance(happening, on.SessionStarted):
            self.post(on.TextEntered("Hello."))
        elif isinstance(happening, on.AudioPlayed) and happening.heard:
            raise RuntimeError("a bug, in the middle of the answer")


def run(work: Coroutine[Any, Any, T], /, on_interrupt: Callable[[], None] | None = None) -> T:
    return asyncio.run(asyncio.wait_for(work, PATIENCE_S))


def test_who_watches_reads_what_has_just_happened_and_in_the_end_all_of_it() -> None:
    reading, clock = Reading(), SystemClock()
    with endpoint({"turns": [{"tone": "440/5s"}]}) as url:
        settings = resolve(Sources({"WS_URL": url}, {}, {}, (), Path(os.devnull)))
        options = TalkOptions(
            settings,
            microphone=FileMicrophone(Silent(), clock),
            speaker=FileSpeaker(None, clock),
        )
        with pytest.raises(RuntimeError, match="a bug"):
            talk(options, reading, run)
    assert [line.text for line in reading.read[do.CreateUserText]] == ["Hello."]
    assert [line.role for line in reading.read[on.PartStarted]] == ["user", "assistant"]
    assert [(line.role, line.cut) for line in reading.after] == [
        ("user", False),
        ("assistant", True),
    ]
