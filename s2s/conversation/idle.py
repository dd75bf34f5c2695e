"""When the devices may rest: nobody has spoken for a while, and nothing waits to be said.

They wake at the first sign of a turn (speech, a typed message, a key, a response). That comes
hundreds of milliseconds before the sound of an answer, and long before the end of the user's turn,
which is what an answer waits for.
"""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation.phases import Timer

REST_MS = 5_000.0  # longer than the pauses in a conversation that goes to and fro


class Rest:
    """Told of every change of the conversation's state."""

    def __init__(self) -> None:
        self._shown: do.ShowState | None = None
        self._due = False  # nobody speaks: the devices rest, or will
        self._resting = False

    def show(self, state: do.ShowState) -> list[do.Command]:
        """Show a state that is new, and let the devices rest or wake by it."""
        if state == self._shown:
            return []
        self._shown = state
        return [state, *self._consider(idle=state.state == "listening")]

    def _consider(self, *, idle: bool) -> list[do.Command]:
        if idle == self._due:
            return []
        self._due = idle
        if idle:
            return [do.StartTimer(Timer.REST, REST_MS)]
        wake: list[do.Command] = [do.WakeDevices()] if self._resting else []
        self._resting = False
        return [do.CancelTimer(Timer.REST), *wake]

    def begin(self) -> list[do.Command]:
        """It has been quiet for long enough."""
        self._resting = True
        return [do.RestDevices()]
