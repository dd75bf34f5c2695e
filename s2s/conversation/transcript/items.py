"""The items of a conversation, each in its place, and the line that each becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from s2s.conversation.backchannel import says_nothing
from s2s.conversation.events import Part
from s2s.conversation.transcript.captions import Caption

SETTLE_S = 5.0  # how long the user's words, or a function's answer, may come late
MOMENT_S = 0.5  # within which a turn without words is taken back, if it was a noise

UNKNOWN = "not transcribed"

Role = Literal["user", "assistant", "call"]


@dataclass(frozen=True, slots=True)
class Line:
    """What one speaker said in one piece; times are seconds on the observer's clock."""

    role: Role
    text: str  # what was said, typed, or heard
    item_id: str = ""
    unheard: str = ""  # what the assistant would have said, had it not been cut off
    cut: bool = False
    typed: bool = False
    note: str = ""  # why there are no words, or what came of a call
    start: float = 0.0
    end: float | None = None


class Place:
    """An item that nobody says: it only keeps the order."""

    def __init__(self, item_id: str, previous_id: str) -> None:
        self.item_id, self.previous_id = item_id, previous_id

    def settled(self, at: float) -> bool:
        """Whether its line will not change any more."""
        return True

    def line(self) -> Line | None:
        """Return what is known of it; None for nothing to show."""
        return None

    def close(self, at: float) -> None:
        """Nothing more comes."""

    def break_off(self, at: float) -> None:
        """No more comes of what was under way; what has come may still be heard."""


class UserTurn(Place):
    """What the user says or types; the words may come long after the turn."""

    def __init__(self, item_id: str, previous_id: str, at: float, typed: str = "") -> None:
        super().__init__(item_id, previous_id)
        self.text, self.typed = typed, bool(typed)
        self.note = ""
        self.start, self.end = at, at
        self.due = at + SETTLE_S
        self.known = bool(typed)  # the words, or that they will not be known
        self.told = bool(typed)  # and not only because they are late
        self.taken_back = False  # the endpoint was told to forget it

    def settled(self, at: float) -> bool:
        self.known = self.known or at >= self.due
        return self.known

    def add(self, text: str, at: float) -> None:
        self.text += text
        self.due = at + SETTLE_S

    def replace(self, text: str, at: float) -> None:
        """Take all the words so far, which may still change; what is known does not."""
        if not self.told:
            self.text, self.due = text, at + SETTLE_S

    def know(self, text: str, at: float) -> None:
        """Take the words; said again, the longer ones count."""
        if self.told and len(text) < len(self.text):
            return
        self.text, self.note, self.told = text, "" if text else "no words", True
        if says_nothing(text):
            self.wordless(at)
        else:
            self.known = True

    def fail(self, message: str, at: float) -> None:
        self.told = True
        self.note = f"{UNKNOWN}: {message}" if message else UNKNOWN
        self.wordless(at)

    def wordless(self, at: float) -> None:
        """No words come: wait no longer than it takes to find that it was a noise."""
        self.due = min(self.due, at + MOMENT_S)

    def close(self, at: float) -> None:
        self.due = min(self.due, at)

    def line(self) -> Line | None:
        if self.taken_back and says_nothing(self.text):
            return None
        return Line(
            "user",
            self.text,
            self.item_id,
            typed=self.typed,
            note=self.note or (UNKNOWN if self.known and not self.text else ""),
            start=self.start,
            end=self.end,
        )


class Answer(Place):
    """A message of the assistant: its parts, as far as they were heard."""

    def __init__(self, item_id: str, previous_id: str, response_id: str) -> None:
        super().__init__(item_id, previous_id)
        self.response_id = response_id
        self.captions: dict[Part, Caption] = {}
        self.start: float | None = None  # of its first sample, or of its text without audio
        self.end: float | None = None
        self.complete = False  # no more parts will come

    def settled(self, at: float) -> bool:
        if not self.captions:
            return self.complete or not self.response_id
        captions = self.captions.values()
        over = all(caption.over for caption in captions)
        return over and (self.complete or any(caption.cut for caption in captions))

    def begin(self, at: float) -> None:
        self.start = at if self.start is None else self.start

    def finish(self, at: float) -> None:
        self.begin(at)
        self.end = at

    def read(self, at: float, *, whole: bool) -> None:
        """Its response is over: what has no audio in the speaker was read, or was never heard."""
        self.complete = True
        for caption in self.captions.values():
            if caption.over or caption.size:
                continue
            if whole and not caption.has_audio:
                caption.end()
            else:
                caption.stop(0)
            self.finish(at)

    def close(self, at: float) -> None:
        """Cut off what was still to be heard where the playhead was last seen."""
        self.complete = True
        for caption in self.captions.values():
            if not caption.over:
                caption.stop(0)
                self.finish(at)

    def break_off(self, at: float) -> None:
        if self.complete:
            return
        self.complete = True
        for caption in self.captions.values():
            if caption.break_off() and self.start is not None:
                self.finish(at)

    def line(self) -> Line | None:
        captions = [self.captions[part] for part in sorted(self.captions, key=_order)]
        cut = any(caption.cut for caption in captions)
        wordless = not any(caption.text for caption in captions)
        if self.start is None or (wordless and not any(caption.size for caption in captions)):
            return None
        return Line(
            "assistant",
            _joined([caption.heard for caption in captions]),
            self.item_id,
            unheard=_joined([caption.unheard for caption in captions]) if cut else "",
            cut=cut,
            note="no words" if wordless else "",
            start=self.start,
            end=self.end,
        )


class Call(Place):
    """A function the model wants called, and what it was told."""

    def __init__(self, item_id: str, previous_id: str, response_id: str, at: float) -> None:
        super().__init__(item_id, previous_id)
        self.response_id = response_id
        self.call_id = self.name = self.arguments = ""
        self.answer: Mapping[str, str] | None = None
        self.at = at
        self.complete = False

    def settled(self, at: float) -> bool:
        if not self.name:  # its arguments are still being written
            return self.complete or not self.response_id
        return self.answer is not None or at >= self.at + SETTLE_S

    def close(self, at: float) -> None:
        self.complete = True
        self.at = min(self.at, at - SETTLE_S)

    def break_off(self, at: float) -> None:
        self.complete = True

    def line(self) -> Line | None:
        if not self.name:
            return None
        text = f"{self.name}({_flat(self.arguments)})"
        note = _flat("; ".join(f"{name}: {told}" for name, told in (self.answer or {}).items()))
        return Line("call", text, self.item_id, note=note, start=self.at, end=self.at)


def _order(part: Part) -> tuple[int, int]:
    return part.output_index, part.content_index


def _joined(texts: list[str]) -> str:
    return "\n".join(text.strip() for text in texts if text.strip())


def _flat(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())
