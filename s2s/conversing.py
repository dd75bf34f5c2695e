"""A live conversation as a program holds it: its events, its doings, and what it came to."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from s2s import events
from s2s.app.options import TalkOptions
from s2s.app.outcome import Usage
from s2s.app.own_thread import LEAVE_S, OwnThread
from s2s.app.run import Run
from s2s.app.streams import AsyncSink, ProgramSink, ProgramSource
from s2s.arguments import text_of
from s2s.config import Settings
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.errors import S2SError

if TYPE_CHECKING:
    from s2s.conversation.transcript.transcript import Transcript
    from s2s.session.loop import Observer

MOST_WAITING = 1_000  # events; a reader that is further behind than this misses the oldest
_DRAIN_S = 0.5  # for a sink to take what was heard last


@dataclass(frozen=True, slots=True)
class TalkOutcome:
    """What a conversation came to, or has come to until now."""

    turns: tuple[tuple[str, str], ...] = ()
    """Who said what: ("user", …) and ("assistant", …), in the order in which it was known."""
    usage: Usage = field(default_factory=Usage)
    """The tokens that its responses have used."""
    cost: Decimal | None = Decimal(0)
    """The US dollars it has cost; None: something of it has no price (docs/cost.md)."""
    warnings: tuple[str, ...] = ()
    """What went wrong without harm, each as a sentence."""
    error: S2SError | None = None
    """What it ended with, if it failed."""


class Conversation:
    """Gives its events to who iterates over it, and is told what to do."""

    def __init__(
        self, options: TalkOptions, source: AsyncIterable[bytes] | None, sink: AsyncSink | None
    ) -> None:
        self.outcome = TalkOutcome()
        """What it has come to."""
        self.dropped = 0
        """How many events were missed, because nobody took them in time."""
        self._loop = asyncio.get_running_loop()
        self._source = ProgramSource(source) if source is not None else None
        self._sink = ProgramSink(sink) if sink is not None else None
        self._lock = threading.Lock()
        self._events: deque[events.Event] = deque()
        self._news = asyncio.Event()
        self._begun = asyncio.Event()
        self._post: Callable[[on.Event], None] | None = None
        self._muted = self._raised = False
        self._words: dict[str, str] = {}  # of the responses under way
        self._options = options
        self._thread = OwnThread(self._hold)
        self._thread.done.add_done_callback(lambda _: self._wake(self._begun, self._news))

    # --- for programs

    async def __aiter__(self) -> AsyncIterator[events.Event]:
        """Give what has happened and what happens, to its end. Raises what it ended with."""
        while True:
            self._news.clear()
            over = self._thread.done.done()
            while self._events:
                with self._lock:
                    event = self._events.popleft()
                yield event
            if over:
                break
            await self._news.wait()
        self.raise_error()

    async def say(self, text: str) -> None:
        """Send a text in the user's name; the assistant answers it aloud."""
        said = text_of("text", text)
        assert said
        self._tell(on.TextEntered(said))

    async def interrupt(self) -> None:
        """Silence the reply that sounds, if any does."""
        self._tell(on.InterruptPressed())

    async def mute(self, muted: bool = True) -> None:
        """Send nothing of the microphone until `mute(False)`."""
        if muted != self._muted:
            self._muted = muted
            self._tell(on.MutePressed())

    async def end(self) -> None:
        """End the conversation, and wait until it has ended."""
        if not self._thread.done.done():
            self._tell(on.QuitPressed())
            await self._thread.ended()

    def _tell(self, event: on.Event) -> None:
        if self._post is None or self._thread.done.done():
            raise RuntimeError("The conversation has ended.")
        self._post(event)

    # --- for `talk`

    async def begun(self) -> None:
        """Wait until all is open. Raises what it failed by."""
        await self._begun.wait()
        if self._post is None:
            self.raise_error()

    def raise_error(self) -> None:
        """Raise what the conversation ended with, once."""
        if self._thread.done.done() and not self._raised:
            self._raised = True
            self._thread.done.result()

    async def close(self) -> None:
        """End all that is still open, within about a second."""
        leaves_early = not self._thread.done.done()
        if leaves_early:
            self._raised = True
            self._thread.cancel()
        closing = asyncio.gather(
            self._thread.ended(LEAVE_S),
            self._source.close() if self._source else asyncio.sleep(0),
        )
        await closing
        if self._sink:
            await self._sink.close(0.0 if leaves_early else _DRAIN_S)

    # --- on the conversation's thread

    def _hold(self, run: Run) -> None:
        from s2s.app.talk import talk
        from s2s.audio.live.file_devices import FileMicrophone, FileSpeaker
        from s2s.clock import SystemClock

        clock = SystemClock()
        options = replace(
            self._options,
            microphone=FileMicrophone(self._source, clock) if self._source else None,
            speaker=FileSpeaker(self._sink, clock) if self._sink else None,
        )
        try:
            talk(options, self, run)
        except S2SError as error:
            self.outcome = replace(self.outcome, error=error)
            raise
        finally:
            reason = self.outcome.error.message if self.outcome.error else ""
            self._add(events.Ended(reason))

    def warn(self, message: str) -> None:
        """Note a warning: what `app` asks of who watches."""
        self.outcome = replace(self.outcome, warnings=(*self.outcome.warnings, message))
        self._add(events.Warned(message))

    def kept(self, path: Path) -> None:
        """Nothing is written to a file here."""

    @contextlib.contextmanager
    def conversation(
        self,
        settings: Settings,
        post: Callable[[on.Event], None],
        speaker_ms: float,
        transcript: Transcript,
    ) -> Iterator[Conversation]:
        """Begin: what the program does can be posted from now on.

        `turns` are what was said, whether heard or not, as soon as it is known: no transcript.
        """
        for warning in settings.warnings:
            self.warn(warning)
        self._post = post
        self._wake(self._begun)
        yield self

    @property
    def observers(self) -> list[Observer]:
        return [self._observe]

    @contextlib.asynccontextmanager
    async def live(self) -> AsyncIterator[None]:
        yield

    def _observe(self, at: float, happening: on.Event | do.Command) -> None:
        if isinstance(happening, on.SessionStarted):
            self._add(events.Connected(happening.model))
        elif isinstance(happening, on.SpeechStarted):
            self._add(events.UserStartedSpeaking())
        elif isinstance(happening, on.SpeechStopped):
            self._add(events.UserStoppedSpeaking())
        elif isinstance(happening, on.UserTranscribed):
            self._said("user", happening.text)
            self._add(events.UserSaid(happening.text))
        elif isinstance(happening, do.CreateUserText):
            self._said("user", happening.text)
            self._add(events.UserWrote(happening.text))
        elif isinstance(happening, on.PartStarted):
            self._add(events.AssistantStartedSpeaking())
        elif isinstance(happening, on.PartPlayed):
            self._add(events.AssistantStoppedSpeaking())
        elif isinstance(happening, on.PlayoutCleared) and happening.heard:
            self._add(events.Interrupted(sum(heard.ms for heard in happening.heard)))
        elif isinstance(happening, on.TextReceived):
            name = happening.part.response_id
            self._words[name] = self._words.get(name, "") + happening.text
            self._add(events.AssistantText(happening.text))
        elif isinstance(happening, on.ResponseEnded):
            self._response_ended(happening)
        elif isinstance(happening, do.ShowCost):
            self.outcome = replace(self.outcome, cost=happening.cost)
        elif isinstance(happening, do.Warn):
            self.warn(happening.message)

    def _response_ended(self, ended: on.ResponseEnded) -> None:
        whole = "\n".join(text for _, text in ended.texts)
        text = self._words.pop(ended.response_id, "") or whole
        self._said("assistant", text)
        if ended.usage:
            self.outcome = replace(self.outcome, usage=self.outcome.usage.plus(ended.usage))
        self._add(events.AssistantSaid(text, ended.status))

    def _said(self, who: str, text: str) -> None:
        if text:
            self.outcome = replace(self.outcome, turns=(*self.outcome.turns, (who, text)))

    def _add(self, event: events.Event) -> None:
        with self._lock:
            if len(self._events) == MOST_WAITING:
                self._events.popleft()
                self.dropped += 1
            self._events.append(event)
        self._wake(self._news)

    def _wake(self, *awaited: asyncio.Event) -> None:
        with contextlib.suppress(RuntimeError):  # the program's loop has closed
            for each in awaited:
                self._loop.call_soon_threadsafe(each.set)
