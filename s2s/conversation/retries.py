"""Asking again after a rate limit: when the endpoint says, or after pauses that double."""

from __future__ import annotations

from s2s.conversation.refusals import hinted_wait_s
from s2s.errors import ResponseError

MAX_RETRIES = 3
MAX_WAIT_S = 120.0  # a longer wait is the user's decision


class Retries:
    """Counts those of one turn."""

    def __init__(self) -> None:
        self.made = 0

    def wait_s(self, message: str, reset_s: float = 0.0) -> float:
        """Return the seconds to wait, by a refusal's `message` or what else is known."""
        return hinted_wait_s(message) or reset_s or float(2**self.made)

    def another(self, wait_s: float) -> bool:
        """Whether to ask again after `wait_s`; if not, the next turn begins anew."""
        again = self.made < MAX_RETRIES and wait_s <= MAX_WAIT_S
        self.made = self.made + 1 if again else 0
        return again

    def told(self, wait_s: float) -> str:
        """Return what to tell the user meanwhile."""
        return f"Rate limited; trying again in {wait_s:.1f} s ({self.made} of {MAX_RETRIES})."


def given_up(message: str, wait_s: float, made: int) -> ResponseError:
    """Return what it means that a rate limit is not waited for any longer."""
    tried = f" ({made} retries)" if made else ""
    return ResponseError(
        f"Rate limited{tried}: {message or 'the endpoint wants a pause'}",
        f"Wait {max(1, round(wait_s))} s or more, then run it again.",
    )
