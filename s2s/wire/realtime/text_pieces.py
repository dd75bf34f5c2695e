"""Pieces of a text that may share a letter, as servers that count UTF-16 units cut them. Pure.

The half that comes last in a piece waits for the next piece of the same text. One that is left over
becomes U+FFFD.
"""

from __future__ import annotations

from dataclasses import replace

from s2s.conversation import events as on
from s2s.well_formed import REPLACEMENT, well_formed

MOST_HALVES = 100  # that wait; nobody writes more texts side by side

Text = on.TextReceived | on.UserTextReceived


class TextPieces:
    """Knows the halves of letters that wait for the next piece of their text."""

    def __init__(self) -> None:
        self._halves: dict[on.Part | str, Text] = {}  # by part, or item of the user

    def take(self, event: on.Event) -> list[on.Event]:
        """Return what to tell for a fact as it was decoded, in order."""
        if isinstance(event, Text):
            return self._joined(event)
        ended = [text for text in self._halves if _is_end(event, text)]
        return [*(self._left_over(text) for text in ended), event]

    def end(self) -> list[on.Event]:
        """Return what is left over when no more messages come."""
        return [self._left_over(text) for text in list(self._halves)]

    def _joined(self, event: Text) -> list[on.Event]:
        key = event.part if isinstance(event, on.TextReceived) else event.item_id
        half = self._halves.pop(key, None)
        if isinstance(event, on.UserTextReceived) and event.whole:
            return [event]
        text = f"{half.text}{event.text}" if half else event.text
        if "\ud800" <= text[-1:] <= "\udbff":
            self._halves[key] = replace(event, text=text[-1])
            text = text[:-1]
        oldest = [next(iter(self._halves))] if len(self._halves) > MOST_HALVES else []
        return [*map(self._left_over, oldest), replace(event, text=well_formed(text))]

    def _left_over(self, key: on.Part | str) -> Text:
        return replace(self._halves.pop(key), text=REPLACEMENT)


def _is_end(event: on.Event, text: on.Part | str) -> bool:
    """Whether no more of a text comes after `event`."""
    if isinstance(event, on.UserTranscribed | on.UserTranscriptionFailed):
        return text == event.item_id
    if isinstance(event, on.ResponseEnded) and isinstance(text, on.Part):
        return event.response_id in ("", text.response_id)
    return isinstance(event, on.TextEnded) and text == event.part
