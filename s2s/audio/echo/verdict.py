"""What is done about the echo, by what a judge can say: early, and not by one look alone. Pure.

At about -40 dB a detector of speech does not hear an echo any more, and a canceller that has none
to cancel makes the user unintelligible.
"""

from __future__ import annotations

from typing import Literal

from s2s.audio.echo.judge import Leak

Choice = Literal["judging", "cancelling", "headphones"]

HARMLESS_DB = -40.0
_BACK_DB = -30.0  # an echo that is as loud as this after all: the headphones were taken off
_LATER_DB = -45.0  # what says that headphones were put on
_LOOKS = 3  # in a row, that say the same
_PUT_ON_LOOKS, _PULLED_OUT_LOOKS = 10, 4  # the same for headphones, in a conversation that goes on


class Verdict:
    """Begins with `judging`; told of every look."""

    def __init__(self) -> None:
        self.choice: Choice = "judging"
        self.leak_db: float | None = None
        self._says: Choice | None = None
        self._times = 0

    def asks(self, bound_db: float) -> bool:
        """Whether more must be known than how loud an echo can be at most."""
        if self.choice == "headphones":
            return bound_db >= _BACK_DB
        return self.choice == "judging"

    def looked(self, leak: Leak | None) -> bool:
        """Take what a look has found; return whether the choice has changed."""
        says = self._meant(leak) if leak and leak.certain else None
        self._times = self._times + 1 if says == self._says else 1
        self._says = says
        if not says or not leak or says == self.choice:
            return False
        wanted = {
            "judging": _LOOKS,
            "cancelling": _PUT_ON_LOOKS,
            "headphones": _PULLED_OUT_LOOKS,
        }
        if self._times < wanted[self.choice]:
            return False
        self.choice = says
        self.leak_db = leak.at_most_db if leak.found_db is None else leak.found_db
        return True

    def _meant(self, leak: Leak) -> Choice | None:
        if self.choice == "judging":
            if leak.at_most_db <= HARMLESS_DB:
                return "headphones"
            return None if leak.found_db is None else "cancelling"
        if self.choice == "cancelling":
            return "headphones" if leak.at_most_db <= _LATER_DB else None
        back = leak.found_db is not None and leak.found_db >= _BACK_DB
        return "cancelling" if back else None
