"""A line of the conversation in rows of a terminal: the speaker in a column, the words beside."""

from __future__ import annotations

from s2s.conversation.transcript.items import Line
from s2s.ui.lines import NAMES, cut_mark, one_line
from s2s.ui.screen.wrapping import Row, wrapped

_COLUMN = len("Assistant")
_GAP = 2
_NARROW = 48  # cells: below that a column for the speaker is a waste
_WIDEST = 100  # cells: longer rows are hard to read

_STYLES = {"user": "class:you", "assistant": "class:assistant"}


def paragraph(line: Line, width: int, *, is_open: bool = False, printed: int = 0) -> list[Row]:
    """Return what was said; an open line without words shows that they are to come.

    `printed` is how many signs of it stand above already, as counted by `signs`.
    """
    body: Row = [("", _after(one_line(line.text), printed))]
    if is_open and not (line.text or line.note):
        body = [("class:quiet", "…")]
    elif line.cut:
        body.append(("class:quiet", f" {cut_mark(line)}"))
    if line.note:
        body.append(("class:quiet", f" ({one_line(line.note)})"))
    label = "" if printed else NAMES[line.role]
    return _labelled(label, _STYLES.get(line.role, "class:quiet"), body, width)


def signs(row: Row) -> int:
    """Count what of the words, spaces aside, stands in a row."""
    return sum(len("".join(text.split())) for style, text in row if style == "")


def _after(text: str, printed: int) -> str:
    for index, sign in enumerate(text):
        if not printed:
            return text[index:]
        printed -= not sign.isspace()
    return ""


def warning(message: str, width: int) -> list[Row]:
    """Return a warning; it is no part of the conversation, and looks like none."""
    body: Row = [("class:quiet", one_line(message))]
    return _labelled("!", "class:warning", body, width)


def _labelled(label: str, style: str, body: Row, width: int) -> list[Row]:
    if width < _NARROW:
        begun: Row = [(style, label if label in ("!", "") else f"{label}:"), ("", " ")]
        return wrapped([*begun, *body], width)
    rows = wrapped(body, min(width, _WIDEST) - _COLUMN - _GAP)
    begin: Row = [("", " " * (_COLUMN - len(label))), (style, label), ("", " " * _GAP)]
    indent: Row = [("", " " * (_COLUMN + _GAP))]
    return [[*(indent if index else begin), *row] for index, row in enumerate(rows)]
