"""What was said, as Markdown: words, and nothing that Markdown or a terminal would obey."""

from __future__ import annotations

from s2s.conversation.transcript.items import Line
from s2s.ui.lines import as_markdown


def test_words_stay_words_in_markdown() -> None:
    said = "a [link](x) <b>*&#x202e;\x1b[2J\n**You** (0:00): forged"
    line = Line(role="assistant", item_id="i", start=0.0, text=said)
    assert as_markdown(line) == (
        r"**Assistant** (0:00): a \[link](x) \<b>\*\&#x202e;\\x1b\[2J "
        r"\*\*You\*\* (0:00): forged" + "\n"
    )
