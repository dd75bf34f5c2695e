"""Text made valid Unicode: what can be neither sent, nor written, nor printed is replaced.

Half a surrogate pair comes from servers that count UTF-16 units and cut a letter in two, and from
file names, arguments and settings that are no UTF-8 (Python's `surrogateescape`).
"""

from __future__ import annotations

from typing import Any

REPLACEMENT = "\ufffd"


def well_formed(text: str) -> str:
    """Return `text` with halves that follow each other joined, and U+FFFD for any other."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def well_formed_json(value: Any) -> Any:
    """Return what JSON held with all its texts valid, names included."""
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, list):
        return [well_formed_json(each) for each in value]
    if isinstance(value, dict):
        return {well_formed(name): well_formed_json(each) for name, each in value.items()}
    return value
