"""Where in a file its streams of audio lie: files joined end to end hold several, one by one.

The decoders read the first and stop; so each gets a span of the file as if it were one by itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_STEP = 1 << 20  # bytes looked at together
_LONGEST = 64  # bytes of what a pattern tells a beginning by
_LARGEST_PAGE = 65_307  # bytes of an Ogg page

# What a stream begins with, told so exactly that nothing inside of one looks like it.
_BEGINNINGS = {
    "ogg": rb"OggS\x00[\x02\x06]\x00{8}",
    "flac": rb"fLaC[\x00\x80]\x00\x00\x22",
    "aiff": rb"FORM.{4}AIF[FC](?:COMM|FVER|SSND|MARK|INST|NAME|AUTH|ANNO|ID3 |CHAN|COMT)",
    "au": rb"\.snd\x00\x00[\x00-\x10].{5}\x00\x00\x00[\x01-\x1b]\x00",
    "caf": rb"caff\x00\x01\x00\x00desc",
    "w64": rb"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00",
    "wav": rb"(?:RIFF|RIFX|RF64|BW64).{4}WAVE",
    "mov": rb"\x00\x00\x00[\x08-\xff]ftyp(?:M4|iso|mp4|qt  |3g|F4|avc1|MSNV|mmp4|dash)",
    "matroska": rb"\x1a\x45\xdf\xa3.{1,40}\x42\x82.(?:webm|matroska)",
    "asf": rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",
    "amr": rb"#!AMR(?:-WB)?\n",
}


@dataclass(frozen=True)
class Span:
    """One stream of audio in a file."""

    start: int  # bytes
    end: int
    seconds: float | None = None  # where looking for it told
    counted: bool = True  # its decoder will know how long it is
    cut: bool = False  # it breaks off


def find_spans(file: BinaryIO, kind: str) -> list[Span]:
    """Return the streams in a file of the kind, one at least."""
    size = file.seek(0, os.SEEK_END)
    starts = list(_starts(file, kind)) if kind in _BEGINNINGS else []
    starts = starts or [0]
    spans = [Span(*ends) for ends in zip(starts, [*starts[1:], size], strict=True)]
    if kind == "ogg":
        return [Span(s.start, s.end, cut=_breaks_off(file, s)) for s in spans]
    return spans


def _starts(file: BinaryIO, kind: str) -> Iterator[int]:
    pattern = re.compile(_BEGINNINGS[kind], re.DOTALL)
    for start in _found(file, pattern):
        # The streams of one Ogg file that sound together begin page behind page.
        if kind == "ogg" and start and _page_end(file, start, before=True) == start:
            continue
        yield start


def _found(file: BinaryIO, pattern: re.Pattern[bytes]) -> Iterator[int]:
    position, seen, told = 0, b"", -1
    while True:
        file.seek(position + len(seen))
        step = file.read(_STEP)
        if not step:
            return
        seen += step
        for match in pattern.finditer(seen):
            if position + match.start() > told:
                told = position + match.start()
                yield told
        kept = min(len(seen), _LONGEST)
        position, seen = position + len(seen) - kept, seen[-kept:]


def _page_end(file: BinaryIO, start: int, *, before: bool = False) -> int | None:
    """Return where the Ogg page at `start` ends; with `before`, the first page in front of it
    that begins a stream too, None if there is none that ends there.
    """
    if before:
        begin = max(0, start - _LARGEST_PAGE)
        file.seek(begin)
        seen = file.read(start - begin)
        at = seen.rfind(b"OggS\x00")
        if at < 0 or not seen[at + 5] & 2:
            return None
        start = begin + at
    file.seek(start)
    header = file.read(27)
    if len(header) < 27:
        return None
    return start + 27 + header[26] + sum(file.read(header[26]))


def _breaks_off(file: BinaryIO, span: Span) -> bool:
    """Tell whether the last page of an Ogg stream is not whole, or not the last one."""
    begin = max(span.start, span.end - 2 * _LARGEST_PAGE)
    file.seek(begin)
    seen = file.read(span.end - begin)
    at = seen.rfind(b"OggS\x00")
    if at < 0 or len(seen) < at + 27 or not seen[at + 5] & 4:
        return True
    end = _page_end(file, begin + at)
    return end is None or end > span.end
