"""The transcript as it is printed: whole lines, in their order, harmless to the terminal."""

from __future__ import annotations

import io

from s2s.conversation import commands as do
from s2s.ui.transcript import TranscriptPrinter, WarningPrinter


class Bar:
    """Something that has to make room, and remembers when."""

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


def test_a_progress_bar_makes_room_and_comes_back_after_the_line() -> None:
    bar = Bar()
    printer = TranscriptPrinter(io.StringIO(), bar)
    printer.observe(0.0, do.ShowText("user", "Hello?", ends=True))
    assert bar.shown
    printer.observe(0.0, do.ShowText("assistant", "Hi"))
    assert not bar.shown
    printer.observe(0.0, do.ShowText("assistant", "", ends=True))
    assert bar.shown


def test_a_warning_is_one_line() -> None:
    err = io.StringIO()
    WarningPrinter(err, Bar()).observe(0.0, do.Warn("Mind the\x1b gap."))
    assert err.getvalue() == "Warning: Mind the\\x1b gap.\n"
