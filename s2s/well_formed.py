"""Text made valid Unicode: what can be neither sent, nor written, nor printed is replaced.

Half a surrogate pair comes from servers that count UTF-16 units and cut a letter in two, and from
file names, arguments and settings that are no UTF-8 (Python's `surrogateescape`).
"""

from __future__ import annotations

REPLACEMENT = "\ufffd"


def well_formed(text: str) -> str:
    """Return `text` with halves that follow each other joined, and U+FFFD for any other."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
