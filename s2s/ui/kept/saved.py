"""The conversation as it was heard: one stereo WAV, and the transcript as Markdown and JSON.

Whatever the moment of a kill: the WAV is playable and lacks less than 400 ms, the transcripts are
whole files that lack less than two seconds.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from io import FileIO
from itertools import count
from pathlib import Path

from s2s import pcm
from s2s.audio.files.riff import HEADER_SIZE, pack_header
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.items import Line
from s2s.conversation.transcript.transcript import Transcript
from s2s.errors import S2SError, UsageError, WriteError
from s2s.json_text import json_text
from s2s.private import private, private_folder, put_in_place
from s2s.ui.kept.background import Background
from s2s.ui.kept.tape import Tape, stereo
from s2s.ui.lines import as_json, as_markdown, cost_as_markdown
from s2s.well_formed import well_formed

CHANNELS = 2  # the user left, the assistant right
TRANSCRIPT_EVERY_S = 1.0
WAV, MARKDOWN, JSON = "conversation.wav", "transcript.md", "transcript.jsonl"
RAW = "microphone.wav"

_SOUND = (on.AudioCaptured, do.SendAudio, on.AudioReceived, do.PlayAudio)


class SavedConversation:
    """Keeps a conversation in a folder of its own, `folder`, below the one that was asked for.

    Raises UsageError at once if that cannot be created. A later failure is told once, by
    `on_error`, and stays in `error`; the transcript is then kept in the temporary folder. What is
    captured while muted is recorded as silence. With `raw` a file beside it holds what the
    microphone heard before the echo was taken out of it, on the same clock.
    """

    def __init__(
        self,
        parent: Path,
        transcript: Transcript,
        on_error: Callable[[S2SError], None],
        now: datetime | None = None,
        *,
        raw: bool = False,
    ) -> None:
        self._begun = now or datetime.now().astimezone()
        try:
            self.folder = _new_folder(parent, f"{self._begun:%Y-%m-%d-%H%M}")
            self._tracks = [_Track(_Wav(self.folder / WAV, CHANNELS), WAV, stereo)]
            if raw:
                microphone = _Track(_Wav(self.folder / RAW, 1), RAW, _left, raw=True)
                self._tracks.append(microphone)
        except (OSError, ValueError) as exc:  # ValueError: a NUL in the path
            problem = getattr(exc, "strerror", None) or exc
            raise UsageError(
                f"Nothing can be saved in {parent}: {problem}.", "Choose another folder."
            ) from exc
        self._background = Background(str(self.folder), on_error)
        self._transcript = transcript
        self._at = self._written_at = 0.0
        self._changed = True
        self._unsaved: set[str] = set()  # files that lack something
        self._muted = False
        self._cost: do.ShowCost | None = None

    @property
    def error(self) -> S2SError | None:
        return self._background.error

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Record the sound and the words of what happens."""
        self._at = at
        if isinstance(happening, do.ShowCost):
            self._cost = happening
        elif isinstance(happening, do.ShowState):
            self._muted = happening.muted
        elif isinstance(happening, on.AudioCaptured):
            for track in self._tracks:
                chunk = (track.raw and happening.raw) or happening.pcm
                chunk = bytes(len(chunk)) if self._muted else chunk
                track.tape.capture(chunk, happening.at)
                self._write(track, *track.tape.take())
        elif isinstance(happening, on.AudioPlayed):
            for track in self._tracks:
                track.tape.play(happening.pcm)
                self._write(track, *track.tape.take())
        silent = isinstance(happening, on.AudioPlayed) and happening.heard is None
        self._changed = self._changed or not (silent or isinstance(happening, _SOUND))
        if self._changed and at - self._written_at >= TRANSCRIPT_EVERY_S:
            self._write_transcript()

    def close(self) -> None:
        """Bring what is left to the disk, soon enough for somebody who leaves."""
        for track in self._tracks:
            self._write(track, *track.tape.finish())
        self._write_transcript()
        for track in self._tracks:
            self._background.write(track.wav.close)
        self._background.close()
        if isinstance(self.error, WriteError):
            self.error.hint = self._rescue_transcript()

    @property
    def kept(self) -> str:
        """What was saved, as a sentence; "" where the error's own hint says it."""
        if isinstance(self.error, WriteError):
            return ""
        lacking = f", but not all of {' and '.join(sorted(self._unsaved))}" if self.error else ""
        return f"Saved in {self.folder}{lacking}."

    def _write(self, track: _Track, captured: bytes, played: bytes) -> None:
        def append() -> None:
            try:
                track.wav.append(track.put_together(captured, played))
            except BaseException:
                self._unsaved.add(track.name)
                raise

        if captured:
            self._background.write(append)

    def _write_transcript(self) -> None:
        self._changed, self._written_at = False, self._at
        lines = self._transcript.lines()
        self._background.write(lambda: self._replace(MARKDOWN, lines, self.folder))
        self._background.write(lambda: self._replace(JSON, lines, self.folder))

    def _rescue_transcript(self) -> str:
        """Put the words elsewhere if their folder takes nothing any more; return what is where."""
        kept = f" What was heard until then is in {self.folder}."
        if not self._background.stuck:  # else its disk would hold us up as well
            self._tracks[0].wav.close()
            kept = kept if os.path.exists(self.folder) else ""  # noqa: PTH110 - raises nothing
        folder: Path | None = None
        try:
            folder = Path(tempfile.mkdtemp(prefix=f"s2s-{self.folder.name}-"))
            for name in (MARKDOWN, JSON):
                self._replace(name, self._transcript.lines(), folder)
        except OSError as exc:
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
            temporary = tempfile.gettempdir()
            return f"The transcript cannot be kept in {temporary} either: {exc.strerror}.{kept}"
        return f"The whole transcript is in {folder}.{kept}"

    def _replace(self, name: str, lines: list[Line], folder: Path) -> None:
        self._unsaved.add(name)
        if name == MARKDOWN:
            title = f"# Conversation of {self._begun:%Y-%m-%d %H:%M}\n"
            cost = [cost_as_markdown(self._cost)] if self._cost else []
            text = "\n".join([title, *(as_markdown(line) for line in lines), *cost])
        else:
            text = "".join(f"{json_text(as_json(line))}\n" for line in lines)
        put_in_place(folder / name, well_formed(text))
        self._unsaved.discard(name)


class _Wav:
    """A WAV file that is playable at any moment: first the audio, then the promise of it."""

    def __init__(self, path: Path, channels: int) -> None:
        self._file = FileIO(path, "x", opener=private)
        self._size, self._channels = 0, channels  # bytes behind the header
        self._file.write(pack_header(0, channels=channels))

    def append(self, frames: bytes) -> None:
        rest = memoryview(frames)
        try:
            while rest:
                taken = self._file.write(rest)
                self._size += taken
                rest = rest[taken:]
        finally:
            whole = self._size - self._size % (self._channels * pcm.SAMPLE_SIZE)
            self._file.seek(0)
            self._file.write(pack_header(whole, channels=self._channels))
            self._file.seek(HEADER_SIZE + self._size)

    def close(self) -> None:
        self._file.close()


@dataclass
class _Track:
    """A WAV file, and what is to be written to it next."""

    wav: _Wav
    name: str
    put_together: Callable[[bytes, bytes], bytes]
    """What was captured and what was played, as the file has it."""
    raw: bool = False
    """It holds what the microphone heard before the echo was taken out."""
    tape: Tape = field(default_factory=Tape)


def _left(captured: bytes, played: bytes) -> bytes:
    return captured


def _new_folder(parent: Path, name: str) -> Path:
    """Create a folder that was not there, beside those of earlier conversations."""
    private_folder(parent)
    for number in count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(0o700)
        except FileExistsError:
            continue
        return folder
    raise AssertionError("there is always another number")
