"""The transcript as it is printed: whole lines, in their order, harmless to the terminal."""

from __future__ import annotations

import io

from s2s.conversation import commands as do
from s2s.ui.screen.printer import TranscriptPrinter, WarningPrinter


class Bar:
    """Something that has to make room, and remembers when."""

    words = ""

    def draft(self, words: str) -> None:
        self.words = words

    def __init__(self) -> None:
        self.shown = True

    def pause(self) -> None:
        self.shown = False

    def resume(self) -> None:
        self.shown = True


def printed(*shown: do.Command) -> str:
    out = io.StringIO()
    printer = TranscriptPrinter(out)
    for each in shown:
        printer.observe(0.0, each)
    return out.getvalue()


def test_each_speaker_has_a_line() -> None:
    assert printed(
        do.ShowText("user", "Hello?", ends=True),
        do.ShowText("assistant", "Hi"),
        do.ShowText("assistant", "."),
        do.ShowText("assistant", "", ends=True),
    ) == "You: Hello?\nAssistant: Hi.\n"  # fmt: skip


def test_the_users_words_do_not_land_in_the_assistants_line() -> None:
    assert printed(
        do.ShowText("assistant", "Hi "),
        do.ShowText("user", "Hello?", ends=True),
        do.ShowText("assistant", "there."),
        do.ShowText("assistant", "", ends=True),
    ) == "Assistant: Hi there.\nYou: Hello?\n"  # fmt: skip


def test_a_line_that_was_cut_off_is_still_a_line() -> None:
    assert printed(do.ShowText("assistant", "Hi"), do.End()) == "Assistant: Hi\n"


def test_an_endpoint_cannot_steer_the_terminal() -> None:
    steering = "\x1b[2J\x1b]0;pwned\x07red\r\n\u202eabc"
    out = printed(do.ShowText("user", steering, ends=True))
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(out)


def test_with_a_bar_the_line_being_said_is_its_draft_and_is_printed_whole() -> None:
    bar, out = Bar(), io.StringIO()
    printer = TranscriptPrinter(out, bar)
    printer.observe(0.0, do.ShowText("user", "Hello?", ends=True))
    printer.observe(0.0, do.ShowText("assistant", "Hi"))
    printer.observe(0.0, do.ShowText("assistant", " there."))
    assert (bar.words, bar.shown) == ("Assistant: Hi there.", True)
    assert out.getvalue() == "You: Hello?\n"
    printer.observe(0.0, do.ShowText("assistant", "", ends=True))
    assert (bar.words, bar.shown) == ("", True)
    assert out.getvalue() == "You: Hello?\nAssistant: Hi there.\n"


def test_a_draft_that_was_cut_off_is_printed() -> None:
    out = io.StringIO()
    printer = TranscriptPrinter(out, Bar())
    printer.observe(0.0, do.ShowText("assistant", "Hi"))
    printer.end_line()
    assert out.getvalue() == "Assistant: Hi\n"


def test_a_warning_is_one_line() -> None:
    err = io.StringIO()
    WarningPrinter(err, Bar()).observe(0.0, do.Warn("Mind the\x1b gap."))
    assert err.getvalue() == "Warning: Mind the\\x1b gap.\n"
