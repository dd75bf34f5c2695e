"""Replies are brought to the disk, and written down as done: the reply, its folder, then its line.

One thread does it for all jobs, and as many at once as wait for it: a disk takes as long for one.
"""

from __future__ import annotations

import asyncio
import errno
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

from s2s.app.batch.fingerprint import Fingerprint
from s2s.app.batch.manifest import Manifest, begun
from s2s.app.batch.output import NO_SUCH_NAME, Output, no_such_place, not_written
from s2s.errors import S2SError, UsageError
from s2s.printable import printable

_MOST = 256  # in one go


@dataclass
class _Commit:
    output: Output
    key: str
    line: Callable[[Fingerprint], bytes]
    done: Future[Fingerprint] = field(default_factory=Future)
    content: Fingerprint | None = None

    def publish(self) -> None:
        self.content = self.output.publish()


class Committer:
    """Takes complete replies; `manifest` None: nothing is written down."""

    def __init__(self, manifest: Manifest | None) -> None:
        self._manifest = manifest
        self._synced: set[str] = set()  # folders whose own names are on the disk
        self._waiting: queue.SimpleQueue[_Commit | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="committer", daemon=True)
        self._thread.start()

    async def commit(
        self, output: Output, key: str, line: Callable[[Fingerprint], bytes]
    ) -> Fingerprint:
        """Wait until a reply is on the disk, and the line that says so; return what it holds.

        Raises `WriteError`, or `UsageError` for a place that it cannot have.
        """
        commit = _Commit(output, key, line)
        commit.done.set_running_or_notify_cancel()
        self._waiting.put(commit)
        return await asyncio.wrap_future(commit.done)

    def close(self) -> None:
        """Finish what was handed over, and end."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch, last = [first], False
            while len(batch) < _MOST:
                try:
                    more = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    last = True
                    break
                batch.append(more)
            self._commit_all(batch)
            if last:
                return

    def _commit_all(self, batch: list[_Commit]) -> None:
        try:
            self._steps(batch)
        except OSError as exc:
            for each in batch:
                if not each.done.done():
                    path = self._manifest.path if self._manifest else each.output.path
                    _fail(each, not_written(path, exc))
        except BaseException as exc:
            for each in batch:
                if not each.done.done():
                    each.done.set_exception(exc)

    def _steps(self, batch: list[_Commit]) -> None:
        batch = [each for each in batch if _tried(each, each.output.settle)]
        if self._manifest and batch:
            # Whatever has its own name is known to be ours, also if we are killed right then.
            self._manifest.add(b"".join(begun(each.key) for each in batch))
            self._manifest.sync()
        batch = [each for each in batch if _tried(each, each.publish)]
        for folder in {os.path.dirname(each.output.path) for each in batch}:
            self._sync(folder)
        if self._manifest and batch:
            lines = (each.line(each.content) for each in batch if each.content)
            self._manifest.add(b"".join(lines))
            self._manifest.sync()
        for each in batch:
            assert each.content
            each.done.set_result(each.content)

    def _sync(self, folder: str) -> None:
        """Bring the names in a folder to the disk; the first time those of its own folders too."""
        _sync_folder(folder or ".")
        root = os.path.dirname(self._manifest.path) if self._manifest else folder
        while folder not in self._synced:
            self._synced.add(folder)
            if len(folder) <= len(root):
                break
            folder = os.path.dirname(folder)
            _sync_folder(folder or ".")


def _tried(commit: _Commit, step: Callable[[], None]) -> bool:
    """Carry out a step for one reply; what fails of it alone is told to whoever waits."""
    try:
        step()
    except OSError as exc:
        error = _of_one(commit.output.path, exc)
        if kept := commit.output.keep():
            error.hint = f"{error.hint} What came is in {kept}."
        _fail(commit, error)
        return False
    return True


def _of_one(path: str, exc: OSError) -> S2SError:
    """Return what it means that one reply cannot have its place."""
    if exc.errno == errno.EEXIST:
        error = UsageError(
            f"{printable(path)} exists already, and no earlier run has made it.",
            "Overwrite it with --force, or take it for done with --skip-existing.",
            code="output_exists",
        )
    elif exc.errno in NO_SUCH_NAME:
        error = no_such_place(path, exc)
    else:
        return not_written(path, exc)
    error.__cause__ = exc
    return error


def _fail(commit: _Commit, error: S2SError) -> None:
    commit.done.set_exception(error)


def _sync_folder(folder: str) -> None:
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems know no such thing
            os.fsync(number)
    finally:
        os.close(number)
