"""WAV out: sound written as it comes, playable at any moment, named when it is complete."""

from __future__ import annotations

import os
import queue
import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from s2s import pcm
from s2s.audio.files.partial import check_output, create_partial, publish
from s2s.audio.files.riff import ENDLESS_SIZE, HEADER_SIZE, LONG_HEADER_SIZE, pack_header
from s2s.destination import follow
from s2s.errors import Bug, S2SError, UsageError, WriteError

Encode = Callable[[Path, Path], None]  # from a WAV file to another; raises WriteError


class ReplySink(Protocol):
    """Takes the PCM of a reply, piece by piece."""

    def write(self, pcm: bytes) -> None:
        """Take whole samples."""

    def restart(self) -> Path | None:
        """Say that another reply takes the place of what came so far; return where that stays."""

    def complete(self) -> None:
        """Say that the reply is whole."""

    def abandon(self) -> Path | None:
        """Say that no more will come; return the file that holds what did, if any."""


class WavWriter:
    """16-bit samples in a file, under a partial name until it is complete.

    A link is followed, and the partial file is beside the one it leads to.

    Raises UsageError at once if the output cannot be created, WriteError later. A folder that
    vanishes meanwhile takes nothing along: what came is then kept in the temporary folder.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        force: bool = False,
        rate: int = pcm.RATE,
        channels: int = 1,
        can_be_long: bool = False,  # beyond 4 GiB
        encode: Encode | None = None,  # makes what is asked for of the complete WAV file
    ) -> None:
        self.path = Path(path)
        self.rate, self.channels = rate, channels
        self._force = force
        self._can_be_long = can_be_long
        self._encode = encode
        try:
            place = follow(self.path)
            check_output(self.path, place, force=force)
            self.target = place.path
            self._begin()
        except (OSError, ValueError) as exc:  # ValueError: a NUL in the path
            problem = getattr(exc, "strerror", None) or exc
            raise UsageError(
                f"{self.path} cannot be created: {problem}.", "Choose another folder or name."
            ) from exc

    @property
    def size(self) -> int:
        """Bytes of samples written to the present partial file."""
        return self._size

    @property
    def encodes(self) -> bool:
        """Whether completing it takes a while, since it is converted."""
        return self._encode is not None

    @property
    def partial_path(self) -> Path:
        """Where the audio is until it is complete."""
        return self._partial_path

    def write(self, samples: bytes) -> None:
        """Hand whole samples to the system; what it took survives the death of this process."""
        try:
            try:
                self._append(samples)
            finally:
                self._patch_header()
            self._partial_path.stat()  # raises if its folder has vanished
        except OSError as exc:
            raise self._failed(exc) from exc

    def complete(self) -> None:
        """Bring the audio to the disk and give it its name."""
        try:
            os.fsync(self._file.fileno())
            self._partial_path.stat()
            if self._encode:
                self._publish_encoded(self._encode)
            else:
                publish(self._partial_path, self.target, force=self._force)
            self._file.close()
        except OSError as exc:
            raise self._failed(exc) from exc

    def abandon(self) -> Path | None:
        """Stop here; return the partial file, or None where it would hold nothing."""
        with suppress(OSError):  # the failure that led here is the one to tell of
            self._rescue()
        with suppress(OSError):
            self._file.close()
            if not self._size:
                self._partial_path.unlink(missing_ok=True)
        return self._partial_path if self._is_there() else None

    def restart(self) -> Path | None:
        """Leave what came so far as `abandon` does, and begin a new partial file."""
        kept = self.abandon()
        try:
            self._begin()
        except OSError as exc:
            raise self._failed(exc) from exc
        return kept

    def _begin(self) -> None:
        self._file, self._partial_path = create_partial(self.target)
        self._size = self._end = 0
        try:
            self._append(self._header())
        except OSError:
            self.abandon()
            raise

    def _append(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            taken = self._file.write(rest)
            self._end += taken
            rest = rest[taken:]

    def _patch_header(self) -> None:
        """Count in the header what stands behind it: first the audio, then the promise."""
        size = self._end - (LONG_HEADER_SIZE if self._can_be_long else HEADER_SIZE)
        self._size = size - size % (pcm.SAMPLE_SIZE * self.channels)  # a full disk may cut one
        self._file.seek(0)
        self._file.write(self._header())
        self._file.seek(self._end)

    def _header(self) -> bytes:
        return pack_header(self._size, self.rate, self.channels, can_be_long=self._can_be_long)

    def _publish_encoded(self, encode: Encode) -> None:
        file, encoded = create_partial(self.target, self.path.suffix)
        file.close()
        try:
            encode(self._partial_path, encoded)
            publish(encoded, self.target, force=self._force)
        finally:
            encoded.unlink(missing_ok=True)
        self._partial_path.unlink()

    def _is_there(self) -> bool:
        return os.path.exists(self._partial_path)  # noqa: PTH110 - False as well where we may not look

    def _rescue(self) -> None:
        """Copy what came to the temporary folder if its own has vanished."""
        if self._is_there() or not self._size or self._file.closed:
            return
        rescue, path = create_partial(Path(tempfile.gettempdir()) / self.path.name)
        with rescue:
            self._file.seek(0)
            shutil.copyfileobj(self._file, rescue)
        self._partial_path = path

    def _failed(self, exc: OSError) -> WriteError:
        with suppress(OSError):
            self._rescue()
        kept = self._size and self._is_there()
        hint = f"What came is kept in {self._partial_path}." if kept else "Nothing could be kept."
        if isinstance(exc, FileExistsError):
            what = "is no plain file any more" if self._force else "has appeared meanwhile"
            return WriteError(f"{self.path} {what} and is left as it is.", hint)
        return WriteError(f"Writing {self.path} failed: {exc.strerror}.", hint)


class WavStream:
    """Sound to standard output, a pipe or a device; `name` is what messages call it.

    Written on a thread of its own: whoever reads may be slow or may have stopped, and must keep
    nobody from leaving.
    """

    def __init__(
        self,
        stream: BinaryIO,
        name: str = "The reply",
        *,
        rate: int = pcm.RATE,
        channels: int = 1,
    ) -> None:
        self._name = name
        self._stream = stream  # never closed: a stuck thread may still come back to it
        self._fd = stream.fileno()  # past the stream's lock, which a stuck thread would keep
        self._pieces: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._error: S2SError | None = None
        self._pieces.put(pack_header(ENDLESS_SIZE, rate, channels))
        self._writer = threading.Thread(target=self._write_all, name="reply", daemon=True)
        self._writer.start()

    def write(self, samples: bytes) -> None:
        """Pass the samples on. Raises WriteError if what came before could not be written."""
        if self._error:
            raise self._error
        self._pieces.put(samples)

    def restart(self) -> Path | None:
        """Fail: what was passed on cannot be taken back."""
        raise WriteError(
            f"{self._name} has begun on standard output and cannot be started over.",
            "Write it to a file: -o reply.wav",
        )

    def complete(self) -> None:
        """Wait until all is written. Raises WriteError if it could not be."""
        self._pieces.put(None)
        while self._writer.is_alive():
            self._writer.join(0.1)  # in short waits, so that a signal is noticed on every platform
        if self._error:
            raise self._error

    def abandon(self) -> None:
        """Give the reader half a second to take what came; no file is left."""
        self._pieces.put(None)
        self._writer.join(0.5)

    def _write_all(self) -> None:
        while (piece := self._pieces.get()) is not None:
            try:
                while piece:
                    piece = piece[os.write(self._fd, piece) :]
            except BrokenPipeError:
                self._error = WriteError(
                    f"Whoever read {self._name[0].lower()}{self._name[1:]} has gone.",
                    "Does the program behind the pipe end early, or fail?",
                )
                return
            except OSError as exc:
                self._error = WriteError(
                    f"{self._name} cannot be written: {exc.strerror}.",
                    "Make room, or choose another place for it.",
                )
                return
            except Exception as exc:
                self._error = Bug(f"{self._name} was cut off", exc)
                return
