"""Who decides about what was said: the endpoint by itself, or the rules here.

What the endpoint tells comes in order, and so does its word that it took an update: whatever it
tells before that was decided as before, whatever it tells afterwards as it was asked. That is all
that is needed to know who answers a turn, however long the way is.
"""

from __future__ import annotations

from dataclasses import replace

from s2s.conversation import commands as do
from s2s.conversation.error_policy import Once
from s2s.conversation.responses import Replies
from s2s.conversation.session_config import ByKey, TurnDetection
from s2s.conversation.session_setup import Setup

UNFIT = (
    "The endpoint goes on to answer, or to stop its replies, by itself although it was asked not "
    "to: what you say interrupts at once from now on."
)


class Deciding:
    """Asks the endpoint to decide or not to; knows what holds for what it tells now."""

    def __init__(
        self, turn_detection: TurnDetection, setup: Setup, replies: Replies, once: Once
    ) -> None:
        self._turn_detection, self._setup = turn_detection, setup
        self._replies, self._once = replies, once
        self.wanted = True  # that the endpoint decides: what it was asked last
        self.unfit = False  # the endpoint does as it likes
        self.kept = False  # a turn is decided about here: it is answered when that is asked for

    def again(self) -> None:
        """There is to be another session, which is asked as the first one was."""
        self.wanted, self.kept = True, False

    @property
    def by_endpoint(self) -> bool:
        """Whether the endpoint decided about what it tells now."""
        turns = self._setup.turns
        return self.unfit or isinstance(turns, ByKey) or turns.decides

    @property
    def changes(self) -> bool:
        """Whether it was asked for a change and has not said yet that it took it."""
        turns = self._setup.turns
        return not isinstance(turns, ByKey) and self.wanted != turns.decides

    def let(self, endpoint: bool) -> list[do.Command]:
        """Let the `endpoint` decide, or not; one change at a time, the next when it was taken."""
        waits = self.changes and not self.unfit
        if endpoint == self.wanted or waits or isinstance(self._turn_detection, ByKey):
            return []
        self.wanted = endpoint
        self.kept = False
        return self._setup.update(
            do.ConfigureTurns(replace(self._turn_detection, decides=endpoint))
        )

    def notice(self, *, uninvited: bool) -> list[do.Command]:
        """See whether the endpoint does what it was asked.

        `uninvited`: it has begun a response that nobody waited for.
        """
        doubled, self._replies.doubled = self._replies.doubled, False
        answers = (doubled and not self.changes) or (
            uninvited and self.kept and not self.by_endpoint
        )
        return self.give_up() if answers or self._setup.refuses_turns else []

    def give_up(self) -> list[do.Command]:
        """This endpoint cannot be kept from deciding."""
        self.unfit = True
        return self._once.tell(UNFIT)
