"""FLAC, OGG, MP3, AIFF and all else that libsndfile knows, from a file it can seek in."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from s2s.audio.files.mpeg import find_mpeg_spans
from s2s.audio.files.repair import Repair, repair
from s2s.audio.files.spans import Span, find_spans
from s2s.errors import UsageError
from s2s.printable import printable

if TYPE_CHECKING:
    from s2s.audio.files.conversion import Frames

log = logging.getLogger("s2s.sound")

_UNKNOWN = 1 << 60  # libsndfile says 2^63 - 1, less a little
_ENDLESS = 1 << 40  # bytes: what a file without a length is said to have
_UNRECOGNISED, _DAMAGED = 1, (3, 7)  # libsndfile's codes; 7: no whole MP3 frame
_REPAIRABLE = ("aiff", "au", "caf", "w64", "wav")


class CannotDecode(Exception):
    """libsndfile does not know what is in it; another decoder may."""


class LibsndfileDecoder:
    """One stream of audio in a file."""

    is_pcm = False
    notices: list[str]

    def __init__(self, file: BinaryIO, name: str, span: Span, mended: Repair | None) -> None:
        import soundfile

        class Sequential(soundfile.SoundFile):  # type: ignore[misc] # it comes without types
            """Spares the seek after every read, which fails in a FLAC file of unknown length."""

            def seekable(self) -> bool:
                return False

        self._name = name
        self._bytes = _Bytes(file, span, mended.patches if mended else {})
        try:
            with _muted():
                self._file = Sequential(self._bytes)
        except soundfile.LibsndfileError as exc:
            log.info("! libsndfile: %s", printable(exc.error_string))
            raise self._bytes.error or _refusal(name, exc.code) from exc
        self.rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.format = f"{self._file.format} {self._file.subtype}"
        self.cut = span.cut
        self.notices = []
        frames: int = self._file.frames
        self.held: int | None = None if frames > _UNKNOWN else frames
        self.promised = self.held
        if not span.counted:
            self.promised = self.held = None
        elif mended and mended.promised and self.held and mended.promised > mended.held:
            self.promised = self.held * mended.promised // max(1, mended.held)
        self._position = 0  # frames
        self._failure: Exception | None = None

    def read(self, frames: int) -> Frames:
        import numpy as np
        import soundfile

        if self._failure:
            self._tell(self._failure)
            return np.zeros((0, self.channels), np.float32)
        # Always float: libsndfile gives the samples of float files as zeros to whom asks for
        # integers. Where it fails, what it decoded before that is there, and no number behind.
        got: Frames = np.full((frames, self.channels), np.nan, np.float32)
        try:
            with _muted(self._file.format == "MP3"):
                got = self._file.read(out=got)
        except soundfile.LibsndfileError as exc:
            log.info("! libsndfile: %s", printable(exc.error_string))
            self._failure = exc
            missing = np.isnan(got[:, 0])
            got = got[: int(missing.argmax()) if missing.any() else frames]
            if not len(got):
                return self.read(frames)
        if self._bytes.error:
            raise self._bytes.error
        self._position += len(got)
        return got

    def read_samples(self, frames: int) -> bytes:
        raise NotImplementedError  # it is never PCM already

    def _tell(self, failure: Exception) -> None:
        """Raise UsageError, unless all that follows is missing."""
        if self._bytes.nothing_follows():
            self.cut = True
            return
        after = f"{self._position / self.rate:.1f} s"
        hint = "Convert it to WAV with a program that repairs it, and listen to the result."
        raise UsageError(f"{self._name} is damaged after {after}.", hint) from failure

    def close(self) -> None:
        self._file.close()


def libsndfile_parts(
    file: BinaryIO, kind: str | None, name: str, check: Callable[[int, int], None]
) -> tuple[Generator[LibsndfileDecoder, None, None], float | None]:
    """Give a file's streams, and their seconds as far as can be told. Raises UsageError, and
    CannotDecode as soon as libsndfile does not know one.
    """
    if kind == "mp3":
        spans = find_mpeg_spans(file)
        if not spans:
            raise _refusal(name, _DAMAGED[0])
    else:
        spans = find_spans(file, kind or "")
    seconds: float | None = None
    if all(span.seconds is not None for span in spans):
        seconds = sum(span.seconds or 0 for span in spans)
    elif len(spans) > 1:
        seconds = _lengths(file, spans, kind, name)
    return _parts(file, spans, kind, name, check), seconds


def _parts(
    file: BinaryIO,
    spans: list[Span],
    kind: str | None,
    name: str,
    check: Callable[[int, int], None],
) -> Generator[LibsndfileDecoder, None, None]:
    for span in spans:
        decoder = _open(file, span, kind, name)
        try:
            check(decoder.rate, decoder.channels)
            yield decoder
        finally:
            decoder.close()


def _open(file: BinaryIO, span: Span, kind: str | None, name: str) -> LibsndfileDecoder:
    mended = repair(file, kind, span.start, span.end) if kind in _REPAIRABLE else None
    return LibsndfileDecoder(file, name, span, mended)


def _lengths(file: BinaryIO, spans: list[Span], kind: str | None, name: str) -> float | None:
    seconds = 0.0
    for span in spans:
        try:
            decoder = _open(file, span, kind, name)
        except (UsageError, CannotDecode):
            return None
        decoder.close()
        if decoder.held is None:
            return None
        seconds += decoder.held / decoder.rate
    return seconds


class _Bytes:
    """A span of a file as libsndfile is to see it: it never raises, which would print a traceback
    there.

    It has no name either, from whose ending soundfile would guess a format.
    """

    def __init__(self, file: BinaryIO, span: Span, patches: dict[int, bytes]) -> None:
        self._file, self._span, self._patches = file, span, patches
        self._at = 0  # counted from the span's beginning
        self._size = span.end - span.start
        # libmpg123 stops at the length that it guesses from the size, if none is said.
        self._said = self._size if span.counted else _ENDLESS
        self.error: OSError | None = None

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._said}[whence]
        if begin + offset >= 0:  # a damaged header points before the file's beginning
            self._at = begin + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int) -> bytes:
        there = min(size, self._size - self._at)
        if there <= 0:
            # Where the tag of an MP3 file would be, which has no length.
            nothing = bytes(size) if self._said - 256 <= self._at < self._said else b""
            self._at += len(nothing)
            return nothing
        try:
            self._file.seek(self._span.start + self._at)
            got = self._file.read(there)
        except OSError as exc:
            self.error = exc
            return b""
        for at, patch in self._patches.items():
            if self._at - len(patch) < at < self._at + len(got):
                got = _patched(got, at - self._at, patch)
        self._at += len(got)
        return got

    def nothing_follows(self) -> bool:
        """Tell whether nothing but zeros is left to be read."""
        while got := self.read(1 << 16):
            if got.count(0) < len(got):
                return False
        return True


def _patched(got: bytes, at: int, patch: bytes) -> bytes:
    whole = bytearray(got)
    for offset, value in enumerate(patch, at):
        if 0 <= offset < len(whole):
            whole[offset] = value
    return bytes(whole)


def _refusal(name: str, code: int) -> Exception:
    if code in _DAMAGED:
        return UsageError(f"{name} is damaged or cut short.", "Make a new copy of the original.")
    return CannotDecode()


_stderr_lock = threading.Lock()


@contextmanager
def _muted(mute: bool = True) -> Iterator[None]:
    """Send file descriptor 2 nowhere for a moment: mpg123 writes there about damaged MP3 files."""
    if not mute:
        yield
        return
    with _stderr_lock:
        try:
            kept = os.dup(2)
        except OSError:  # there is no standard error to protect
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            with suppress(OSError):
                os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
