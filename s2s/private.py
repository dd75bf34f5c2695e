"""Files that are for the user alone: what was said, and what was told of it."""

from __future__ import annotations

import os
from pathlib import Path

from s2s.destination import follow


def private(path: str, flags: int) -> int:
    """Open a file for `open(..., opener=private)`: a new one is the user's alone (0600).

    One that exists keeps its mode: it is the user's, who may have given it to others. A descriptor,
    a device or a named pipe is written to as it is.
    """
    place = follow(path)
    return place.open() if place.is_stream else os.open(path, flags, 0o600)


def private_folder(path: Path) -> None:
    """Create a folder, and those it lies in, for the user alone (0700) unless it exists."""
    for folder in reversed([path, *path.parents]):
        if not folder.exists():
            folder.mkdir(0o700, exist_ok=True)
