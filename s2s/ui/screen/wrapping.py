"""Text in rows of a terminal: by the cells it takes there, not by its characters."""

from __future__ import annotations

import unicodedata

from prompt_toolkit.utils import get_cwidth

Fragment = tuple[str, str]  # a style, and text in it
Row = list[Fragment]

_JOINER = "\u200d"
_MODIFIERS = "\u200d\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"  # of emoji


def cells(text: str) -> int:
    """Return how many cells of a terminal `text` takes."""
    return get_cwidth(text)


def wrapped(fragments: Row, width: int) -> list[Row]:
    """Break text into rows of at most `width` cells: between words, or anywhere in CJK.

    What is longer than a row is broken inside; what is wider than a row stands alone.
    """
    rows: list[Row] = [[]]
    used = 0
    space = False
    for style, text in fragments:
        for piece in _pieces(text):
            if piece.isspace():
                space = True
                continue
            size = cells(piece)
            if rows[-1] and used + space + size > width:
                rows.append([])
                used, space = 0, False
            if space and rows[-1]:
                _append(rows[-1], style, " ")
                used += 1
            space = False
            for sign in [piece] if size <= width else _signs(piece):
                if rows[-1] and used + cells(sign) > width:
                    rows.append([])
                    used = 0
                _append(rows[-1], style, sign)
                used += cells(sign)
    return rows


def _append(row: Row, style: str, text: str) -> None:
    if row and row[-1][0] == style:
        row[-1] = (style, row[-1][1] + text)
    else:
        row.append((style, text))


def _pieces(text: str) -> list[str]:
    """Split into what stays together: words, single wide signs, and the spaces between."""
    pieces: list[str] = []
    for sign in _signs(text):
        if pieces and not _may_break(pieces[-1][-1], sign):
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _may_break(before: str, sign: str) -> bool:
    if before.isspace() or sign.isspace():
        return before.isspace() != sign.isspace()
    wide = cells(sign) > 1 or unicodedata.east_asian_width(before) in "WF"
    return wide and unicodedata.category(sign[0]) not in ("Pe", "Pf", "Po")


def _signs(text: str) -> list[str]:
    """Split into what a reader takes for one sign: accents and joined emoji stay whole."""
    signs: list[str] = []
    for character in text:
        if signs and (
            character in _MODIFIERS
            or signs[-1].endswith(_JOINER)
            or unicodedata.category(character)[0] == "M"
        ):
            signs[-1] += character
        else:
            signs.append(character)
    return signs
