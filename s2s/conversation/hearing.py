"""What the endpoint hears of the user: speech that goes on, turns that are over, their words."""

from __future__ import annotations

from s2s.conversation import commands as do

SETTLE = "settle"  # timer
SETTLE_MS = 5_000.0  # how long the user's words may come after their turn


class Hearing:
    """Of the user's turns, however they are taken."""

    def __init__(self) -> None:
        self.speech = False  # the user speaks
        self.found = False  # there was a turn
        self._uncommitted = False  # one is over, and is not an item yet
        self._item_id = ""  # of the last one, until another begins
        self._untranscribed: set[str] = set()

    @property
    def unsettled(self) -> bool:
        """Whether words of a turn may still come."""
        return bool(self._untranscribed)

    def missing(self, *, heard_out: bool) -> str:
        """What the endpoint owes, if the user says nothing more when `heard_out`; "": nothing."""
        if self.speech and heard_out:
            return "the end of your turn"
        return "your turn to be taken" if self._uncommitted else ""

    def started(self) -> None:
        """The user begins to speak."""
        self.found = self.speech = True
        self._uncommitted, self._item_id = False, ""

    def stopped(self) -> None:
        """The user has spoken."""
        self._uncommitted, self.speech = self._uncommitted or self.speech, False

    def given(self) -> None:
        """The user has taken a turn by key, or typed one."""
        self.found, self._item_id = True, ""

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
        self.speech = self._uncommitted = False

    def transcribes(self, item_id: str) -> list[do.Command]:
        """The words of an item are to come."""
        self._untranscribed.add(item_id)
        return [do.StartTimer(SETTLE, SETTLE_MS)]

    def transcribed(self, item_id: str) -> None:
        """The words of an item are known, or will not be."""
        self._untranscribed.discard(item_id)

    def settle(self) -> None:
        """Wait for no words any more."""
        self._untranscribed.clear()
