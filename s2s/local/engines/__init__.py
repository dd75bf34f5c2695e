"""What answers a turn. An engine never sees JSON: the server owns every protocol event.

An engine hears a turn (`hear`) and replies to it in steps (`reply`). Both are plain blocking
Python: the server calls them on a worker thread and closes the iterator to cancel a reply.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class Turn:
    """What the user said, and what the session and `response.create` ask of the reply."""

    number: int  # the reply's place in the session, from 1
    text: str  # the transcript of what was said, or what was typed
    pcm: bytes = b""  # the audio of the turn, 24 kHz PCM; empty when it was typed
    history: tuple[tuple[str, str], ...] = ()  # (role, text), oldest first, without this turn
    instructions: str = ""
    voice: str = ""
    speaks: bool = True  # False: the reply is text only
    tools: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Say:
    """Words to be spoken by the synthesiser, or shown when the reply is text only."""

    text: str


@dataclass(frozen=True, slots=True)
class Sound:
    """Audio to be sent as it is (24 kHz PCM), with the words that stand for it."""

    pcm: bytes
    text: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """Words that are only shown, even in a reply that could be spoken."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function the model wants called."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing happens for a while."""

    ms: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How what follows is cut into deltas and how fast they leave."""

    delta_ms: int = 260  # what OpenAI sends, captured on the wire
    speed: float | None = None  # times real time; None: as fast as the socket takes it
    jitter_ms: float = 0.0  # each delta is late by up to so much


@dataclass(frozen=True, slots=True)
class Fail:
    """The response ends here, failed or incomplete."""

    status: Literal["failed", "incomplete"] = "failed"
    code: str = "server_error"  # for `incomplete`: its reason, max_output_tokens or content_filter
    message: str = "The server had an error while processing your request."


Step = Say | Sound | Write | Call | Wait | Pace | Fail


class Engine(Protocol):
    """Hears turns and replies to them."""

    name: str
    instant: bool  # needs no thread of its own: never waits, never computes for long

    def hear(self, pcm: bytes) -> str:
        """Return the transcript of a user's turn (24 kHz PCM); "" if nothing was understood."""
        ...

    def reply(self, turn: Turn) -> Iterator[Step]:
        """Give the reply to a turn, step by step. Closing the iterator cancels it."""
        ...


class Synthesiser(Protocol):
    """Turns text into speech."""

    @property
    def name(self) -> str: ...

    def speak(self, text: str, voice: str = "") -> Iterator[bytes]:
        """Give the speech in pieces of 24 kHz PCM; closing the iterator stops the voice."""
        ...
