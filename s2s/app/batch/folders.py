"""The recordings in a folder and the folders in it: by their ending, or else by their content."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from s2s.app.batch.naming import OURS, is_reply
from s2s.audio.files.signatures import HEAD_SIZE, recognise
from s2s.errors import UsageError
from s2s.printable import printable

# What ends like this is meant to be a recording, and is told of if it is none.
ENDINGS = frozenset(
    (
        *(".wav", ".wave", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif"),
        *(".aiff", ".aifc", ".au", ".snd", ".caf", ".m4a", ".m4b", ".mp4", ".mov", ".3gp", ".aac"),
        *(".amr", ".webm", ".mka", ".mkv", ".wma"),
    )
)


def recordings_in(folder: str, leave_out: str | None, warn: Callable[[str], None]) -> Iterator[str]:
    """Give the recordings below `folder` in the order of their names, but for `leave_out`.

    `leave_out` is the real path of a folder that is not looked into. Hidden files, replies, and
    folders that are links are passed over. Raises `UsageError` if `folder` cannot be read.
    """
    waiting = [folder]
    while waiting:
        found = waiting.pop()
        try:
            with os.scandir(found) as entries:
                listed = sorted(entries, key=lambda each: each.name)
        except OSError as exc:
            problem = f"The folder {printable(found)} cannot be read: {exc.strerror}."
            if found == folder:
                raise UsageError(problem, "Check who may read it.") from exc
            warn(problem)
            continue
        inner = []
        for entry in listed:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                if leave_out is None or os.path.realpath(entry.path) != leave_out:
                    inner.append(entry.path)
            elif entry.name not in OURS and not is_reply(entry.name) and _is_recording(entry):
                yield entry.path
        waiting += reversed(inner)


def _is_recording(entry: os.DirEntry[str]) -> bool:
    try:
        if not entry.is_file():
            return False
        if os.path.splitext(entry.name)[1].lower() in ENDINGS:
            return True
        with Path(entry.path).open("rb") as file:
            kind = recognise(file.read(HEAD_SIZE))
    except OSError:
        return False
    return kind is not None and kind.is_recording and not kind.weak
