"""The turns of the user, and their words, which may come long after them."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from s2s.conversation.transcript.items import Line, UserTurn
from s2s.conversation.transcript.order import Order

LATE = "came late"  # the note of words whose line was given without them


class Turns:
    """Finds the turn that an item is, a new one if its id was used for an earlier turn."""

    def __init__(self, order: Order) -> None:
        self.transcribes = False
        self._order = order
        self._typed: deque[UserTurn] = deque()  # until the endpoint has named their items
        self._spoken: dict[str, tuple[float, float]] = {}  # when an item to come was said
        self._by_key = False  # a turn of the key is over, and its item is to come
        self._late: list[UserTurn] = []

    def speech_started(self, item_id: str, at: float) -> None:
        self._spoken[item_id] = (at, at)

    def speech_stopped(self, item_id: str, at: float) -> None:
        if item_id in self._spoken or item_id not in self._order:
            start, _ = self._spoken.get(item_id, (at, at))
            self._spoken[item_id] = (start, at)
        elif isinstance(turn := self._order.get(item_id), UserTurn):
            turn.end = at  # its words have come before it was over

    def committed_by_key(self) -> None:
        self._by_key = True

    def break_off(self) -> None:
        """What was said and is no item yet is said again to another session."""
        self._by_key = False
        self._spoken.clear()

    def typed(self, text: str, at: float) -> None:
        """Put a typed message in its place."""
        self._typed.append(UserTurn("", "", at, typed=text))
        self._order.put(self._typed[-1])

    def added(self, item_id: str, previous_id: str, at: float) -> None:
        """A message of the user, typed or spoken, has its place."""
        if self._typed and item_id not in self._order:
            typed = self._typed.popleft()
            self._order.name(typed, item_id)
            self._order.replace(typed, previous_id)
        elif item_id:
            self.turn(item_id, previous_id, at)

    def turn(self, item_id: str, previous_id: str, at: float) -> UserTurn:
        """Return the turn that an item is."""
        turn = self._order.get(item_id)
        if isinstance(turn, UserTurn) and not (self._by_key or item_id in self._spoken):
            self._order.replace(turn, previous_id)
            return turn
        turn = UserTurn(item_id, previous_id, at)
        turn.start, turn.end = self._spoken.pop(item_id, (at, at))
        self._by_key = False
        if not self.transcribes:
            turn.wordless(at)
        self._order.put(turn)
        return turn

    def transcribed(self, item_id: str, text: str, at: float) -> None:
        """The words of a turn are known."""
        turn = self.of_words(item_id, at)
        if text not in ("", turn.text) and not turn.told and turn not in self._order.rest:
            self._late.append(turn)
        turn.know(text, at)

    def of_words(self, item_id: str, at: float) -> UserTurn:
        """Return the turn whose words come; without an id, the oldest that has none yet."""
        turns = [each for each in self._order.places if isinstance(each, UserTurn)]
        nameless = [each for each in turns if not (each.item_id or each.told)]
        turn = self._order.get(item_id) if item_id else next(iter(nameless), None)
        return turn if isinstance(turn, UserTurn) else self.turn(item_id, "", at)

    def taken_back(self, item_id: str) -> None:
        """An item is to be forgotten: without words it was a noise, and no turn."""
        if isinstance(turn := self._order.get(item_id), UserTurn):
            turn.taken_back = True

    def late(self) -> list[Line]:
        """Return the lines that were given without words, and whose words have come since."""
        late, self._late = self._late, []
        return [replace(line, note=LATE) for turn in late if (line := turn.line())]
