"""What phones and browsers record, through ffmpeg: in a process of its own, as it decodes.

ffmpeg is given one file and nothing else: the demuxer that we recognised, no other protocol, no
standard input. What it writes is a WAV stream with the file's own rate and channels.
"""

from __future__ import annotations

import logging
import os
import re
import selectors
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from s2s.audio.files.bytes_in import copied, reason
from s2s.audio.files.ffmpeg_words import complains, refusal
from s2s.audio.files.plain import ByteStream, PlainDecoder
from s2s.audio.files.riff import HeaderError, read_header
from s2s.audio.files.signatures import Kind
from s2s.audio.files.spans import Span
from s2s.errors import UsageError
from s2s.printable import printable
from s2s.programs import program

if TYPE_CHECKING:
    from s2s.audio.files.conversion import Frames

log = logging.getLogger("s2s.sound")

STALL_S = 60.0  # without anything decoded: from a file that takes no time
_END_S = 5.0  # for a child that was killed to be gone
_WORDS = 1 << 16  # characters kept of what it says
_INPUT = ("-hide_banner", "-nostdin", "-loglevel", "level+info", "-protocol_whitelist", "file,pipe")
_OUTPUT = (
    *("-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-bitexact"),
    *("-c:a", "pcm_f32le", "-f", "wav", "pipe:1"),
)
_STATED = (
    "mov",
    "matroska",
    "asf",
    "avi",
    "flv",
    "caf",
    "wv",
    "tta",
    "ape",
)  # lengths, not guesses
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_DELAY_S = 0.5  # what a codec's frames and delays may take off a stated length


def find_ffmpeg() -> str | None:
    """Return the ffmpeg of this machine, or of the package imageio-ffmpeg; None without either."""
    if found := program("ffmpeg"):
        return found
    try:
        import imageio_ffmpeg

        given = str(imageio_ffmpeg.get_ffmpeg_exe())
    except Exception as exc:  # not installed, or no binary in it: its own affair
        log.info("= no ffmpeg, and no imageio-ffmpeg: %s", printable(str(exc)))
        return None
    return given if Path(given).is_absolute() else None


class FfmpegDecoder:
    """One file, decoded by a child process. Raises UsageError."""

    is_pcm = False

    def __init__(
        self,
        command: str,
        file: BinaryIO,
        path: str | None,
        kind: Kind,
        name: str,
        stall_s: float = STALL_S,
    ) -> None:
        self._name, self._kind = name, kind
        self._told: list[str] = []
        self._told_size = 0
        self._stopped = False
        self._described = threading.Event()  # it has said what it found in the file
        handed_on = None if path else os.dup(file.fileno())  # a file without a name, as it is open
        where = (
            f"/dev/fd/{handed_on}" if handed_on is not None else str(Path(path or "").absolute())
        )
        try:
            self._short = kind.demuxer == "asf" and _is_short_asf(file)
            file.seek(0)
            self._child = subprocess.Popen(
                (command, *_INPUT, "-f", kind.demuxer, "-i", f"file:{where}", *_OUTPUT),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=() if handed_on is None else (handed_on,),
                start_new_session=True,  # Ctrl-C is ours to deal with
            )
        except (OSError, ValueError) as exc:
            words = printable(reason(exc))
            raise UsageError(
                f"{name} cannot be decoded, for ffmpeg cannot be started: {words}.",
                f"Try it: {printable(command)} -version",
            ) from exc
        finally:
            if handed_on is not None:
                os.close(handed_on)
        self._listener = threading.Thread(target=self._listen, name="ffmpeg", daemon=True)
        self._listener.start()
        assert self._child.stdout
        self._pipe = _Pipe(self._child.stdout, stall_s, self._stall)
        try:
            self._decoder = self._open()
        except BaseException:
            self.close()
            raise
        self._described.wait(_END_S)
        self.rate, self.channels = self._decoder.rate, self._decoder.channels
        self._position = 0  # frames
        self.format = self._format()
        self.promised = self.held = self._duration()
        self.cut = False
        self.notices: list[str] = []

    def read(self, frames: int) -> Frames:
        got = self._decoder.read(frames)
        self._position += len(got)
        if not len(got) and not self._stopped:
            self._end()
        return got

    def read_samples(self, frames: int) -> bytes:
        raise NotImplementedError  # it is never PCM already

    def stop(self) -> None:
        """End the child, from any thread; a read that waits for it returns."""
        self._stopped = True
        if self._child.poll() is None:
            self._child.kill()
        try:
            self._child.wait(_END_S)
        except subprocess.TimeoutExpired:
            log.info("! ffmpeg does not end")

    def close(self) -> None:
        """Give it all back, from the thread that reads."""
        self.stop()
        self._listener.join(_END_S)
        assert self._child.stdout
        assert self._child.stderr
        self._child.stdout.close()
        self._child.stderr.close()

    def _open(self) -> PlainDecoder:
        stream = ByteStream(self._pipe)
        head = stream.read(12)
        try:
            header = read_header(head, stream.read) if head else None
        except HeaderError:
            header = None
        if header is None:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(_END_S)
            raise self._refusal()
        stream.give_back(header.lead)
        return PlainDecoder(stream, header, None, joined=False)

    def _end(self) -> None:
        """Hear how it ended. All it complained of while it decoded comes to one thing."""
        status = self._child.wait()
        self._listener.join(_END_S)
        complained = status != 0 or self._short or complains(self._told)
        # A video may go on when its sound has ended.
        whole = not complained and "Video:" in "\n".join(self._told)
        if self.promised and (whole or self.promised - self._position < _DELAY_S * self.rate):
            self.promised = None
        if complained and not self.promised:
            seconds = self._position / self.rate
            self.notices.append(
                f"it is damaged or cut short: what could be decoded of it are {seconds:.1f} s"
            )

    def _stall(self, seconds: float) -> UsageError:
        return UsageError(
            f"{self._name} cannot be decoded: ffmpeg has given nothing for {seconds:.0f} s.",
            "Convert it to WAV, and see what ffmpeg says: ffmpeg -i FILE voice.wav",
        )

    def _listen(self) -> None:
        assert self._child.stderr
        for line in self._child.stderr:
            text = printable(line.decode(errors="replace").strip())
            if self._told_size < _WORDS:
                self._told.append(text)
                self._told_size += len(text)
            if not text.startswith("[info]"):
                log.info("! ffmpeg: %s", text)
            if "Stream mapping:" in text:
                self._described.set()
        self._described.set()

    def _refusal(self) -> UsageError:
        self._listener.join(_END_S)
        return refusal(self._told, self._name, self._kind)

    def _duration(self) -> int | None:
        """Return the frames of the length that the file states; not one that is a guess."""
        words = "\n".join(self._told)
        found = re.search(r"Duration: (\d+):(\d\d):(\d\d\.\d+)", words)
        if not found or "Estimating duration" in words or self._kind.demuxer not in _STATED:
            return None
        hours, minutes, seconds = found.groups()
        return int((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * self.rate)

    def _format(self) -> str:
        """Return what was decoded, as the other decoders name it: "MOV AAC"."""
        found = re.search(r"Stream #.*?Audio: (\w+)", "\n".join(self._told))
        return f"{self._kind.demuxer} {found[1] if found else 'unknown'}".upper()


def _is_short_asf(file: BinaryIO) -> bool:
    """Whether a Windows Media file says that it was longer; ffmpeg then guesses a length."""
    file.seek(0)
    head = file.read(1 << 16)
    at = head.find(_ASF_PROPERTIES)
    if not 0 <= at <= len(head) - 92:
        return False
    is_live = int.from_bytes(head[at + 88 : at + 92], "little") & 1  # its size was never known
    return not is_live and file.seek(0, os.SEEK_END) < int.from_bytes(
        head[at + 40 : at + 48], "little"
    )


class _Pipe:
    """What a child writes, with a limit to how long it may write nothing."""

    def __init__(
        self, pipe: IO[bytes], stall_s: float, stalled: Callable[[float], UsageError]
    ) -> None:
        self._pipe, self._stall_s, self._stalled = pipe, stall_s, stalled

    def read(self, size: int) -> bytes:
        """Return `size` bytes, fewer only at the end. Raises UsageError."""
        pieces: list[bytes] = []
        with selectors.DefaultSelector() as selector:
            selector.register(self._pipe, selectors.EVENT_READ)
            while size:
                if not selector.select(self._stall_s):
                    raise self._stalled(self._stall_s)
                piece = os.read(self._pipe.fileno(), size)
                if not piece:
                    break
                pieces.append(piece)
                size -= len(piece)
        return b"".join(pieces)


def ffmpeg_parts(
    file: BinaryIO,
    spans: list[Span],
    path: str | None,
    kind: Kind,
    name: str,
    check: Callable[[int, int], None],
    started: Callable[[Callable[[], None]], object],
) -> Generator[FfmpegDecoder, None, None]:
    """Give a file's streams. `started` is told how to end each child. Raises UsageError."""
    command = find_ffmpeg()
    if command is None:
        raise UsageError(
            f"{name} is {kind.name}, which takes ffmpeg to decode, and there is none.",
            "Install ffmpeg, or: pip install imageio-ffmpeg",
        )
    for span in spans:
        with ExitStack() as stack:
            part, where = file, path
            if len(spans) > 1:  # a container's table counts from its own beginning
                part, where = stack.enter_context(copied(file, span.start, span.end, name)), None
            decoder = FfmpegDecoder(command, part, where, kind, name)
            stack.callback(decoder.close)
            started(decoder.stop)
            check(decoder.rate, decoder.channels)
            yield decoder
