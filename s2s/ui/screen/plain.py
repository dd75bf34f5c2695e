"""One line for each happening, no control characters: for pipes, logs and screen readers."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TextIO

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.transcript import Transcript
from s2s.errors import WriteError
from s2s.ui.echo_words import as_line
from s2s.ui.lines import as_text, one_line


class PlainView:
    """Prints what matters to somebody who reads along.

    `on_error` is told once if the stream cannot be written; the conversation goes on.
    """

    def __init__(
        self, out: TextIO, transcript: Transcript, on_error: Callable[[WriteError], None]
    ) -> None:
        self.error: WriteError | None = None
        self._out: TextIO | None = out
        self._on_error = on_error
        self._lines = transcript.reader()
        self._shown: do.ShowState | None = None
        self._listened = False
        self._echo = ""  # what is done about it

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Print what has happened, and the lines that it settled."""
        self._print_settled()
        if isinstance(happening, do.ShowState):
            self._show(happening)
        elif isinstance(happening, on.EchoJudged):
            if happening.doing not in ("judging", self._echo):
                self._print(as_line(happening))
            self._echo = happening.doing
        elif isinstance(happening, do.Warn):
            self._print(f"Warning: {one_line(happening.message)}")

    def close(self) -> None:
        """Print what has been settled by the end."""
        self._print_settled()

    def _print_settled(self) -> None:
        for line in (*self._lines.settled(), *self._lines.late()):
            if line.role != "call":  # a warning has told of it
                self._print(as_text(line))

    def _show(self, shown: do.ShowState) -> None:
        """Tell of states that last; those of every turn are heard."""
        before, self._shown = self._shown, shown
        if before is None and shown.state == "connecting":
            self._print("Connecting.")
        if before and shown.muted != before.muted:
            self._print("Muted: nothing is sent." if shown.muted else "No longer muted.")
        if before and shown.talking != before.talking:
            self._print("Your turn begins." if shown.talking else "Your turn is over.")
        if shown.state == "listening" and not self._listened:
            self._listened = True
            self._print("Listening.")

    def _print(self, line: str) -> None:
        if self._out is None:
            return
        try:
            print(line, file=self._out, flush=True)
        except BrokenPipeError:  # the reader has seen enough; the conversation goes on
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())
            self._out = None
        except OSError as exc:
            self._out = None
            self.error = WriteError(
                f"The transcript cannot be written: {exc.strerror}.",
                "Where does standard output go? --save DIR keeps a transcript of its own.",
            )
            self._on_error(self.error)
