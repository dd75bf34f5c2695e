"""What is asked of each piece of work: one frozen dataclass each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from s2s.audio.files.recording import RawFormat
    from s2s.config import Settings, Sources


@dataclass(frozen=True)
class SendOptions:
    """An exchange: a recording or a text goes to the model, one reply comes back."""

    settings: Sources | Settings
    """The settings, or the places they come from."""
    recording: str | BinaryIO | None = None
    """A path, "-" for standard input, or an open file; None: `text` is sent instead."""
    text: str = ""
    """What is said to the model in writing."""
    raw: RawFormat | None = None
    """The format of a recording without a header."""
    output: str | None = None
    """Where the spoken reply goes, "-" for standard output; None: it is kept in memory."""
    output_named: bool = False
    """The user has named the output: a reply without audio is then a mistake."""
    force: bool = False
    """Overwrite the output if it exists."""
    offline: bool = False
    """Talk to an endpoint on this machine, which is started for this."""
    allow_plain: bool = False
    """Allow unencrypted ws:// to another machine."""
    text_only: bool = False
    """Ask for a written reply."""
