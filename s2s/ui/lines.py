"""How a line of the conversation reads: for a person, as Markdown, as JSON."""

from __future__ import annotations

import re
from typing import Any

from s2s.conversation.bill import ShowCost
from s2s.conversation.transcript.items import Line
from s2s.printable import printable
from s2s.secret import redact
from s2s.ui.reports.cost import cost_in_full
from s2s.ui.reports.summary import clock

NAMES = {"user": "You", "assistant": "Assistant", "call": "Function"}
LONGEST_UNHEARD = 60  # characters shown of what nobody heard; files hold all of it

_MARKDOWN = re.compile(r"([\\`*_~<\[&])")  # & may begin the number of any character


def one_line(text: str) -> str:
    """Return `text` on one line, harmless to a terminal and without a key."""
    return printable(redact(" ".join(text.split())))


def shortened(text: str, longest: int = LONGEST_UNHEARD) -> str:
    """Return `text` on one line; what is too long ends in an ellipsis."""
    text = one_line(text)
    return text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0] + " …"


def cut_mark(line: Line) -> str:
    """Return what stands where a reply was cut off; "" if it was not."""
    if not line.cut:
        return ""
    unheard = shortened(line.unheard)
    if unheard and not line.text:
        return f"[not heard: {unheard}]"
    return f"[interrupted; not heard: {unheard}]" if unheard else "[interrupted]"


def as_text(line: Line) -> str:
    """Return a line as `You: …`, where it was cut and why there are no words included."""
    note = f"({one_line(line.note)})" if line.note else ""
    said = " ".join(filter(None, (one_line(line.text), cut_mark(line), note)))
    return f"{NAMES[line.role]}: {said}"


def as_markdown(line: Line) -> str:
    """Return a line as a paragraph; what was not heard is struck out."""
    said = [_escaped(line.text)]
    if line.unheard:
        said.append(f"~~{_escaped(line.unheard)}~~")
    if line.cut:
        unheard = line.unheard and not line.text
        said.append("*(not heard)*" if unheard else "*(interrupted)*")
    if line.note:
        said.append(f"*({_escaped(line.note)})*")
    words = " ".join(filter(None, said))
    return f"**{NAMES[line.role]}** ({clock(line.start)}): {words}\n"


def as_json(line: Line) -> dict[str, Any]:
    """Return a line as an object; its times are in seconds."""
    return {
        "role": line.role,
        "start": round(line.start, 3),
        "end": None if line.end is None else round(line.end, 3),
        "text": line.text,
        "cut": line.cut,
        "unheard": line.unheard,
        "typed": line.typed,
        "note": line.note,
        "item_id": line.item_id,
    }


def cost_as_markdown(shown: ShowCost) -> str:
    """Return what it has cost as a paragraph."""
    return f"*{_escaped(cost_in_full(shown))}*\n"


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", one_line(text))
