"""What is drawn in several steps reaches the terminal in one write."""

from __future__ import annotations

import io

from s2s.ui.screen.steady import SteadyOutput


class Terminal(io.TextIOWrapper):
    """Remembers what it is given, write by write."""

    def __init__(self) -> None:
        self._drawn = io.BytesIO()
        super().__init__(self._drawn, encoding="utf-8")
        self.writes: list[str] = []

    def fileno(self) -> int:
        raise OSError("this terminal has gone")

    def flush(self) -> None:
        if drawn := self._drawn.getvalue():
            self.writes.append(drawn.decode())
            self._drawn.seek(0)
            self._drawn.truncate()


def test_what_is_held_comes_with_the_next_flush() -> None:
    terminal = Terminal()
    output = SteadyOutput(terminal)
    with output.held():
        output.write("erased ")
        output.flush()
        output.write("printed ")
        output.flush()
    assert terminal.writes == []
    output.write("drawn")
    output.flush()
    assert terminal.writes == ["erased printed drawn"]


def test_a_terminal_that_does_not_tell_its_size_has_the_usual_one() -> None:
    size = SteadyOutput(Terminal()).get_size()
    assert (size.columns, size.rows) == (80, 24)
