"""Fields of the API's JSON: one that is missing, or odd, has a harmless value. Pure."""

from __future__ import annotations

import math
from typing import Any

from s2s.conversation.events import Part

Json = dict[str, Any]


def an_object(event: Json, key: str) -> Json:
    """Return an object, or an empty one."""
    value = event.get(key)
    return value if isinstance(value, dict) else {}


def objects(event: Json, key: str) -> list[Json]:
    """Return those of a list that are objects."""
    value = event.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(event: Json, key: str) -> str:
    """Return a text, or an empty one."""
    value = event.get(key)
    return value if isinstance(value, str) else ""


def milliseconds(event: Json, key: str) -> int | None:
    """Return a time, if there is one."""
    return int(number(event, key)) if isinstance(event.get(key), (int, float)) else None


def number(event: Json, key: str) -> float:
    """Return a number; 0 for what is none, or endless."""
    value = event.get(key)
    try:
        found = float(value) if isinstance(value, (int, float)) else 0.0
    except OverflowError:
        return 0.0
    return found if math.isfinite(found) else 0.0


def part(event: Json) -> Part:
    """Return the part of a response that an event is about."""
    return Part(
        text(event, "response_id"),
        text(event, "item_id"),
        int(number(event, "output_index")),
        int(number(event, "content_index")),
    )
