"""What a recorder that was killed, or a cut download, leaves of a header: set right, or told.

Each container says how long its audio is in a chunk's size. Where that says 0 or more than there
is, libsndfile refuses some files and reads nothing of others.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import BinaryIO

_PATIENCE = 1000  # chunks


@dataclass(frozen=True)
class Repair:
    """What the header promises and what is there, in bytes of audio, and how to set it right."""

    promised: int | None  # None: it is not said
    held: int
    patches: dict[int, bytes] = field(default_factory=dict)  # at which byte, what


def repair(file: BinaryIO, kind: str | None, start: int, end: int) -> Repair | None:
    """Look at the container at `start`; None where it has no chunk of audio."""
    file.seek(start)
    head = file.read(40)
    if kind == "au" and len(head) >= 24:
        offset, size = struct.unpack_from(">II", head, 4)
        return _judge(size, end - start - offset, 8, ">I", endless=0xFFFF_FFFF)
    if kind == "aiff":
        return _chunks(file, start, end, 12, b"SSND", ">4sI", ">I")
    if kind == "caf":
        return _chunks(file, start, end, 8, b"data", ">4sQ", ">Q")
    if kind == "wav":
        order = ">" if head[:4] == b"RIFX" else "<"
        return _chunks(file, start, end, 12, b"data", f"{order}4sI", f"{order}I")
    return None if kind != "w64" else _w64(file, start, end)


def _chunks(
    file: BinaryIO, start: int, end: int, first: int, wanted: bytes, layout: str, size_layout: str
) -> Repair | None:
    at = start + first
    length = struct.calcsize(layout)
    for _ in range(_PATIENCE):
        file.seek(at)
        head = file.read(length)
        if len(head) < length or at >= end:
            return None
        name, size = struct.unpack(layout, head)
        if name == wanted:
            endless = (1 << 8 * (length - 4)) - 1
            there = end - at - length
            return _judge(size, there, at + 4 - start, size_layout, endless)
        at += length + size + (size % 2 if length == 8 else 0)
    return None


def _w64(file: BinaryIO, start: int, end: int) -> Repair | None:
    at = start + 40
    for _ in range(_PATIENCE):
        file.seek(at)
        head = file.read(24)
        if len(head) < 24 or at >= end:
            return None
        (size,) = struct.unpack_from("<Q", head, 16)
        if head[:4] == b"data":
            return _judge(max(0, size - 24), end - at - 24, at + 16 - start, "<Q", (1 << 64) - 25)
        at += max(24, size + 7 & ~7)
    return None


def _judge(size: int, there: int, at: int, layout: str, endless: int) -> Repair:
    """Set a size right that is more than there is, or nothing."""
    if 0 < size <= there:
        return Repair(size, size)
    extra = 24 if layout == "<Q" else 0  # W64 counts the chunk's own header
    patch = {at: struct.pack(layout, there + extra)} if there > 0 else {}
    promised = None if size == 0 or size >= endless or size >= 1 << 62 else size
    if layout in ("<I", ">I") and size >= 0x7F00_0000:  # sox into a pipe
        promised = None
    return Repair(promised, max(0, there), patch)
