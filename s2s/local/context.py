"""What a response answers: the items it reads, as a turn for the engine. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from s2s.local.engines import Turn
from s2s.local.items import Item, Items, client_item
from s2s.local.refusals import required_text

Json = dict[str, Any]


class Context:
    """The items one response reads: the conversation, or what `response.create` gives as input."""

    def __init__(self, items: Items, given: Sequence[Any] | None) -> None:
        self.items = items.all() if given is None else [_resolve(each, items) for each in given]
        asks = (n for n, item in enumerate(self.items) if item.words[0] in ("user", "tool"))
        self._at = max(asks, default=len(self.items))

    @property
    def asked(self) -> Item | None:
        """The newest item that a reply would answer."""
        return self.items[self._at] if self._at < len(self.items) else None

    def turn(self, number: int, settings: Json) -> Turn:
        """Return the turn for the engine, as the response's settings shape it."""
        voice = settings["audio"]["output"]["voice"]
        before = (item.words for item in self.items[: self._at])
        asked = self.asked
        return Turn(
            number=number,
            text=asked.words[1] if asked else "",
            pcm=asked.audio if asked else b"",
            history=tuple(words for words in before if words[0]),
            instructions=settings["instructions"],
            voice=voice if isinstance(voice, str) else str(voice.get("id", "")),
            speaks=settings["output_modalities"] == ["audio"],
            tools=tuple(each for each in settings["tools"] if isinstance(each, dict)),
        )


def _resolve(given: Any, items: Items) -> Item:
    if isinstance(given, dict) and given.get("type") == "item_reference":
        return items.get(required_text(given, "id", "response.input"))
    return client_item(given, lambda: "input")
