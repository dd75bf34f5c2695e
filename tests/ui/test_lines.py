"""What was said, as Markdown: words, and nothing that Markdown or a terminal would obey."""

from __future__ import annotations

from s2s.conversation.transcript.items import Line
from s2s.ui.lines import as_markdown, as_text


def test_words_stay_words_in_markdown() -> None:
    said = "a [link](x) <b>*&#x202e;\x1b[2J\n**You** (0:00): forged"
    line = Line(role="assistant", item_id="i", start=0.0, text=said)
    assert as_markdown(line) == (
        r"**Assistant** (0:00): a \[link](x) \<b>\*\&#x202e;\\x1b\[2J "
        r"\*\*You\*\* (0:00): forged" + "\n"
    )


def test_a_reply_without_words_that_was_cut_off_is_not_called_unheard() -> None:
    """It may have sounded for a minute: only its words tell how far it was heard."""
    line = Line(role="assistant", item_id="i", text="", cut=True, note="no words", end=60.0)
    assert as_text(line) == "Assistant: [interrupted] (no words)"
    assert as_markdown(line) == "**Assistant** (0:00): *(interrupted)* *(no words)*\n"


def test_of_one_that_has_words_and_was_not_heard_they_are_told() -> None:
    line = Line(role="assistant", item_id="i", text="", cut=True, unheard="Hello.")
    assert as_text(line) == "Assistant: [not heard: Hello.]"
    assert as_markdown(line) == "**Assistant** (0:00): ~~Hello.~~ *(not heard)*\n"
