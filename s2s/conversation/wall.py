"""The longest that a session may last: before it ends another takes over, when nobody speaks."""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Timer

AHEAD_MS = 240_000.0  # before the end: some moment of these minutes will be quiet
ANEW_MS = 20_000.0  # until another is tried, if there is none


class Wall:
    """Asks for the next connection when it is due, and for the change when all is quiet."""

    def __init__(self) -> None:
        self._due = self._asked = self._ready = False

    def expires(self, event: on.SessionExpires) -> list[do.Command]:
        """A session has begun, and is to last so long; a short one is left halfway."""
        self.forget()
        return [do.StartTimer(Timer.WALL, max(event.ms - AHEAD_MS, event.ms / 2))]

    def forget(self) -> None:
        """There is another session: whatever was under way is of no use."""
        self._due = self._asked = self._ready = False

    def due(self) -> list[do.Command]:
        """The end is near."""
        self._due = True
        return []

    def connected(self, event: on.NextConnected) -> list[do.Command]:
        self._ready = self._asked
        return []

    def failed(self, event: on.NextFailed) -> list[do.Command]:
        self.forget()
        return [do.StartTimer(Timer.WALL, ANEW_MS)]

    def consider(self, *, quiet: bool) -> list[do.Command]:
        """Return what to do about it at a moment that is `quiet`, or is not."""
        if not (self._due and quiet):
            return []
        if self._ready:
            self.forget()
            return [do.SwitchOver()]
        if self._asked:
            return []
        self._asked = True
        return [do.ConnectNext()]
