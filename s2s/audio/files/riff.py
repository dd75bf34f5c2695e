"""The header of a WAV file: read as the bytes arrive, and packed for writing."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from s2s import pcm

HEADER_SIZE = 44  # bytes of the header we write
LONG_HEADER_SIZE = 80  # bytes of one that has room for a size beyond 4 GiB
ENDLESS_SIZE = 0x7FFF_F000  # "until the end of the pipe" to sox, who warns about any other number
LARGEST_SIZE = 0xFFFF_FFFF  # all a 32-bit size can say

# Recorders that write to a pipe promise 2 GiB or so (sox, arecord) or all ones (ffmpeg): from
# here on a size is no promise.
_ENDLESS = 0x7FFF_0000
_CUT_SHORT = "it ends before its audio begins"
_NO_FORMAT = "its header does not say how the audio is encoded"
CONTAINERS = (b"RIFF", b"RF64", b"BW64")
# What may stand beside audio. A recorder that was killed leaves sizes that mean nothing; then these
# names alone tell a chunk from audio.
_NAMES = (
    *(b"LIST", b"fact", b"cue ", b"smpl", b"inst", b"plst", b"labl", b"note", b"bext", b"iXML"),
    *(b"axml", b"chna", b"cart", b"levl", b"PEAK", b"JUNK", b"junk", b"FLLR", b"PAD ", b"pad "),
    *(b"ID3 ", b"id3 ", b"DISP", b"afsp", b"minf", b"elm1", b"regn", b"acid", b"strc", b"_PMX"),
    *(b"fmt ", b"data", b"ds64", b"umid", b"ubxt", b"wavl", b"AFAn", b"SNDM", b"Cr8r", b"LGWV"),
)
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
# (tag, bytes of one sample) -> numpy's name and libsndfile's name
_ENCODINGS = {
    (_PCM, 1): ("u1", "PCM_U8"),
    (_PCM, 2): ("<i2", "PCM_16"),
    (_PCM, 3): ("<i3", "PCM_24"),  # ours: numpy has no 24-bit integers
    (_PCM, 4): ("<i4", "PCM_32"),
    (_FLOAT, 4): ("<f4", "FLOAT"),
    (_FLOAT, 8): ("<f8", "DOUBLE"),
}


class HeaderError(Exception):
    """The header cannot be understood; says why, as the end of a sentence."""


@dataclass(frozen=True)
class Header:
    """What a WAV file says of its audio, which begins at the next byte."""

    rate: int
    channels: int
    encoding: str  # numpy's name of one sample
    format: str  # as libsndfile would call it: "WAV PCM_16"
    frame_size: int  # bytes of one sample of each channel
    offset: int  # where the audio begins, in bytes
    size: int | None  # bytes of audio promised; None where only the end of the file tells
    lead: bytes = b""  # what follows the header and was read already


def is_wav(head: bytes) -> bool:
    """Tell whether the first 12 bytes of a file, or fewer if it is shorter, begin a WAV file."""
    return head[:4] in CONTAINERS and b"WAVE".startswith(head[8:12])


def is_chunk(name: bytes) -> bool:
    """Tell whether something else than audio begins with these four bytes."""
    return name in _NAMES


def read_header(head: bytes, read: Callable[[int], bytes]) -> Header | None:
    """Read a WAV file up to its audio; None as soon as the encoding is not a plain one.

    `head` is its first 12 bytes, `read(size)` gives those that follow, fewer only at the end of
    the file. Raises HeaderError.
    """
    if len(head) < 12:
        raise HeaderError(_CUT_SHORT)
    cursor = _Cursor(read, position=12)
    container = head[:4]
    long_size = 0
    form: _Format | None = None
    empty: Header | None = None
    lead = b""
    while True:
        try:
            chunk, size = struct.unpack("<4sI", lead or cursor.chunk_header())
            lead = b""
            if chunk == b"data":
                if form is None:
                    raise HeaderError(_NO_FORMAT)  # noqa: TRY301
                if size in (0, LARGEST_SIZE):  # RF64 keeps the true size in ds64
                    size = long_size
                header = _header(container, form, cursor.position, size)
                if size:
                    return header
                # A recorder that was killed leaves 0 behind; where another chunk follows, or
                # another file, or nothing, 0 means 0.
                lead = read(8)
                cursor.position += len(lead)
                if len(lead) < 8 or lead[:4] in CONTAINERS:
                    return replace(header, size=len(lead) if len(lead) < 8 else 0, lead=lead)
                if not is_chunk(lead[:4]):
                    return replace(header, size=None, lead=lead)
                empty = header
            elif empty and chunk in CONTAINERS:
                return replace(empty, lead=struct.pack("<4sI", chunk, size))
            elif chunk == b"fmt ":
                form = _read_format(cursor.take(size))
                if form is None:
                    return None
            elif chunk == b"ds64":
                _, long_size = struct.unpack_from("<QQ", cursor.take(max(size, 16)))
            else:
                cursor.skip(size)
            cursor.padded = size % 2 == 1
        except HeaderError:
            if empty is None:
                raise
            return empty


def _header(container: bytes, form: _Format, offset: int, size: int) -> Header:
    return Header(
        rate=form.rate,
        channels=form.channels,
        encoding=form.encoding,
        format=f"{'WAV' if container == b'RIFF' else 'RF64'} {form.name}",
        frame_size=form.frame_size,
        offset=offset,
        size=None if _ENDLESS <= size <= LARGEST_SIZE or size >= 1 << 63 else size,
    )


class _Format(NamedTuple):
    rate: int
    channels: int
    encoding: str
    name: str
    frame_size: int


def _read_format(chunk: bytes) -> _Format | None:
    if len(chunk) < 16:
        raise HeaderError(_NO_FORMAT)
    tag, channels, rate, _, frame_size, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE:  # one whose rest is missing: nearly all are PCM
        tag = struct.unpack_from("<H", chunk, 24)[0] if len(chunk) >= 26 else _PCM
    # 12 or 20 bits stand at the upper end of a whole number of bytes, so only those matter. The
    # bits say how many, unless there are none; the size of a block does where it has room for 24
    # in four bytes. Else the two contradict each other, and it is the block that is wrong.
    sample_size = (bits + 7) // 8
    if channels and (not bits or (16 < bits <= 32 and frame_size == 4 * channels)):
        sample_size = frame_size // channels
    if (tag, sample_size) not in _ENCODINGS:
        return None
    encoding, name = _ENCODINGS[tag, sample_size]
    return _Format(rate, channels, encoding, name, sample_size * channels)


class _Cursor:
    """Reads exactly what is asked for, and knows how far it came."""

    def __init__(self, read: Callable[[int], bytes], position: int) -> None:
        self._read = read
        self.position = position
        self.padded = False  # whether the last chunk was odd: the next begins at an even byte

    def chunk_header(self) -> bytes:
        """Return the 8 bytes that a chunk begins with, even if a byte of padding was forgotten."""
        if not self.padded:
            return self.take(8)
        first = self.take(4)
        return first + self.take(4) if is_chunk(first) else first[1:] + self.take(5)

    def take(self, size: int) -> bytes:
        if size > 1 << 20:
            raise HeaderError("its header makes no sense")
        taken = self._read(size)
        self.position += len(taken)
        if len(taken) < size:
            raise HeaderError(_CUT_SHORT)
        return taken

    def skip(self, size: int) -> None:
        if size > 1 << 26:  # pictures and cue sheets may stand there, but not 64 MiB of them
            raise HeaderError("its header makes no sense")
        while size:
            size -= len(self.take(min(size, 1 << 20)))


def pack_header(
    size: int, rate: int = pcm.RATE, channels: int = 1, *, can_be_long: bool = False
) -> bytes:
    """Return the header of a WAV file that holds `size` bytes of 16-bit samples.

    Past 4 GiB it says 4 GiB; with `can_be_long` it has room for more, and is an RF64 header then.
    """
    riff_size = size + (LONG_HEADER_SIZE if can_be_long else HEADER_SIZE) - 8
    frame_size = pcm.SAMPLE_SIZE * channels
    container, room, data_size = b"RIFF", b"", min(size, LARGEST_SIZE)
    if can_be_long:
        room = struct.pack("<4sI28x", b"JUNK", 28)
    if can_be_long and riff_size > LARGEST_SIZE:
        room = struct.pack("<4sIQQQI", b"ds64", 28, riff_size, size, size // frame_size, 0)
        container, data_size = b"RF64", LARGEST_SIZE
    return struct.pack(
        f"<4sI4s{len(room)}s4sIHHIIHH4sI",
        *(container, min(riff_size, LARGEST_SIZE), b"WAVE", room),
        *(b"fmt ", 16, _PCM, channels, rate, rate * frame_size, frame_size, pcm.SAMPLE_SIZE * 8),
        *(b"data", data_size),
    )
