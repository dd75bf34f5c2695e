"""What is asked of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from decimal import Decimal

    from s2s.audio.files.recording import RawFormat
    from s2s.config import Settings, Sources

JOBS = 8
"""Sessions at once unless it is said: some sixty requests a minute, far below anybody's limit."""
RETRIES = 3
"""How often a file is tried again unless it is said."""


@dataclass(frozen=True)
class BatchOptions:
    """Many recordings go to the model, each alone, and each brings a reply."""

    settings: Sources | Settings
    """The settings, or the places they come from."""
    inputs: tuple[str, ...] = ()
    """Recordings, folders, and lists (`@FILE`, `@-`)."""
    null_separated: bool = False
    """The names in a list end with a NUL, not with the line."""
    output: str | None = None
    """The folder of the replies; None: each lies beside its recording."""
    remembers: bool = True
    """It is written down beside the replies what is done."""
    in_memory: bool = False
    """The replies go nowhere but into the outcomes; nothing is remembered of a run."""
    raw: RawFormat | None = None
    """The format of recordings without a header."""
    jobs: int = JOBS
    """How many sessions at once."""
    one_conversation: bool = False
    """The files are the turns of one conversation, in order."""
    retries: int = RETRIES
    """How often a file is tried again after what may pass."""
    redo: bool = False
    """Send what is done already once more."""
    skip_existing: bool = False
    """Whatever has an output is done, whoever made it."""
    force: bool = False
    """Overwrite outputs that are not of an earlier run."""
    max_cost: Decimal | None = None
    """How many dollars this run may spend; None: whatever it takes."""
    expect: re.Pattern[str] | None = None
    """What the words of each reply must hold."""
    max_first_audio_ms: float | None = None
    """How long the first sound of a reply may take from the moment it is asked for."""
    realtime: bool = False
    """Give a recording at the pace of speech, and let the endpoint find the end of the turn."""
    offline: bool = False
    """Talk to an endpoint on this machine, which is started for this."""
    allow_plain: bool = False
    """Allow unencrypted ws:// to another machine."""
    text_only: bool = False
    """Ask for written replies."""
