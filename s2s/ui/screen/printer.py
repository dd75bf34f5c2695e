"""The transcript on standard output: a line for each speaker, as it comes.

The line breaks of a written reply stay, but what follows one is indented: no speaker's words can
pass for those of another.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Protocol, TextIO

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.errors import WriteError
from s2s.printable import printable_lines
from s2s.secret import ends_in_secret, redact
from s2s.ui.terminal import tell

_NAMES = {"user": "You", "assistant": "Assistant"}


class Overlay(Protocol):
    """Something on the same screen that has to make room for a line."""

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def draft(self, words: str) -> None: ...


class TranscriptPrinter:
    """Prints what is said; the user's words never land in the middle of the assistant's line.

    With an `overlay`, a line that is being said is its draft, and printed once it is whole.
    """

    def __init__(self, out: TextIO, overlay: Overlay | None = None) -> None:
        self._out: TextIO | None = out
        self._overlay = overlay
        self._open = False  # the assistant's line has begun and not ended
        self._begun = ""  # what of it is not printed yet: half a secret, or a line break
        self._held: list[str] = []
        self._draft = ""

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Print what `ShowText` brings; at the end, whatever is still held back."""
        if isinstance(happening, do.ShowText):
            if happening.role == "user":
                self._held.append(f"{_NAMES['user']}: {_shown(happening.text)}\n")
            else:
                self._assistant(happening)
        elif isinstance(happening, do.End):
            self.end_line()
        if not self._open:
            self._print("".join(self._held))
            self._held.clear()

    def end_line(self) -> None:
        """End the assistant's line, should it have been cut off."""
        if self._open or self._begun:
            self._assistant(do.ShowText("assistant", "", ends=True))

    def _assistant(self, shown: do.ShowText) -> None:
        text = self._begun + shown.text
        whole = len(text) if shown.ends else len(text) - ends_in_secret(text)
        ready = text[:whole].rstrip("\n")
        self._begun = "" if shown.ends else text[len(ready) :]
        text = _shown(ready)
        if text and not self._open:
            text = f"{_NAMES['assistant']}: {text}"
            self._open = True
        if shown.ends and self._open:
            text += "\n"
            self._open = False
        if self._overlay:
            self._draft += text
            self._overlay.draft(self._draft if self._open else "")
            text, self._draft = ("", self._draft) if self._open else (self._draft, "")
        self._print(text)

    def _print(self, text: str) -> None:
        if not text or self._out is None:
            return
        if self._overlay:
            self._overlay.pause()
        try:
            self._out.write(text)
            self._out.flush()
        except BrokenPipeError:  # the reader has seen enough; the reply is still to be written
            self._out = None
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as exc:
            self._out = None
            raise WriteError(
                f"The transcript cannot be written: {exc.strerror}.", "Where does the output go?"
            ) from exc
        if self._overlay and not self._open:
            self._overlay.resume()


def _shown(text: str) -> str:
    return re.sub(r"\n(?!\n)", "\n  ", printable_lines(redact(text.rstrip("\n"))))


class WarningPrinter:
    """Prints warnings, one line each."""

    def __init__(self, err: TextIO, overlay: Overlay | None = None) -> None:
        self._err = err
        self._overlay = overlay

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Print what `Warn` says."""
        if not isinstance(happening, do.Warn):
            return
        if self._overlay:
            self._overlay.pause()
        tell(f"Warning: {happening.message}", self._err)
        if self._overlay:
            self._overlay.resume()
