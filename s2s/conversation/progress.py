"""What shows that the endpoint comes further: sound, a letter, a new item, a status.

Not pings, empty pieces, or the same again.
"""

from __future__ import annotations

from s2s.conversation import events as on

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
