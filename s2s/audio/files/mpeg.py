"""The frames of an MP3 file, found by their headers.

libmpg123 guesses the length of a file whose first frame does not say it, and stops where it
guessed; it stops at the second of two files that were joined as well. The frames tell.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from s2s.audio.files.spans import Span

_STEP = 1 << 20  # bytes held at once
_LOOK = 48  # bytes of a frame that tell all of it
_SPARE = 3  # frames that a header may count wrong

_RATES = (44_100, 48_000, 32_000)
_KBITS = {  # (MPEG 1, layer) -> of each bit rate index
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


class Frame(NamedTuple):
    """What the header of a frame says."""

    size: int  # bytes; 0 where the bit rate is "free"
    frames: int  # of audio
    kind: tuple[int, int, int, bool]  # version, layer, rate and mono: one stream keeps them
    info: int  # where the length may stand in its bytes

    @property
    def rate(self) -> int:
        return self.kind[2]


@functools.lru_cache(maxsize=4096)
def read_frame(head: bytes) -> Frame | None:
    """Return what four bytes say, None if they begin no frame."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer, index = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3), head[2] >> 2 & 3
    if version == 1 or layer == 4 or index == 3 or head[2] >> 4 == 15:
        return None
    is_first = version == 3  # MPEG 1
    rate = _RATES[index] >> (0 if is_first else 1 if version == 2 else 2)
    bits = _KBITS[is_first, layer][head[2] >> 4] * 1000
    padding, mono = head[2] >> 1 & 1, head[3] >> 6 == 3
    frames = 384 if layer == 1 else 576 if layer == 3 and not is_first else 1152
    size = (12 * bits // rate + padding) * 4 if layer == 1 else frames // 8 * bits // rate + padding
    side = (17 if mono else 32) if is_first else (9 if mono else 17)
    return Frame(size if bits else 0, frames, (version, layer, rate, mono), 4 + side)


def find_mpeg_spans(file: BinaryIO) -> list[Span]:
    """Return the streams in an MP3 file: a new one begins where a header does, or where rate or
    channels change. None are found where there is nothing to be found.
    """
    return list(_Walk(file).spans())


class _Walk:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)
        self._window, self._from = b"", 0

    def spans(self) -> Iterator[Span]:
        at = self._next_frame(0)
        while at is not None:
            span, at = self._span(at)
            yield span

    def _span(self, start: int) -> tuple[Span, int | None]:
        """Return the stream that begins at `start`, and where the next one does."""
        first = read_frame(self._look(start)[:4])
        assert first
        counted = _counted(self._look(start), first)
        at, frames, end, cut = start, 0, start, False
        counted_to = None  # where the frames that the header counts end
        following: int | None = None
        while True:
            head = self._look(at)
            frame = read_frame(head[:4])
            if frame and frame.size == 0:  # a free bit rate: no telling where it ends
                return Span(start, self._size, counted=False), None
            if frame and frame.kind == first.kind and not (at > start and _has_info(head, frame)):
                if at + frame.size > self._size:
                    cut = True
                    break
                frames += 1
                at = end = at + frame.size
                if counted and frames == counted + 1:  # the header is a frame itself
                    counted_to = end
                if counted and counted_to and frames > counted + 1 + _SPARE:
                    return self._told(start, counted_to, first, counted, False), counted_to
                continue
            if at >= self._size:
                break
            following = self._next_frame(at)
            if following is None:
                cut = not self._is_tag(at)
                break
            head = self._look(following)
            frame = read_frame(head[:4])
            tagged = self._is_tag(at)
            if not frame or frame.kind != first.kind or tagged or _has_info(head, frame):
                break
            at, following = following, None  # damage in the midst of it, for the decoder to tell
        return self._told(start, end, first, counted or frames, cut, bool(counted)), following

    def _told(
        self, start: int, end: int, first: Frame, frames: int, cut: bool, counted: bool = True
    ) -> Span:
        return Span(start, end, frames * first.frames / first.rate, counted, cut)

    def _next_frame(self, at: int) -> int | None:
        """Return where the next frame begins, at `at` or behind it: tags are no frames."""
        while at < self._size:
            if size := self._tag_size(at):
                at += size
                continue
            frame = read_frame(self._look(at)[:4])
            if frame and self._goes_on(at, frame):
                return at
            at = self._next_byte(at + 1)
        return None

    def _goes_on(self, at: int, frame: Frame) -> bool:
        """Tell whether another frame or the end follows: two bytes alone are soon an accident."""
        behind = at + frame.size
        if frame.size == 0 or behind >= self._size or self._tag_size(behind):
            return True
        other = read_frame(self._look(behind)[:4])
        return other is not None and other.kind[:3] == frame.kind[:3]

    def _is_tag(self, at: int) -> bool:
        return self._tag_size(at) > 0

    def _tag_size(self, at: int) -> int:
        """Return the bytes of the tag that begins at `at`, 0 if there is none."""
        head = self._look(at)
        size = 0
        if head[:3] == b"ID3" and len(head) >= 10 and max(head[6:10]) < 0x80:
            size = 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9])
            size += 10 if head[5] & 0x10 else 0
        elif head[:4] == b"TAG+":
            size = 227
        elif head[:3] == b"TAG":
            size = 128
        elif head[:8] == b"APETAGEX" and len(head) >= 24:
            size = int.from_bytes(head[12:16], "little") + (32 if head[23] & 0x80 else 0)
        elif head[:11] == b"LYRICSBEGIN":
            size = 11
        return size if at + size <= self._size else 0

    def _next_byte(self, at: int) -> int:
        """Return where the next byte stands that may begin a frame or a tag."""
        while at < self._size:
            self._look(at)
            found = [
                self._window.find(mark, at - self._from) for mark in (b"\xff", b"ID3", b"APETAG")
            ]
            if hits := [each for each in found if each >= 0]:
                return self._from + min(hits)
            at = max(at + 1, self._from + len(self._window) - 8)
            if self._from + len(self._window) >= self._size:
                return self._size
            self._window = b""
        return at

    def _look(self, at: int) -> bytes:
        begin = at - self._from
        if begin < 0 or begin + _LOOK > len(self._window):
            if at >= self._size:
                return b""
            if begin < 0 or self._from + len(self._window) < self._size:
                self._file.seek(at)
                self._window, self._from, begin = self._file.read(_STEP), at, 0
        return self._window[begin : begin + _LOOK]


def _has_info(head: bytes, frame: Frame) -> bool:
    return head[frame.info : frame.info + 4] in (b"Xing", b"Info") or head[36:40] == b"VBRI"


def _counted(head: bytes, frame: Frame) -> int:
    """Return how many frames the first one counts, 0 if it does not."""
    info = frame.info
    if head[info : info + 4] in (b"Xing", b"Info") and len(head) >= info + 12:
        return int.from_bytes(head[info + 8 : info + 12], "big") if head[info + 7] & 1 else 0
    return 0
