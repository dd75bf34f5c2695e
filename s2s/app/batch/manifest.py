"""What is done: a line of JSON for each reply, in a file beside them.

A line is true when it stands there: the reply and its folder are on the disk by then. A line that
is torn, or makes no sense, is passed over, and its file is sent again.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from s2s.app.batch.fingerprint import Fingerprint, from_json
from s2s.app.batch.lock import Lock
from s2s.errors import UsageError, WriteError
from s2s.printable import printable

_LINE = re.compile(rb'\{"output": ("(?:[^"\\]|\\.)*"), "state": "(done|begun)"')


@dataclass(frozen=True, slots=True)
class Done:
    """A reply that is whole and on the disk, and what it was the reply to."""

    output: str
    """The name of the reply below the folder of the manifest."""
    recording: Fingerprint
    """What was sent."""
    settings: str
    """A digest of what was asked for."""
    reply: Fingerprint
    """What came."""
    told: dict[str, Any] = field(default_factory=dict)
    """What else is known of it: words, tokens, times."""

    def line(self) -> bytes:
        """Return the line that says so."""
        return _line(
            {
                "output": self.output,
                "state": "done",
                "settings": self.settings,
                "input": self.recording.as_json(),
                "reply": self.reply.as_json(),
                **self.told,
            }
        )


def begun(output: str) -> bytes:
    """Return the line that says that a reply of ours is about to get its name."""
    return _line({"output": output, "state": "begun"})


def asked(settings: str, told: dict[str, Any]) -> bytes:
    """Return the line that says what a digest of settings means."""
    return _line({"settings": settings, **told})


def _line(told: dict[str, Any]) -> bytes:
    # ASCII: half a letter in a name, and whatever ends a line elsewhere, is escaped.
    return json.dumps(told, ensure_ascii=True).encode("ascii") + b"\n"


class Manifest:
    """The manifest of one folder, which no other run writes meanwhile.

    Of each line only its place is kept in memory.
    """

    def __init__(self, path: str, *, reads_only: bool = False) -> None:
        """Open it, and lock it; it is made if there is none. Raises `UsageError`, `WriteError`.

        Who `reads_only` changes nothing, and keeps nobody away.
        """
        self.path = path
        flags = os.O_RDONLY if reads_only else os.O_RDWR | os.O_CREAT | os.O_APPEND
        try:
            self._file = os.open(path, flags, 0o666)
        except OSError as exc:
            raise UsageError(
                f"{printable(path)} cannot be written: {exc.strerror}.",
                "Choose another folder for the replies with -o.",
            ) from exc
        try:
            self._lock = None if reads_only else Lock(self._file, path)
            self._places = _places(path)
            if not reads_only:
                self._end_torn_line()
        except BaseException:
            os.close(self._file)
            raise

    def close(self) -> None:
        """Let others have it."""
        if self._lock:
            self._lock.leave()
        os.close(self._file)

    @property
    def count(self) -> int:
        """How many outputs are done."""
        return sum(place & 1 for place in self._places.values())

    def is_ours(self, output: str) -> bool:
        """Whether an earlier run has made this output, or was about to."""
        return hash(_name(output)) in self._places

    def find(self, output: str) -> Done | None:
        """Return what is known of an output that is done."""
        place = self._places.get(hash(_name(output)), -1)
        return _done(self._read(place >> 1), output) if place >= 0 and place & 1 else None

    def add(self, lines: bytes) -> None:
        """Write whole lines. Raises OSError; what was torn by that is ended by the next run."""
        rest = memoryview(lines)
        while rest:
            rest = rest[os.write(self._file, rest) :]

    def sync(self) -> None:
        """Wait until all lines are on the disk. Raises OSError."""
        os.fsync(self._file)

    def _end_torn_line(self) -> None:
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            try:
                self.add(b"\n")
            except OSError as exc:
                problem = f"{printable(self.path)} cannot be written: {exc.strerror}."
                raise WriteError(problem, "Make room, and run it again.") from exc

    def _read(self, at: int) -> bytes:
        found = b""
        while b"\n" not in found and (more := os.pread(self._file, 1 << 12, at + len(found))):
            found += more
        return found.partition(b"\n")[0]


def _places(path: str) -> dict[int, int]:
    """Return where the last line of each output begins, times two, plus one if it is done."""
    places: dict[int, int] = {}
    at = 0
    with Path(path).open("rb") as file:
        for line in file:
            if (found := _LINE.match(line)) and line.endswith(b"}\n"):
                key, done = hash(found[1]), found[2] == b"done"
                places[key] = at << 1 | done
            at += len(line)
    return places


def _name(output: str) -> bytes:
    return json.dumps(output, ensure_ascii=True).encode("ascii")


def _done(line: bytes, output: str) -> Done | None:
    try:
        stated = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(stated, dict) or stated.pop("output", None) != output:
        return None
    recording, reply = from_json(stated.pop("input", None)), from_json(stated.pop("reply", None))
    settings = stated.pop("settings", None)
    if recording is None or reply is None or not isinstance(settings, str):
        return None
    stated.pop("state", None)
    return Done(output, recording, settings, reply, stated)
