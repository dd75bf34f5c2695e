"""Which reader is for which file: told by its first bytes, never by its name."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

from s2s import pcm
from s2s.audio.files.bytes_in import size_of, spool
from s2s.audio.files.decoders import Decoder, Parts
from s2s.audio.files.ffmpeg import ffmpeg_parts
from s2s.audio.files.libsndfile import CannotDecode, libsndfile_parts
from s2s.audio.files.plain import ByteStream, PlainDecoder, wav_parts
from s2s.audio.files.riff import CONTAINERS, Header, HeaderError, is_chunk, is_wav, read_header
from s2s.audio.files.signatures import HEAD_SIZE, MP3, TAGGED, ZEROS, Kind, recognise, tag_size
from s2s.audio.files.spans import find_spans
from s2s.errors import UsageError

RATES = range(1_000, 768_001)  # Hz; outside of it a header is damaged, or it is not speech
MOST_CHANNELS = 64
_CONVERT = "Convert it to WAV: ffmpeg -i FILE voice.wav"
_NAME_RAW = "If it is headerless 16-bit audio, say so with --raw RATE[:CHANNELS]."


@dataclass(frozen=True)
class RawFormat:
    """How to read headerless audio: signed 16-bit little-endian samples."""

    rate: int  # Hz
    channels: int = 1


class Children:
    """The processes that decode a recording: all end with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stops: list[Callable[[], None]] = []
        self._stopped = False

    def add(self, stop: Callable[[], None]) -> None:
        """Note how to end one that has begun; if all is over, it ends at once."""
        with self._lock:
            self._stops.append(stop)
            stopped = self._stopped
        if stopped:
            stop()

    def stop(self) -> None:
        """End them all, from any thread."""
        with self._lock:
            self._stopped = True
            stops, self._stops = self._stops, []
        for stop in stops:
            stop()


def open_parts(
    file: BinaryIO,
    path: str | None,
    name: str,
    raw: RawFormat | None,
    stack: ExitStack,
    children: Children,
) -> Parts:
    """Find out what `file` is, and open its first part. Raises UsageError, OSError.

    `path` is its name, None where it has none that others could open.
    """
    file_size = size_of(file)
    check = _check(name)
    if raw is not None:
        return _raw_parts(file, raw, file_size, check)
    seen = bytearray(file.read(12))
    if not seen:
        raise UsageError(f"{name} is empty.", "Record it again.")
    if is_wav(bytes(seen)):

        def read(size: int) -> bytes:
            piece = file.read(size)
            seen.extend(piece)
            return piece

        try:
            header = read_header(bytes(seen), read)
        except HeaderError as exc:
            raise UsageError(f"{name} cannot be read: {exc}.", "Record it again.") from exc
        if header is not None:
            check(header.rate, header.channels)
            stream = ByteStream(file, position=len(seen))
            wavs = wav_parts(stream, header, file_size, check)
            return _begun(wavs, _seconds_of_wav(file, header, file_size), name, stack)
    else:
        seen += file.read(HEAD_SIZE - len(seen))
    kind = recognise(bytes(seen))
    if (kind is None and file_size is None) or (kind and not kind.is_recording):
        raise _no_recording(name, kind)
    if file_size is None:
        file, path = stack.enter_context(spool(bytes(seen), file, name)), None
    elif path and path.startswith("/dev/"):
        path = None  # standard input by another name: a child has one of its own
    if kind is TAGGED:
        kind = _behind_tag(file, bytes(seen))
    if kind is None or kind.libsndfile:
        try:
            parts, seconds = libsndfile_parts(file, kind.key if kind else "", name, check)
            return _begun(parts, seconds, name, stack)
        except CannotDecode:
            if kind is None or not kind.demuxer:
                raise _no_recording(name, kind) from None
    spans = find_spans(file, kind.key)
    decoded = ffmpeg_parts(file, spans, path, kind, name, check, children.add)
    return _begun(decoded, None if len(spans) == 1 else math.inf, name, stack)


AnyDecoder = TypeVar("AnyDecoder", bound=Decoder)


def _begun(
    decoders: Generator[AnyDecoder, None, None], seconds: float | None, name: str, stack: ExitStack
) -> Parts:
    """Open the first part; its length is that of all if nothing else is known."""
    stack.callback(decoders.close)
    first = None
    for first in decoders:
        if first.held != 0:
            break
    if first is None or first.held == 0:
        if first and first.cut:
            raise UsageError(
                f"{name} is cut short before its audio begins.", "Make a new copy of the original."
            )
        raise no_audio(name)
    if seconds is None and first.held is not None:
        seconds = first.held / first.rate
    return Parts(first, decoders, None if seconds == math.inf else seconds)


def _raw_parts(
    file: BinaryIO, raw: RawFormat, file_size: int | None, check: Callable[[int, int], None]
) -> Parts:
    check(raw.rate, raw.channels)
    seen = file.read(12)
    kind = recognise(seen)
    notices = []
    if kind and not kind.weak and kind is not ZEROS:
        notices.append(f"it begins as {kind.name} does, and is sent as headerless samples")
    frame_size = pcm.SAMPLE_SIZE * raw.channels
    header = Header(raw.rate, raw.channels, "<i2", "raw PCM_16", frame_size, 0, None)
    decoder = PlainDecoder(ByteStream(file, seen), header, file_size, joined=False)
    seconds = None if decoder.held is None else decoder.held / decoder.rate
    return Parts(decoder, iter(()), seconds, notices)


def _seconds_of_wav(file: BinaryIO, header: Header, file_size: int | None) -> float | None:
    """Return infinity where another WAV file follows, of which nothing is known yet."""
    if file_size is None or header.size is None:
        return None
    at = header.offset + header.size
    while at < file_size:
        at += at % 2
        head = os.pread(file.fileno(), 8, at)
        if head[:4] in CONTAINERS:
            return math.inf
        if len(head) < 8 or not is_chunk(head[:4]):
            return None
        at += 8 + int.from_bytes(head[4:], "little")
    return None


def _behind_tag(file: BinaryIO, head: bytes) -> Kind:
    """Return what stands behind an ID3 tag: mostly MP3, which need not begin there at once."""
    file.seek(tag_size(head))
    kind = recognise(file.read(HEAD_SIZE))
    return kind if kind and kind.is_recording and kind is not TAGGED else MP3


def _no_recording(name: str, kind: Kind | None) -> UsageError:
    if kind is None:
        return UsageError(f"{name} does not begin as a recording does.", _NAME_RAW)
    if kind.is_recording:
        return UsageError(f"{name} is {kind.name}, and cannot be decoded.", _CONVERT)
    return UsageError(f"{name} is no recording but {kind.name}.", kind.remedy)


def _check(name: str) -> Callable[[int, int], None]:
    def check(rate: int, channels: int) -> None:
        if rate not in RATES or not 1 <= channels <= MOST_CHANNELS:
            raise UsageError(
                f"{name} makes no sense: {rate} Hz with {channels} channels.",
                f"Give a recording of {RATES[0]} to {RATES[-1]} Hz with 1 to {MOST_CHANNELS} "
                "channels.",
            )

    return check


def no_audio(name: str) -> UsageError:
    return UsageError(f"{name} holds no audio.", "Record it again.")
