"""The places of a conversation's items, in the endpoint's order; each line is given once."""

from __future__ import annotations

from s2s.conversation.transcript.items import Line, Place


class Order:
    """What was given stays where it is; the rest moves to where the endpoint says it stands."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self._by_id: dict[str, Place] = {}
        self._taken = 0  # places whose line was given

    @property
    def rest(self) -> list[Place]:
        """The places whose line was not given yet."""
        return self.places[self._taken :]

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._by_id

    def get(self, item_id: str) -> Place | None:
        """Return the place of an item; of several with one id, the latest."""
        return self._by_id.get(item_id)

    def settled(self, at: float) -> list[Line]:
        """Return the lines that have become settled since the last time."""
        lines = []
        while self._taken < len(self.places) and self.places[self._taken].settled(at):
            lines.append(self.places[self._taken].line())
            self._taken += 1
        return [line for line in lines if line]

    def name(self, place: Place, item_id: str, known_as: str = "") -> None:
        """Let a place be found by its item's id, or by what stands in for one."""
        place.item_id = item_id
        if name := known_as or item_id:
            self._by_id[name] = place

    def forget(self, place: Place) -> None:
        """Let a place not be found any more: its item's id is used again."""
        for item_id in [each for each, known in self._by_id.items() if known is place]:
            del self._by_id[item_id]

    def put(self, place: Place) -> None:
        """Put a place behind the one it follows, or at the end."""
        before = self._by_id.get(place.previous_id) if place.previous_id else None
        if place.item_id:
            self._by_id[place.item_id] = place
        index = self.places.index(before) + 1 if before else len(self.places)
        self.places.insert(max(index, self._taken), place)
        for other in self.rest:
            if other is not place and place.item_id and other.previous_id == place.item_id:
                self._move_behind(other, place)

    def _move_behind(self, place: Place, before: Place) -> None:
        index = self.places.index(place)
        if self._taken <= index < self.places.index(before):
            self.places.remove(place)
            self.places.insert(self.places.index(before) + 1, place)

    def replace(self, place: Place, previous_id: str) -> None:
        """Give a place that stands already the one it has by the endpoint's word."""
        if not previous_id or previous_id in (place.previous_id, place.item_id):
            return
        place.previous_id = previous_id
        if self.places.index(place) >= self._taken:
            self.places.remove(place)
            self.put(place)

    def bring_back(self, place: Place) -> None:
        """Put a place to the end whose line was given, and was none."""
        if (index := self.places.index(place)) < self._taken:
            self.places.append(self.places.pop(index))
            self._taken -= 1
