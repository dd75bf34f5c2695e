"""What a batch has used so far, failed tries included."""

from __future__ import annotations

from s2s.app.outcome import Usage
from s2s.conversation import usage
from s2s.errors import S2SError


class Spent:
    """Adds up what the endpoint says that responses and transcriptions have used.

    What it costs, and how much it may cost, belongs here: `limit` is asked before each file.
    """

    def __init__(self) -> None:
        self.usage = Usage()

    def response(self, used: usage.Usage) -> None:
        """A response has used this."""
        self.usage = self.usage.plus(used)

    def transcription(self, used: usage.Usage) -> None:
        """A transcription has used this; it is paid by another price."""

    def limit(self) -> S2SError | None:
        """Return what ends the run because enough was spent; None: nothing does."""
        return None
