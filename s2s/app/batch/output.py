"""A reply on its way to the disk: short ones in one piece, long ones as they come."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from io import FileIO
from pathlib import Path

from s2s.app.batch.fingerprint import Fingerprint, seen
from s2s.app.batch.naming import PARTIAL, marked
from s2s.audio.files.partial import publish
from s2s.audio.files.riff import HEADER_SIZE, pack_header
from s2s.errors import UsageError, WriteError
from s2s.pcm import RATE, SAMPLE_SIZE
from s2s.printable import printable

NO_SUCH_NAME = (
    errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.EILSEQ,
)  # fmt: skip
"""What the system says of a place that no file can have."""
KEPT_SIZE = 1 << 18  # bytes of a reply that are held in memory: 5 s


def no_such_place(path: str, exc: OSError) -> UsageError:
    """Return what it means that the system knows no place of that name: see `NO_SUCH_NAME`."""
    problem = f"{printable(path)} cannot be created: {exc.strerror}."
    return UsageError(problem, "Rename the recording.", code="output")


def not_written(path: str, exc: OSError) -> WriteError:
    """Return what it means that an output cannot be written."""
    error = WriteError(
        f"{printable(path)} cannot be written: {exc.strerror}.",
        "What is done is kept. Make room, or choose another folder, and run it again.",
    )
    error.__cause__ = exc
    return error


class Output:
    """One reply; it is a `ReplySink`, and is brought to the disk by `settle` and `publish`."""

    def __init__(self, path: str, *, force: bool = False) -> None:
        """`force`: what is there now may be replaced."""
        self.path, self.force = path, force
        self.size = 0  # bytes of PCM
        self.text: str | None = None  # a written reply
        self._held = bytearray()
        self._file: FileIO | None = None
        self._digest = ""  # once all of it is on the disk

    # --- while it comes

    def write(self, pcm: bytes) -> None:
        """Take samples. Raises `WriteError`."""
        self._held += pcm
        self.size += len(pcm)
        if len(self._held) > KEPT_SIZE:
            try:
                self._spill()
            except OSError as exc:
                raise not_written(self.path, exc) from exc

    def restart(self) -> None:
        """Another reply takes the place of this one."""
        self._held.clear()
        self.size = 0
        if self._file:
            self._file.seek(HEADER_SIZE)
            self._file.truncate()

    def complete(self) -> None:
        """Nothing is to be done yet."""

    def abandon(self) -> None:
        """Nothing is to be done yet."""

    # --- on the thread of the disk

    def settle(self) -> None:
        """Bring all of it to the disk, under its partial name. Raises OSError."""
        if self._digest:
            return
        if self.text is not None:
            self._held += self.text.encode("utf-8", "replace") + b"\n"
        digest = ""
        if self._file is None:
            self._held[:0] = b"" if self.text is not None else self._header()
            digest = hashlib.sha256(self._held).hexdigest()
        self._spill(header=False)
        assert self._file
        if not digest:
            self._file.seek(0)
            self._file.write(self._header())
            digest = self._read_digest()
        os.fsync(self._file.fileno())
        self._digest = digest

    def publish(self) -> Fingerprint:
        """Give it its name, and return what it holds. Raises OSError."""
        publish(self._partial, self.path, force=self.force)
        status = os.stat(self.path)
        self._close()
        return seen(status, self._digest, settled_s=0.0)

    def keep(self) -> Path | None:
        """Leave what came of a reply that failed beside its place; return where, if anything."""
        kept = None
        with suppress(OSError):
            if self.size >= SAMPLE_SIZE or self.text:
                self.settle()
                root, ending = os.path.splitext(self.path)
                kept = Path(marked(root, f".partial{ending}"))
                Path(self._partial).replace(kept)
        self.drop()
        return kept

    def drop(self) -> None:
        """Leave nothing of it."""
        had = self._file is not None
        self._close()
        if had:
            with suppress(OSError):
                os.unlink(self._partial)

    @property
    def _partial(self) -> str:
        return marked(self.path, PARTIAL)

    def _header(self) -> bytes:
        return pack_header(self.size - self.size % SAMPLE_SIZE, RATE, 1)

    def _spill(self, *, header: bool = True) -> None:
        if self._file is None:
            os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
            self._file = FileIO(self._partial, "w+")  # one of an earlier run is of no use
            if header:
                self._held[:0] = self._header()
        rest = memoryview(self._held)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        finally:
            rest.release()
        self._held.clear()

    def _read_digest(self) -> str:
        assert self._file
        self._file.seek(0)
        found = hashlib.sha256()
        while piece := self._file.read(1 << 20):
            found.update(piece)
        return found.hexdigest()

    def _close(self) -> None:
        if self._file:
            with suppress(OSError):
                self._file.close()
        self._file = None
