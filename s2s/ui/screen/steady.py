"""A terminal that is written to in one piece, so that nothing flickers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output.vt100 import Vt100_Output


class SteadyOutput(Vt100_Output):
    """Writes nothing while `held`; the next flush after that writes all of it at once.

    It never asks the terminal where the cursor is: some do not answer, and a view that grows
    downwards does not need to know.
    """

    def __init__(self, stdout: TextIO) -> None:
        def size() -> Size:
            try:
                columns, rows = os.get_terminal_size(stdout.fileno())
            except OSError:  # the terminal has gone; there is still something to end
                columns, rows = 0, 0
            return Size(rows=rows or 24, columns=columns or 80)

        super().__init__(stdout, size, enable_cpr=False)
        self._held = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep back what is written until something flushes after this."""
        self._held = True
        try:
            yield
        finally:
            self._held = False

    def flush(self) -> None:
        if not self._held:
            super().flush()
