"""The API's `usage`, of a response or a transcription. Pure."""

from __future__ import annotations

from s2s.conversation.usage import Tokens, Usage
from s2s.wire.realtime import fields
from s2s.wire.realtime.fields import Json

_MOST = 1e12  # what is more is no count


def usage_in(*holders: Json) -> Usage | None:
    """Return the usage in the first of `holders` that has any."""
    found = next(filter(None, (fields.an_object(each, "usage") for each in holders)), None)
    if found is None:
        return None
    return Usage(_tokens(found, "input"), _tokens(found, "output"), _count(found, "seconds"), found)


def _tokens(usage: Json, side: str) -> Tokens:
    details = fields.an_object(usage, f"{side}_token_details")
    cached = fields.an_object(details, "cached_tokens_details")
    total = int(_count(usage, f"{side}_tokens"))
    kinds = _kinds(details, "text", "audio", "cached", "image")
    return Tokens(total, *kinds, *_kinds(cached, "text", "audio", "image"))


def _kinds(details: Json, *kinds: str) -> list[int]:
    return [int(_count(details, f"{kind}_tokens")) for kind in kinds]


def _count(holder: Json, key: str) -> float:
    value = fields.number(holder, key)
    return value if 0 <= value < _MOST else 0.0
