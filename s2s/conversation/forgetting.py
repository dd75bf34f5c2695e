"""One conversation's items are taken out of a session, so that another may begin in it."""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on


class Forgetting:
    """Knows the items of a session, has them deleted, and whether all of them are gone.

    Only what the endpoint has told can be deleted: where it tells of no items, or complains of
    anything, nothing is certain, and the session is not to be used again.
    """

    HEARS = (
        on.ItemAdded, on.InputCommitted, on.ItemDeleted, on.ErrorReported, on.ConnectionLost,
        on.MessageUnreadable,
    )  # fmt: skip
    """What it wants to hear of, besides the end of a response."""

    def __init__(self) -> None:
        self._items: dict[str, None] = {}  # in their order
        self._told = self._lost = False

    def hear(self, event: on.Event) -> None:
        """Take note of what comes to be in the session, and of what leaves it."""
        if isinstance(event, on.ItemAdded | on.InputCommitted):
            self._told = True
            self._items[event.item_id] = None
        elif isinstance(event, on.ResponseEnded):
            self._items.update(dict.fromkeys(event.item_ids))
        elif isinstance(event, on.ItemDeleted):
            self._items.pop(event.item_id, None)
        elif isinstance(event, on.ErrorReported | on.ConnectionLost | on.MessageUnreadable):
            self._lost = True

    @property
    def is_possible(self) -> bool:
        """Whether all that is in the session is known, and can be taken out of it."""
        return self._told and not self._lost and "" not in self._items

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return self.is_possible and not self._items

    def orders(self) -> list[do.DeleteItem]:
        """Return what takes everything out, the newest first."""
        return [do.DeleteItem(item_id) for item_id in reversed(self._items)]
