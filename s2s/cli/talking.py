"""A conversation from the command line. What shows it is imported once the microphone is open."""

from __future__ import annotations

import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from s2s.app.options import TalkOptions
from s2s.app.talk import talk
from s2s.config import Settings
from s2s.conversation.events import Event
from s2s.errors import Stopped

if TYPE_CHECKING:
    from s2s.cli.views import Views
    from s2s.conversation.transcript.transcript import Transcript

T = TypeVar("T")


@dataclass(frozen=True)
class TalkView:
    """What of a conversation is shown and kept, and where."""

    save: str | None = None
    """The folder for a recording and the transcript."""
    save_raw: bool = False
    """Keep the microphone before its echo was cancelled as well."""
    events: str | None = None
    """Where the journal goes, "-" for standard output."""
    beside: bool = True
    """Standard output is free for the transcript."""
    offline: bool = False
    """It is the endpoint of this machine that answers."""
    plain: bool = False
    """Lines, also on a terminal."""
    quiet: bool = False
    """Nothing on standard error but errors."""

    def warn(self, message: str) -> None:
        """Tell a warning, unless nobody wants any."""
        self.tell(f"Warning: {message}")

    def tell(self, line: str) -> None:
        """Say something on standard error, unless nobody wants it."""
        if not self.quiet:
            _tell(line)

    def kept(self, path: Path) -> None:
        """Say where the sound is that another file was to hold."""
        _tell(f"What was heard is in {path}.")

    def conversation(
        self,
        settings: Settings,
        post: Callable[[Event], None],
        speaker_ms: float,
        transcript: Transcript,
    ) -> Views:
        """Open what is to be shown and kept."""
        from s2s.cli.views import Views

        return Views(self, settings, post, speaker_ms, transcript)


def run_talk(options: TalkOptions, view: TalkView) -> None:
    """Hold the conversation; whatever it ends with, what was said is saved and summed up."""
    try:
        talk(options, view, _run)
    except Stopped as stopped:
        if stopped.signal_number == signal.SIGINT:
            stopped.is_told = True  # a way to leave, and no error to be told of
        raise


def _run(work: Coroutine[Any, Any, T], /, on_interrupt: Callable[[], None] | None = None) -> T:
    from s2s.cli.runner import run

    return run(work, on_interrupt)


def _tell(line: str) -> None:
    from s2s.ui.terminal import tell

    tell(line)
