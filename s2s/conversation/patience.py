"""How long the endpoint may owe something without coming any further."""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.progress import Progress

ANSWER = "answer"  # timer


class Patience:
    """Told of every event, and of what is missing after it."""

    def __init__(self, timeout_ms: float) -> None:
        self._timeout_ms = timeout_ms
        self._progress = Progress()
        self._missing = ""

    def consider(
        self, event: on.Event, missing: str, *, asked: bool, pause_ms: float
    ) -> list[do.Command]:
        """Wait for what is `missing`, "" for nothing, anew with each progress and each request.

        The endpoint may take `pause_ms` longer, to notice a pause of the user.
        """
        before, self._missing = self._missing, missing
        if not missing:
            self._progress.forget()
            return [do.CancelTimer(ANSWER)] if before else []
        if self._progress.made(event) or asked or not before:
            return [do.StartTimer(ANSWER, self._timeout_ms + pause_ms)]
        return []
