"""How long the endpoint may owe something without coming any further.

It comes further with sound, a letter, a new item, a status; not with pings, empty pieces, or the
same again.
"""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Timer

_WITH_ITEM = (
    on.SpeechStarted,
    on.SpeechStopped,
    on.InputCommitted,
    on.ItemAdded,
    on.UserTranscribed,
    on.UserTranscriptionFailed,
    on.FunctionCalled,
    on.ApprovalRequested,
)


class Progress:
    """Remembers what was told, until nothing is waited for any more."""

    def __init__(self) -> None:
        self._told: set[object] = set()

    def made(self, event: on.Event) -> bool:
        """Whether `event` is progress."""
        if isinstance(event, on.AudioReceived):
            return bool(event.pcm)
        if isinstance(event, on.TextReceived | on.UserTextReceived):
            return bool(event.text)
        told = _told_by(event)
        if told is None or told in self._told:
            return False
        self._told.add(told)
        return True

    def forget(self) -> None:
        """Nothing is waited for: what is told again afterwards is something new."""
        self._told.clear()


def _told_by(event: on.Event) -> object:
    """Return what an event says, None for nothing that matters here."""
    if isinstance(event, _WITH_ITEM):
        return type(event), event.item_id
    if isinstance(event, on.ResponseStarted | on.ResponseEnded):
        return type(event), event.response_id
    if isinstance(event, on.AudioEnded | on.TextEnded):
        return type(event), event.part
    if isinstance(event, on.Ignored):
        return event.step or None
    return None


class Patience:
    """Told of every event, and of what is missing after it."""

    def __init__(self, timer: Timer, timeout_ms: float) -> None:
        self._timer = timer
        self._timeout_ms = timeout_ms
        self._progress = Progress()
        self._missing = ""

    def begin(self, missing: str) -> list[do.Command]:
        """Wait for what is `missing` from the start."""
        self._missing = missing
        return [do.StartTimer(self._timer, self._timeout_ms)]

    def consider(
        self, event: on.Event, missing: str, *, anew: bool, pause_ms: float = 0.0
    ) -> list[do.Command]:
        """Wait for what is `missing`, "" for nothing, anew with each progress and each request.

        The endpoint may take `pause_ms` longer, to notice a pause of the user.
        """
        before, self._missing = self._missing, missing
        if not missing:
            self._progress.forget()
            return [do.CancelTimer(self._timer)] if before else []
        if self._progress.made(event) or anew or not before:
            return [do.StartTimer(self._timer, self._timeout_ms + pause_ms)]
        return []

    def forget(self) -> None:
        """Something is asked for again: what was told before is told anew."""
        self._progress.forget()
