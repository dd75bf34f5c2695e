"""What a new session is told of the conversation so far: what was said, and what was heard of it.

Items are told again as text: of the assistant's what was heard, of the user's the words; a turn
whose words are not known as its sound. All of it stays within a budget of tokens; the oldest is
left out first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.items import Line
from s2s.conversation.transcript.transcript import Transcript

BUDGET_TOKENS = 16_000  # half of the smallest context of a realtime model
SOUND_MS = 60_000  # of turns without words, in all
_ITEM_TOKENS = 8  # of an item beside its content
_BYTES_PER_TOKEN = 3  # of UTF-8: rather too few than too many
_MS_PER_TOKEN = 100  # of the user's sound


@dataclass(slots=True)
class Told:
    """What a new session is told."""

    items: list[do.SeedItem] = field(default_factory=list)
    left_out: int = 0  # the oldest turns, for which there is no room
    wordless: int = 0  # turns of which neither words nor sound are left


class Recall:
    """Observes a conversation; facts and orders alike."""

    def __init__(self, budget_tokens: int = BUDGET_TOKENS) -> None:
        self._budget = budget_tokens
        self._transcript = Transcript()
        self.taken: set[str] = set()  # turns of the user that have become items
        self._sound: dict[str, bytes] = {}  # of turns whose words are not known
        self._deleted: set[str] = set()  # items that are to be forgotten
        self._last = ""  # the item that was told last

    def observe(self, happening: on.Event | do.Command) -> None:
        """Take note of what was said."""
        self._transcript.observe(0.0, happening)
        if isinstance(happening, on.UserTranscribed) and happening.text:
            self._sound.pop(happening.item_id, None)
        elif isinstance(happening, do.DeleteItem):
            self._deleted.add(happening.item_id)

    def turn(self, item_id: str, sound: bytes) -> None:
        """A turn of the user is an item; keep its sound until its words are known."""
        self.taken.add(item_id)
        self._sound[item_id] = sound[-pcm.size_of(SOUND_MS) :]
        while sum(map(len, self._sound.values())) > pcm.size_of(SOUND_MS):
            del self._sound[next(iter(self._sound))]

    def tell(self, sounding: set[str]) -> Told:
        """Return all that a new session has to know; of what is `sounding` that is known later."""
        told, tokens = Told(), 0
        known_later = sounding | self._deleted
        lines = [each for each in self._transcript.lines() if each.item_id not in known_later]
        for line in reversed(lines):
            item = self._item(line)
            if item is None:
                told.wordless += line.role == "user" and not line.text
                continue
            tokens += _tokens(item)
            if tokens > self._budget:
                told.left_out += 1
                tokens = self._budget  # what is older is left out too
            else:
                told.items.insert(0, item)
        self._last = told.items[-1].item_id if told.items else ""
        return told

    def heard(self, item_ids: set[str]) -> list[do.Command]:
        """Return what to tell of items of the assistant that were sounding."""
        lines = [each for each in self._transcript.lines() if each.item_id in item_ids]
        items = [item for line in lines if (item := self._item(line, self._last))]
        self._last = items[-1].item_id if items else self._last
        return list(items)

    def _item(self, line: Line, after: str = "") -> do.SeedItem | None:
        if line.role == "assistant":
            return (
                do.SeedItem(line.item_id, "assistant", line.text, after=after)
                if line.text
                else None
            )
        if line.role != "user":
            return None
        if sound := self._sound.get(line.item_id):
            return do.SeedItem(line.item_id, "user", pcm=sound)
        if line.text and (line.typed or line.item_id in self.taken):
            return do.SeedItem(line.item_id, "user", line.text)
        return None


def _tokens(item: do.SeedItem) -> int:
    """Estimate what an item costs."""
    sound = pcm.duration_ms(len(item.pcm)) // _MS_PER_TOKEN
    return _ITEM_TOKENS + sound + len(item.text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN
