"""WAV and headerless samples, taken as they stand, from a file or as they arrive in a pipe."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Protocol

from s2s import pcm
from s2s.audio.files.conversion import to_frames
from s2s.audio.files.riff import CONTAINERS, Header, HeaderError, is_chunk, read_header
from s2s.errors import UsageError

if TYPE_CHECKING:
    from s2s.audio.files.conversion import Frames

_STEP = 1 << 16  # bytes, of what is looked through behind the audio
_HEAD_SIZE = 12  # bytes that tell the beginning of a WAV file
_LEFT_OVER_S = 0.1  # of what might be audio behind the audio: less is no news


class ReadableFile(Protocol):
    """Gives `size` bytes, fewer only at the end."""

    def read(self, size: int, /) -> bytes: ...


class ByteStream:
    """Bytes in order, some of which may be given back, with their place in the file."""

    def __init__(self, file: ReadableFile, back: bytes = b"", position: int = 0) -> None:
        self._file, self._back = file, back
        self.position = position

    def read(self, size: int) -> bytes:
        """Return `size` bytes, fewer only at the end."""
        back, self._back = self._back[:size], self._back[size:]
        if len(back) < size:
            back += self._file.read(size - len(back))
        self.position += len(back)
        return back

    def give_back(self, unread: bytes) -> None:
        self._back = unread + self._back
        self.position -= len(unread)


class PlainDecoder:
    """The audio of one WAV header, or all that comes where there is none."""

    cut = False

    def __init__(
        self, stream: ByteStream, header: Header, file_size: int | None, joined: bool
    ) -> None:
        self.rate, self.channels, self.format = header.rate, header.channels, header.format
        self._stream, self._header, self._joined = stream, header, joined
        self._left = header.size
        self.promised = None if header.size is None else header.size // header.frame_size
        self.held = self.promised
        self.notices: list[str] = []
        if file_size is not None:
            there = (file_size - stream.position) // header.frame_size
            self.held = there if self.promised is None else min(there, self.promised)
        self.is_pcm = (self.rate, self.channels, header.encoding) == (pcm.RATE, 1, "<i2")

    def read(self, frames: int) -> Frames:
        return to_frames(self.read_samples(frames), self._header.encoding, self.channels)

    def read_samples(self, frames: int) -> bytes:
        """Return the next frames as they stand in the file."""
        size = frames * self._header.frame_size
        if self._left is None:
            samples = self._stream.read(size)
            if self._joined:  # only here: a size that is said spares looking
                samples = self._before_next(samples)
        else:
            samples = self._stream.read(min(size, self._left))
            self._left -= len(samples)
        broken = len(samples) % self._header.frame_size
        if broken and self._left is None:
            self._stream.give_back(samples[-broken:])
        return samples[: len(samples) - broken]

    def _before_next(self, samples: bytes) -> bytes:
        """Return what of `samples` lies before another WAV file; the rest is given back."""
        for size in range(min(_HEAD_SIZE - 1, len(samples)), 0, -1):
            begun = samples[-size:][:4]
            if any(name.startswith(begun) for name in CONTAINERS):  # as it seems: a little more
                samples += self._stream.read(_HEAD_SIZE - size)
                break
        at = _find_header(samples)
        if at < 0:
            return samples
        self._stream.give_back(samples[at:])
        self._left = 0
        return samples[:at]

    def skip_to_next(self) -> bool:
        """Go on to the next WAV file behind this one; False if there is none."""
        seen = self._stream.read(_HEAD_SIZE + 1)
        stray = seen[self._header.size % 2 if self._header.size else 0 :]
        skipped = 0
        while True:
            at = _find_header(seen)
            if at >= 0:
                self._stream.give_back(seen[at:])
                return True
            keep = seen[-_HEAD_SIZE + 1 :]
            more = self._stream.read(_STEP)
            if not more:
                break
            skipped += len(more)
            seen = keep + more
        seconds = skipped / (self.rate * self._header.frame_size)
        if self._header.size and seconds > _LEFT_OVER_S and not _names_chunk(stray):
            self.notices.append(
                f"behind the audio that the header promises is more that is not sent: {seconds:.1f}"
                " s, if it is audio"
            )
        return False


def wav_parts(
    stream: ByteStream,
    first: Header,
    file_size: int | None,
    check: Callable[[int, int], None],
) -> Generator[PlainDecoder, None, None]:
    """Give a WAV file's audio, and that of each other one that was joined to it."""
    header: Header | None = first
    while header is not None:
        stream.give_back(header.lead)
        decoder = PlainDecoder(stream, header, file_size, joined=True)
        yield decoder
        if not decoder.skip_to_next():
            return
        try:
            header = read_header(stream.read(_HEAD_SIZE), stream.read)
            if header is not None:
                check(header.rate, header.channels)
                continue
            why = "it is not encoded as the first is"
        except HeaderError as exc:
            why = str(exc)
        except UsageError as exc:
            why = exc.message.rstrip(".")
        decoder.notices.append(f"another WAV file is joined to it, and is not sent: {why}")
        return


def _find_header(data: bytes) -> int:
    """Return where a WAV file begins in `data`, -1 if none does."""
    at = data.find(b"WAVE")
    while at >= 0:
        if at >= 8 and data[at - 8 : at - 4] in CONTAINERS:
            return at - 8
        at = data.find(b"WAVE", at + 1)
    return -1


def _names_chunk(stray: bytes) -> bool:
    """Tell whether what follows is a chunk, even one of a name that we never heard of, or a tag."""
    return is_chunk(stray[:4]) or stray[:4].isalnum() or stray[:3] in (b"ID3", b"TAG")
