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


def recordings_in(
    folder: str, leave_out: str | None, unread: Callable[[str], None]
) -> Iterator[str]:
    """Give the recordings below `folder` in the order of their names, but for `leave_out`.

    `leave_out` is the real path of a folder that is not looked into. Hidden files, replies, and
    folders that are links are passed over; `unread` is told what cannot be read, and might be, or
    hold, a recording. Raises `UsageError` if `folder` cannot be read.
    """
    waiting = [folder]
    while waiting:
        found = waiting.pop()
        files: list[str] = []
        folders: list[str] = []
        try:
            with os.scandir(found) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    kept = folders if entry.is_dir(follow_symlinks=False) else files
                    kept.append(entry.name)
        except OSError as exc:
            problem = f"The folder {printable(found)} cannot be read: {exc.strerror}."
            if found == folder:
                raise UsageError(problem, "Check who may read it.") from exc
            unread(problem)
            continue
        for name in sorted(files):
            path = os.path.join(found, name)
            if name not in OURS and not is_reply(name) and _is_recording(path, unread):
                yield path
        inner = [os.path.join(found, name) for name in sorted(folders, reverse=True)]
        waiting += [path for path in inner if not leave_out or os.path.realpath(path) != leave_out]


def _is_recording(path: str, unread: Callable[[str], None]) -> bool:
    ends_like_one = os.path.splitext(path)[1].lower() in ENDINGS
    if not os.path.isfile(path):
        # A link that leads nowhere is a recording that is missing: whoever opens it will say so.
        return ends_like_one and os.path.islink(path) and not os.path.exists(path)
    if ends_like_one:
        return True
    try:
        with Path(path).open("rb") as file:
            kind = recognise(file.read(HEAD_SIZE))
    except OSError as exc:
        unread(f"{printable(path)} cannot be read: {exc.strerror}.")
        return False
    return kind is not None and kind.is_recording and not kind.weak
