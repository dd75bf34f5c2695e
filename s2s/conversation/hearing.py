"""What the endpoint hears of the user: speech that goes on, turns that are over, their words."""

from __future__ import annotations

from enum import Enum

from s2s.conversation import commands as do
from s2s.conversation.events import UserTranscriptionFailed
from s2s.conversation.phases import Timer

SETTLE_MS = 5_000.0  # how long the user's words may come late


class TurnState(Enum):
    """What the endpoint hears of the user's turn."""

    NONE = "none"
    SPOKEN = "spoken"  # the user speaks
    OVER = "over"  # the user has spoken, and it is not an item yet


class Hearing:
    """Of the user's turns, however they are taken."""

    def __init__(self) -> None:
        self._turn = TurnState.NONE
        self.found = False  # there was a turn
        self._item_id = ""  # of the last one, until another begins
        self._start_ms: int | None = None  # of speech
        self.lasted_ms: int | None = None
        """How long speech did that is over, padding and pause included; None: not told."""

    @property
    def speech(self) -> bool:
        """Whether the user speaks."""
        return self._turn is TurnState.SPOKEN

    def missing(self, *, heard_out: bool) -> str:
        """What the endpoint owes, if the user says nothing more when `heard_out`; "": nothing."""
        if self.speech and heard_out:
            return "the end of your turn"
        return "your turn to be taken" if self._turn is TurnState.OVER else ""

    def started(self, start_ms: int | None = None) -> None:
        """The user begins to speak."""
        self.found, self._turn, self._item_id = True, TurnState.SPOKEN, ""
        self._start_ms = start_ms

    def stopped(self, end_ms: int | None = None) -> None:
        """The user has spoken."""
        began_ms, self._start_ms = self._start_ms, None
        self.lasted_ms = None if end_ms is None or began_ms is None else end_ms - began_ms
        if self._turn is TurnState.SPOKEN:
            self._turn = TurnState.OVER

    def given(self) -> None:
        """The user has taken a turn by key, or typed one."""
        self.found, self._item_id = True, ""

    @property
    def spoken(self) -> bool:
        """Whether the endpoint hears a turn, or has heard one that is not an item yet."""
        return self._turn is not TurnState.NONE

    def committed(self, item_id: str) -> bool:
        """A turn is an item; return whether that is new."""
        if item_id and item_id == self._item_id:
            return False
        self.given()
        self.over()
        self._item_id = item_id
        return True

    def over(self) -> None:
        """What was heard is answered, or given up."""
        self._turn = TurnState.NONE


class Words:
    """The user's words, which may come long after their turn."""

    def __init__(self) -> None:
        self._due: set[str] = set()  # items

    @property
    def due(self) -> bool:
        """Whether words may still come."""
        return bool(self._due)

    def expect(self, item_id: str) -> None:
        """The words of an item are to come."""
        self._due.add(item_id)

    def wait(self) -> list[do.Command]:
        """Wait for them from now on, and not for long."""
        return [do.StartTimer(Timer.SETTLE, SETTLE_MS)]

    def known(self, item_id: str) -> None:
        """The words of an item are known, or will not be."""
        self._due.discard(item_id)

    def settle(self) -> None:
        """Wait for no words any more."""
        self._due.clear()


def untranscribed(failed: UserTranscriptionFailed) -> do.Warn:
    """Return what to tell the user of words that will not be known."""
    why = f": {failed.message}" if failed.message else ""
    return do.Warn(f"Your words could not be transcribed{why}")
