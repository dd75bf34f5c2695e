"""JSON as we print and write it: on one line, without a key, harmless to a terminal."""

from __future__ import annotations

import json
import math
from typing import Any

from s2s.printable import printable
from s2s.secret import redact
from s2s.well_formed import well_formed

_DEEPEST = 64  # what lies deeper, no endpoint means to tell us
_SHORT_NAME = 8  # characters; below that a name is our own, even if a careless key is the same word


def json_text(value: Any) -> str:
    """Return `value` as JSON on one line, letters of all languages as they are.

    In every string, the keys of objects included, a secret is `***`, and what could steer a
    terminal or end a line is escaped (`\\u009b`). A number that JSON has no way to write is null.
    """
    text = json.dumps(_clean(value, _DEEPEST), ensure_ascii=False)
    if text.isprintable():
        return text
    # `printable` leaves alone exactly what may stay; outside of strings there is only ASCII.
    return "".join(c if printable(c) == c else json.dumps(c)[1:-1] for c in text)


def _clean(value: Any, room: int) -> Any:
    if isinstance(value, str):
        return redact(well_formed(value))
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict | list | tuple) and not room:
        return "…"
    if isinstance(value, dict):
        return {_name(str(name)): _clean(each, room - 1) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each, room - 1) for each in value]
    return value


def _name(name: str) -> str:
    return well_formed(name) if len(name) < _SHORT_NAME else redact(well_formed(name))
