"""What the endpoint complains of, and what cannot be read: what of it the user has to hear."""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation.causes import Cause
from s2s.conversation.events import ErrorReported
from s2s.conversation.refusals import is_fatal, refusal
from s2s.conversation.responses import Replies
from s2s.conversation.session_setup import Setup

# What is refused when two things cross on the wire; it means nothing to the user.
_CROSSED = {each.__name__ for each in (do.TruncateItem, do.DeleteItem, do.CancelResponse)}


class Complaints:
    """Most leave the session open; the rest end it."""

    def __init__(self, setup: Setup, replies: Replies) -> None:
        self._setup, self._replies = setup, replies
        self._told: set[str] = set()

    def answer(self, error: ErrorReported, phase: str) -> list[do.Command]:
        """Return what to do about an error of the endpoint."""
        if is_fatal(error) or phase == "connecting":
            return [do.End(refusal(error, phase))]
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
                return [do.End(refusal(error, "configuring"))]
            return self._setup.instead_of(update, error.message or error.code)
        if error.cause is Cause.RATE_LIMIT or error.order == do.CreateResponse.__name__:
            return self._replies.refused(error.cause, error.message or error.code.replace("_", " "))
        return self.tell_once(f"The endpoint complains: {error.message or error.code}")

    def tell_once(self, complaint: str) -> list[do.Command]:
        """Warn of something that may come again and again."""
        if complaint in self._told:
            return []
        self._told.add(complaint)
        return [do.Warn(complaint)]
