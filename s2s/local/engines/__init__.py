"""What answers a turn. An engine never sees JSON: the server owns every protocol event.

An engine hears a turn (`hear`) and replies to it in steps (`reply`). Both are plain blocking
Python: the server calls them on a worker thread and closes the iterator to cancel a reply.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from s2s.local.steps import Step


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
