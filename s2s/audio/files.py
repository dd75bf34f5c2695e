"""Recordings in: any audio file, FIFO or standard input, given as PCM piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO

from s2s import pcm
from s2s.audio.bytes_in import name_of, open_bytes, reason, size_of, spool
from s2s.audio.conversion import Converter
from s2s.audio.decoders import Decoder, LibsndfileDecoder, PlainDecoder
from s2s.audio.riff import Header, HeaderError, is_wav, read_header
from s2s.errors import UsageError

RATES = range(1_000, 768_001)  # Hz; outside of it a header is damaged, or it is not speech
MOST_CHANNELS = 64
READ_SIZE = 1 << 20  # bytes of decoded frames held at once, whatever rate and channels
SHORTFALL_MS = 50  # a compressed file may miss its promise by a codec's delay

# First bytes of what libsndfile can read besides WAV; MP3 without a tag is told by its frame.
_MAGIC = (b"fLaC", b"OggS", b"FORM", b".snd", b"ID3", b"caff", b"riff", b"RIFX")


@dataclass(frozen=True)
class RawFormat:
    """How to read headerless audio: signed 16-bit little-endian samples."""

    rate: int  # Hz
    channels: int = 1


def open_recording(path: str, *, raw: RawFormat | None = None) -> Recording:
    """Open a recording, "-" for standard input; waits for a FIFO's writer. Raises UsageError.

    WAV and raw audio are read as they arrive; any other format from a pipe is first held in a
    temporary file.
    """
    name = name_of(path)
    with ExitStack() as stack:
        file = stack.enter_context(open_bytes(path))
        try:
            decoder = _decoder(file, name, raw, stack)
        except OSError as exc:
            raise _unreadable(name, exc) from exc
        if decoder.held == 0:
            raise _no_audio(name)
        return Recording(name, decoder, stack.pop_all().close)


class Recording:
    """One recording, read once from beginning to end; a context manager."""

    def __init__(self, name: str, decoder: Decoder, close: Callable[[], None]) -> None:
        self.name = name
        self.rate = decoder.rate  # Hz, in the file
        self.channels = decoder.channels  # in the file
        self.format = decoder.format  # "WAV PCM_16"
        self.seconds = None if decoder.held is None else decoder.held / decoder.rate
        self.size_read = 0  # bytes of PCM given so far
        self.peak = 0.0  # largest sample given so far, 0.0 to 1.0
        self._decoder = decoder
        self._converter: Converter | None = None
        self._held = decoder.held  # frames, exactly once all are read
        self._close = close
        self._reading = False  # on whichever thread takes the chunks

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._reading:
            return  # closing a pipe waits for the read under way, which may last
        if self._converter:
            self._converter.close()
        self._close()

    @property
    def notices(self) -> list[str]:
        """What the user should know of the audio read so far, as sentences without a full stop."""
        notices = []
        promised, held = self._decoder.promised or 0, self._held
        if held is not None and (promised - held) * 1000 > SHORTFALL_MS * self.rate:
            said, found = promised / self.rate, held / self.rate
            notices.append(f"the header promises {said:.1f} s, the file holds {found:.1f} s")
        if self._converter is not None and self._converter.clipped:
            notices.append(f"{self._converter.clipped} samples beyond full scale were clipped")
        if self._converter is not None and self._converter.not_numbers:
            count = self._converter.not_numbers
            notices.append(f"{count} samples that are no numbers were made silent")
        if self._converter is not None and self._converter.cancelled:
            notices.append("the channels cancel each other out when they are mixed to one")
        return notices

    def chunks(self, ms: int = 500) -> Iterator[bytes]:
        """Give the whole recording as PCM, `ms` at a time, the last chunk shorter.

        Blocks while a pipe has nothing yet. Raises UsageError where the file is damaged, and at
        the end if there was no audio at all.
        """
        size = pcm.size_of(ms)
        ready = bytearray()
        for piece in self._watched(self._pieces(ms)):
            ready += piece
            while len(ready) >= size:
                yield self._measured(bytes(ready[:size]))
                del ready[:size]
        if ready:
            yield self._measured(bytes(ready))

    def _watched(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        while True:
            self._reading = True
            try:
                piece = next(pieces, None)
            finally:
                self._reading = False
            if piece is None:
                return
            yield piece

    def _measured(self, chunk: bytes) -> bytes:
        import numpy as np

        samples = np.frombuffer(chunk, "<i2")
        self.peak = max(self.peak, int(samples.max()) / 32768, -int(samples.min()) / 32768)
        self.size_read += len(chunk)
        return chunk

    def _pieces(self, ms: int) -> Iterator[bytes]:
        decoder = self._decoder
        frames = min(self.rate * ms // 1000, READ_SIZE // (4 * self.channels))
        frames_read = 0
        try:
            if isinstance(decoder, PlainDecoder) and decoder.is_pcm:
                while samples := decoder.read_samples(frames):
                    frames_read += len(samples) // pcm.SAMPLE_SIZE
                    yield samples
            else:
                self._converter = Converter(self.rate, self.channels)
                while len(got := decoder.read(frames)):
                    frames_read += len(got)
                    yield self._converter.convert(got)
                yield self._converter.end()
        except OSError as exc:
            raise _unreadable(self.name, exc) from exc
        if not frames_read:
            raise _no_audio(self.name)
        self._held = frames_read


def _decoder(file: BinaryIO, name: str, raw: RawFormat | None, stack: ExitStack) -> Decoder:
    file_size = size_of(file)
    if raw is not None:
        frame_size = pcm.SAMPLE_SIZE * raw.channels
        header = Header(raw.rate, raw.channels, "<i2", "raw PCM_16", frame_size, 0, None)
        _check(name, raw.rate, raw.channels)
        return PlainDecoder(file, header, file_size)
    seen = bytearray(file.read(12))
    if not seen:
        raise UsageError(f"{name} is empty.", "Record it again.")
    if is_wav(bytes(seen)):

        def read(size: int) -> bytes:
            piece = file.read(size)
            seen.extend(piece)
            return piece

        try:
            wav = read_header(bytes(seen), read)
        except HeaderError as exc:
            raise UsageError(f"{name} cannot be read: {exc}.", "Record it again.") from exc
        if wav is not None:
            _check(name, wav.rate, wav.channels)
            return PlainDecoder(file, wav, file_size)
    elif file_size is None and not (seen.startswith(_MAGIC) or _begins_mp3(seen)):
        raise UsageError(
            f"{name} does not begin as a recording does.",
            "If it is headerless 16-bit audio, say so with --raw RATE[:CHANNELS].",
        )
    if file_size is None:
        file = stack.enter_context(spool(bytes(seen), file, name))
    file.seek(0)
    decoder = LibsndfileDecoder(file, name)
    stack.callback(decoder.close)
    _check(name, decoder.rate, decoder.channels)
    return decoder


def _check(name: str, rate: int, channels: int) -> None:
    if rate not in RATES or not 1 <= channels <= MOST_CHANNELS:
        raise UsageError(
            f"{name} makes no sense: {rate} Hz with {channels} channels.",
            f"Give a recording of {RATES[0]} to {RATES[-1]} Hz with 1 to {MOST_CHANNELS} channels.",
        )


def _begins_mp3(head: bytearray) -> bool:
    """Tell an MPEG frame: 11 bits of ones, and no reserved layer, bit rate or sample rate."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    return bool(head[1] & 0x06) and head[2] >> 4 != 15 and head[2] >> 2 & 3 != 3


def _no_audio(name: str) -> UsageError:
    return UsageError(f"{name} holds no audio.", "Record it again.")


def _unreadable(name: str, exc: OSError) -> UsageError:
    return UsageError(f"{name} cannot be read to its end: {reason(exc)}.", "Copy it, then retry.")
