"""Facts of items that leave a conversation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ItemDeleted:
    """An item is no longer in the conversation."""

    item_id: str
