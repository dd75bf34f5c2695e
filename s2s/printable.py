"""Foreign text made harmless: the one filter between it and a terminal or a line of a log.

What an endpoint, a file, a setting or a device says is data. It passes through here where it enters
a message of ours, so that it can neither steer the terminal, nor forge a line, nor turn the order
in which the rest of the line is read.
"""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"  # letters to Persian, and what holds emoji together
_MARKS = "\u00ad\u200e\u200f\u061c\u2060\ufeff"  # hyphenation, and the direction of one letter
_ESCAPED = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, formats, halves of surrogates, line ends


def printable(text: str) -> str:
    """Return `text` on one line, with what could do harm made visible: ESC as `\\x1b`, a newline
    as `\\n`, an override of the reading direction as `\\u202e`.
    """
    if text.isprintable():
        return text
    return "".join(_visible(c) for c in text)


def printable_lines(text: str) -> str:
    """Return `text` as `printable` does, but keep its line breaks: for text that has paragraphs."""
    return "\n".join(printable(line) for line in text.split("\n"))


def printable_report(text: str) -> str:
    """Return a traceback as `printable_lines` does; no line after the first begins as ours do."""
    return printable_lines(text).strip("\n").replace("\n", "\n  ")


def _visible(c: str) -> str:
    if c.isprintable() or c in _JOINERS or c in _MARKS:
        return c
    if unicodedata.category(c) not in _ESCAPED:
        return c  # a wide space, or a letter newer than this Python knows
    return c.encode("unicode_escape").decode()
