"""What all of the screen stands on: a line that fits, and a line that is told."""

from __future__ import annotations

import contextlib
import os
import sys
import textwrap
from typing import TextIO

from s2s.printable import printable
from s2s.secret import redact


def fitted(text: str, out: TextIO) -> str:
    """Return `text` broken between words where a terminal would break it inside them."""
    try:
        width = os.get_terminal_size(out.fileno()).columns or 80  # some tell of none
    except (OSError, ValueError):  # no terminal, or it has gone
        return text
    wrapper = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    return "\n".join(wrapper.fill(row) for row in text.split("\n"))


def tell(line: str, err: TextIO | None = None) -> None:
    """Print a line on standard error; one that cannot be written is no reason to fail."""
    err = err or sys.stderr
    with contextlib.suppress(OSError):
        print(fitted(printable(redact(line)), err), file=err, flush=True)
