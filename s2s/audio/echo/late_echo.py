"""What is let through before it is known whether an echo comes late, as Bluetooth's does. Pure.

Who is louder than an echo of the usual delays is let through while nothing is decided. An echo that
comes later than those is as loud as a voice then, and would interrupt what it is an echo of.
"""

from __future__ import annotations

from s2s.audio.echo.verdict import Choice
from s2s.audio.echo.voice import Fact
from s2s.audio.events import VoiceStarted, VoiceStopped

_MOST = 50  # chunks, 1 s: then it is told, whatever it is
_FADES = 15  # chunks, 300 ms: until a detector hears no more of an echo that is cancelled


class LateEcho:
    """Keeps back that somebody speaks until it is known that it is no echo."""

    def __init__(self) -> None:
        self._kept: list[Fact] = []
        self._patience = 0

    def take(self, fact: Fact | None, choice: Choice, *, doubtful: bool) -> list[Fact]:
        """Take what a chunk has brought; return what is to be told by now."""
        if fact and not self._kept:
            if not (doubtful and isinstance(fact, VoiceStarted)):
                return [fact]
            self._patience = _MOST
        self._kept += [fact] if fact else []
        if not self._kept:
            return []
        if choice == "cancelling":
            self._patience = min(self._patience, _FADES)
        self._patience -= 1
        if choice != "headphones" and self._patience > 0:
            return []
        kept, self._kept = self._kept, []
        was_echo = choice == "cancelling" and isinstance(kept[-1], VoiceStopped)
        return [] if was_echo else kept
