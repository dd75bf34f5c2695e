"""What the endpoint complains of, and what cannot be read: what of it the user has to hear."""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation.causes import Cause
from s2s.conversation.events import ErrorReported
from s2s.conversation.phases import Phase
from s2s.conversation.refusals import is_fatal, refusal
from s2s.conversation.responses import Replies
from s2s.conversation.session_setup import Setup
from s2s.errors import S2SError

# What is refused when two things cross on the wire; it means nothing to the user.
_CROSSED = {each.__name__ for each in (do.TruncateItem, do.DeleteItem, do.CancelResponse)}


class Once:
    """Tells what may come again and again."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def unreadable(self, why: str) -> list[do.Command]:
        """Warn of a message that could not be read."""
        return self.tell(f"Unreadable: {why}")

    def complains(self, error: ErrorReported) -> list[do.Command]:
        """Warn of an error of the endpoint that changes nothing."""
        return self.tell(f"The endpoint complains: {error.message or error.code}")

    def tell(self, what: str) -> list[do.Command]:
        """Warn of it, if that was not said before."""
        if what in self._told:
            return []
        self._told.add(what)
        return [do.Warn(what)]


class Complaints:
    """Most leave a conversation open; the rest end it."""

    def __init__(self, setup: Setup, replies: Replies, once: Once) -> None:
        self._setup, self._replies, self._once = setup, replies, once

    def answer(self, error: ErrorReported, phase: Phase) -> list[do.Command] | S2SError:
        """Return what to do about an error of the endpoint, or what it ends the session with."""
        if is_fatal(error) or phase in (Phase.CONNECTING, Phase.RECONNECTING):
            return refusal(error, phase)
        if error.cause is Cause.CROSSED or error.order in _CROSSED:
            return []
        if error.cause is Cause.BUSY:
            self._replies.busy()
            return []
        if error.cause is Cause.TOO_SHORT:
            self._replies.forgo()
            return [do.Warn("That turn was too short to be heard.")]
        if update := self._setup.refused(error):
            if isinstance(update, do.ConfigureSession):
                return refusal(error, Phase.CONFIGURING)
            return self._setup.instead_of(update, error.message or error.code)
        if error.cause is Cause.RATE_LIMIT or error.order == do.CreateResponse.__name__:
            why = error.message or error.code.replace("_", " ")
            refused = self._replies.refused(error.cause, why)
            if refused is not None:
                return refused
        return self._once.complains(error)
