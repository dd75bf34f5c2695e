"""What clients ask about items that are there: each answer is the event to be sent. Pure.

All raise `SettingRefused` for what the API refuses.
"""

from __future__ import annotations

from typing import Any

from s2s.local.items import Items
from s2s.local.refusals import required_number, required_text

Json = dict[str, Any]


def retrieved(items: Items, event: Json) -> Json:
    body = items.retrieve(required_text(event, "item_id"))
    return {"type": "conversation.item.retrieved", "item": body}


def deleted(items: Items, event: Json) -> Json:
    item_id = required_text(event, "item_id")
    items.delete(item_id)
    return {"type": "conversation.item.deleted", "item_id": item_id}


def truncated(items: Items, event: Json) -> Json:
    item_id = required_text(event, "item_id")
    cut = {key: required_number(event, key) for key in ("content_index", "audio_end_ms")}
    items.truncate(item_id, **cut)
    return {"type": "conversation.item.truncated", "item_id": item_id, **cut}
