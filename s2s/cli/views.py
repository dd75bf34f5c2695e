"""Who watches a conversation: the screen, the journal, the recording, the summary, the log."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from s2s.app.offline import NOTICE, phrases
from s2s.cli import bugs
from s2s.config import Settings
from s2s.errors import Bug, S2SError
from s2s.session.loop import Observer
from s2s.ui.kept.journal import Journal
from s2s.ui.kept.saved import SavedConversation
from s2s.ui.reports.log import log_happening
from s2s.ui.reports.summary import Summary
from s2s.ui.screen.plain import PlainView
from s2s.ui.terminal import tell
from s2s.wire.models import shutdown_warning

if TYPE_CHECKING:
    from s2s.cli.talking import TalkView
    from s2s.conversation.events import Event
    from s2s.conversation.transcript.transcript import Transcript
    from s2s.ui.screen.live import LiveView


class Views:
    """Opens the observers that the command line asks for; at the end says what it came to.

    Raises `UsageError` if an output cannot be created, and at the end the error of the first that
    could not be written, unless the conversation itself has failed.
    """

    def __init__(
        self,
        wanted: TalkView,
        settings: Settings,
        post: Callable[[Event], None],
        speaker_ms: float,
        transcript: Transcript,
    ) -> None:
        self._wanted = wanted
        self._summary = Summary(speaker_ms)
        self._errors: list[S2SError] = []
        self._live: LiveView | None = None
        self.observers: tuple[Observer, ...] = (log_happening, self._summary.observe)
        self._open = ExitStack()
        if wanted.save:
            recording = SavedConversation(
                Path(wanted.save), transcript, self._failed, raw=wanted.save_raw
            )
            self._open.callback(self._tell_saved, recording)
            self._watch(recording)
        if wanted.events:
            self._watch(Journal(wanted.events, self._failed))
        out = self._stream()
        if out and not wanted.plain and _is_terminal(out):
            from s2s.ui.screen.live import LiveView

            self._live = LiveView(
                post, out, transcript, speaker_ms, phrases() if wanted.offline else ()
            )
            self.observers += (self._live.observe,)
        elif out:
            self._watch(PlainView(out, transcript, self._failed))
        self._tell_notices(settings)

    def _watch(self, view: SavedConversation | Journal | PlainView) -> None:
        self._open.callback(view.close)
        self.observers += (view.observe,)

    def _stream(self) -> TextIO | None:
        """Return where the conversation is shown: standard output has one claimant."""
        if self._wanted.beside:
            return sys.stdout
        return None if self._wanted.quiet else sys.stderr

    def _tell_notices(self, settings: Settings) -> None:
        if self._wanted.offline:
            self._wanted.tell(NOTICE)
            more = " ? shows all of them." if self._live else ""
            self._wanted.tell(f"You could say: {', '.join(phrases()[:3])}.{more}")
        ending = shutdown_warning(settings.endpoint.model, date.today())
        for warning in (*settings.warnings, *filter(None, [ending])):
            self._wanted.tell(f"Warning: {warning}")

    @contextlib.asynccontextmanager
    async def live(self) -> AsyncIterator[None]:
        """Show the live view, if there is a terminal for it, until the block ends."""
        if self._live is None:
            yield
            return
        shown = asyncio.create_task(self._live.run())
        try:
            yield
        finally:
            self._live.close()
            await shown
            self._live = None

    def __enter__(self) -> Views:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._open.close()
        for line in self._summary.lines():
            self._wanted.tell(line)
        if self._errors and exc is None:
            raise self._errors[0]
        for error in self._errors:
            if isinstance(error, Bug):
                bugs.note(error)
            else:
                self._wanted.tell(error.hint)

    def _failed(self, error: S2SError) -> None:
        """Tell at once; the conversation goes on."""
        self._errors.append(error)
        if self._live:
            self._live.warn(error.message)
        else:
            tell(f"Warning: {error.message}")

    def _tell_saved(self, recording: SavedConversation) -> None:
        if recording.kept:
            self._wanted.tell(recording.kept)


def _is_terminal(out: TextIO) -> bool:
    return sys.stdin.isatty() and out.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")
