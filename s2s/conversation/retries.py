"""Asking again after a rate limit: when the endpoint says, or after pauses that double."""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation.phases import Timer
from s2s.conversation.refusals import hinted_wait_s
from s2s.errors import ResponseError

MAX_RETRIES = 3
MAX_WAIT_S = 120.0  # a longer wait is the user's decision


class Retries:
    """Counts those of one turn."""

    def __init__(self) -> None:
        self._made = 0
        self._reset_s = 0.0
        self._given_up = (0, 0.0)  # after how many retries, and the wait that was too long

    def limits(self, reset_s: float) -> None:
        """The endpoint says when its limits are reset."""
        self._reset_s = reset_s

    def again(self, message: str) -> float | None:
        """Return the seconds to wait before asking again; None: give up, and begin anew."""
        wait_s = hinted_wait_s(message) or self._reset_s or float(2**self._made)
        if self._made < MAX_RETRIES and wait_s <= MAX_WAIT_S:
            self._made += 1
            return wait_s
        self._given_up = (self._made, wait_s)
        self._made = 0
        return None

    def answered(self) -> None:
        """A response has come: the next one has all its retries."""
        self._made = 0

    def after(self, message: str) -> list[do.Command]:
        """Say when it is asked again, and wait for that; nothing: it is given up."""
        wait_s = self.again(message)
        if wait_s is None:
            return []
        return [do.Warn(self.told(wait_s)), do.StartTimer(Timer.RETRY, wait_s * 1000)]

    def told(self, wait_s: float) -> str:
        """Return what to tell the user meanwhile."""
        return f"Rate limited; trying again in {wait_s:.1f} s ({self._made} of {MAX_RETRIES})."

    def given_up(self, message: str) -> ResponseError:
        """Return what it means that a rate limit is not waited for any longer."""
        made, wait_s = self._given_up
        tried = f" ({made} retries)" if made else ""
        return ResponseError(
            f"Rate limited{tried}: {message or 'the endpoint wants a pause'}",
            f"Wait {max(1, round(wait_s))} s or more, then run it again.",
            code="rate_limited",
        )
