"""Before a file is sent: is it done already, and can it be read? On a thread beside the network."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from s2s.app.batch.fingerprint import Fingerprint, content_of
from s2s.app.batch.manifest import Done, Manifest
from s2s.app.batch.output import NO_SUCH_NAME, no_such_place
from s2s.app.batch.sound import Sound, open_sound
from s2s.audio.files.recording import RawFormat
from s2s.errors import UsageError
from s2s.printable import printable


@dataclass(frozen=True, slots=True)
class Ready:
    """A recording that can be sent."""

    sound: Sound
    content: Fingerprint | None
    """What the file holds; None where that does not matter."""
    force: bool
    """What is there now may be replaced."""
    why: str = ""
    """Why it is sent again."""


@dataclass(frozen=True, slots=True)
class Known:
    """A recording that an earlier run has sent."""

    done: Done | None
    """What is known of it."""
    why: str


class Preparation:
    """What holds for all files of a batch."""

    def __init__(
        self,
        manifest: Manifest | None,
        settings: str,
        raw: RawFormat | None,
        *,
        redo: bool,
        skip_existing: bool,
        force: bool,
    ) -> None:
        """`settings` is a digest of what is asked for."""
        self._manifest, self._settings, self._raw = manifest, settings, raw
        self.redo = redo
        self._skip_existing, self._force = skip_existing, force

    def known(self, path: str, reply: str, key: str) -> tuple[Known | None, str]:
        """Return what is known of a file if it is done; else "", or why it is sent again."""
        exists = os.path.lexists(reply)
        if self.redo:
            return None, ""
        if self._skip_existing and exists:
            return Known(None, "its output exists"), ""
        done = self._manifest.find(key) if self._manifest else None
        if done is None:
            return None, ""
        if done.settings != self._settings:
            return None, "the settings have changed"
        if not exists:
            return None, "its output is gone"
        try:
            if not done.reply.is_in(reply):
                return None, "its output is damaged"
            if not done.recording.is_in(path):
                return None, "it has changed"
        except OSError:  # whoever reads it will say what is wrong
            return None, "it cannot be compared"
        return Known(done, "it is done"), ""

    def look(self, path: str, reply: str | None, key: str) -> Ready | Known:
        """Find out what is to be done about a file, and open it. Raises `UsageError`.

        Without `reply` nothing is remembered of it.
        """
        if reply is None:
            return Ready(open_sound(path, self._raw), None, force=True)
        found = self.examine(path, reply, key)
        if isinstance(found, Known):
            return found
        ours, why, content = self._is_ours(key), found, self._content(path)
        return Ready(open_sound(path, self._raw), content, ours, why)

    def examine(self, path: str, reply: str, key: str) -> Known | str:
        """Return what is known of a file if it is done; else why it is sent again, or "".

        Raises `UsageError` if its reply cannot have its place.
        """
        known, why = self.known(path, reply, key)
        if known:
            return known
        _check_place(path, reply, ours=self._is_ours(key))
        return why

    def _is_ours(self, key: str) -> bool:
        return self._force or bool(self._manifest and self._manifest.is_ours(key))

    def again(self, path: str, before: Ready) -> Ready:
        """Open a file for another try."""
        return Ready(open_sound(path, self._raw), before.content, before.force, before.why)

    def _content(self, path: str) -> Fingerprint | None:
        try:
            if stat.S_ISREG(os.stat(path).st_mode):
                return content_of(path)
        except (OSError, ValueError):  # opening it says what is wrong
            pass
        return None


def _check_place(path: str, reply: str, *, ours: bool) -> None:
    """Raise `UsageError` if a reply cannot have its place, or what is there is not ours."""
    shown = printable(reply)
    try:
        there = os.lstat(reply)
    except OSError as exc:
        if exc.errno in NO_SUCH_NAME:
            raise no_such_place(reply, exc) from exc
        return
    if not stat.S_ISREG(there.st_mode):
        raise UsageError(f"{shown} is no plain file, and is left as it is.", code="output")
    if os.path.exists(path) and os.path.samefile(path, reply):
        raise UsageError(f"{shown} is the recording itself.", "Choose another -o.", code="output")
    if not ours:
        raise UsageError(
            f"{shown} exists already, and no earlier run has made it.",
            "Overwrite it with --force, or take it for done with --skip-existing.",
            code="output_exists",
        )
