"""Speech from text, made by whichever speech program the machine has.

The program runs once for each sentence, so that the first is heard while the next is not made
yet, and so that closing the iterator is enough to silence it: the program is killed.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import logging
import re
import subprocess
import sys
import tempfile
import textwrap
import threading
import unicodedata
import wave
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO

import numpy as np
import soxr

from s2s import pcm
from s2s.errors import SoundError, UsageError
from s2s.local.engines import Synthesiser
from s2s.programs import program

_LONGEST = 300  # characters spoken at once; a longer sentence is cut between two words
_WAV_HEADER = 44  # bytes; what espeak-ng and our helper write before the samples
_READ_SIZE = 8192  # bytes, at most, of one piece of audio: a quarter of a second at 16 kHz
_MOST_WORDS = 400  # bytes of what a program says of its failure
_INSTALL = "Install a speech program: apt install flite, or brew install espeak-ng."

log = logging.getLogger("s2s.local")


@dataclass(slots=True)
class Program:
    """A speech program that writes to standard output: its voices, and how to run it."""

    name: str
    voices: Mapping[str, str]  # by the API's names for voices; "" is the voice of every other name
    argv: Callable[[str], Sequence[str]]  # voice -> program and arguments; it reads the text

    def speak(self, text: str, voice: str = "") -> Iterator[bytes]:
        """Give speech as it is made. Raises `SoundError` with the program's own words."""
        argv = self.argv(self.voices.get(voice.lower(), self.voices[""]))
        for sentence in sentences(text):
            with _failures_of(self.name) as said:
                yield from _run(argv, sentence, said)


@dataclass(slots=True)
class FileProgram:
    """A speech program that writes to files only: one of ours, whose name nobody else knows."""

    name: str
    voices: Mapping[str, str]
    argv: Callable[[str, str, str], Sequence[str]]  # voice, text, path -> program and arguments

    def speak(self, text: str, voice: str = "") -> Iterator[bytes]:
        """Give the speech of each sentence. Raises `SoundError` with the program's own words."""
        own_voice = self.voices.get(voice.lower(), self.voices[""])
        for sentence in sentences(text):
            with (
                _failures_of(self.name) as said,
                tempfile.TemporaryDirectory(prefix="s2s-voice-") as folder,
            ):
                path = str(Path(folder) / "speech.wav")
                argv = self.argv(own_voice, sentence, path)
                subprocess.run(argv, input=sentence.encode(), stdout=said, stderr=said, check=True)
                with wave.open(path) as speech:
                    read = functools.partial(speech.readframes, _READ_SIZE // pcm.SAMPLE_SIZE)
                    yield from _resampled(read, speech.getframerate())


class Voices:
    """Speaks by the first program that can; one that fails is told of once and tried no more."""

    def __init__(
        self, first: Synthesiser, others: Iterator[Synthesiser], warn: Callable[[str], None]
    ) -> None:
        self._now: Synthesiser | None = first
        self._others = others
        self._warn = warn
        self._failures: list[str] = []
        self._lock = threading.Lock()  # replies are spoken on several threads

    @property
    def name(self) -> str:
        return self._now.name if self._now else ""

    def speak(self, text: str, voice: str = "") -> Iterator[bytes]:
        """Give speech. Raises `SoundError` when no program is left that can speak."""
        for sentence in sentences(text):
            while now := self._now:
                try:
                    yield from now.speak(sentence, voice)
                    break
                except SoundError as error:
                    self._go_on_without(now, error)
            else:
                raise SoundError(" ".join(self._failures), _INSTALL)

    def _go_on_without(self, failed: Synthesiser, error: SoundError) -> None:
        with self._lock:
            if failed is not self._now:
                return  # another reply has met the same failure
            self._failures.append(error.message)
            self._now = next(self._others, None)
            instead = f" From now on {self._now.name} speaks." if self._now else ""
        self._warn(error.message + instead)


def find_synthesiser(
    order: Sequence[str] = (), warn: Callable[[str], None] = log.warning
) -> Synthesiser:
    """Return the synthesisers of `order` that this machine has; by default the best ones first.

    `warn` is told of one that fails. Raises `UsageError` if the machine has none.
    """
    found = filter(None, (_FOUND_BY[name]() for name in order or _FOUND_BY))
    if first := next(found, None):
        return Voices(first, found, warn)
    raise UsageError("No speech program was found on this machine.", _INSTALL)


def sentences(text: str) -> list[str]:
    """Return the text in pieces to speak one by one, in plain ASCII and without mark-up."""
    text = text.translate(_PLAIN)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = re.sub(r"[*_`#~|<>\\\x00-\x08\x0e-\x1f\x7f]+", " ", text)
    parts = re.split(r"(?<=[.!?])\s+|\n+", text)
    cut = [piece for part in parts for piece in textwrap.wrap(part, _LONGEST)]
    return [piece for piece in cut if any(c.isalnum() for c in piece)]


_PLAIN = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u2013": ", ", "\u2014": ", ", "\u2026": "."}
)


def _flite() -> Synthesiser | None:
    if not (flite := program("flite")):
        return None
    return FileProgram(
        "flite",
        _voices("slt", "rms", "awb"),
        lambda voice, text, path: [flite, "-voice", voice, "-t", text, "-o", path],
    )


def _espeak_ng() -> Synthesiser | None:
    if not (espeak := program("espeak-ng")):
        return None
    return Program(
        "espeak-ng", _ESPEAK_VOICES, lambda voice: [espeak, "--stdout", "--stdin", "-v", voice]
    )


def _espeakng_loader() -> Synthesiser | None:
    if not importlib.util.find_spec("espeakng_loader"):
        return None
    import espeakng_loader

    # Without site-packages (-S) the helper starts in a quarter of the time.
    helper = [sys.executable, "-I", "-S", str(Path(__file__).with_name("espeak.py"))]
    where = [espeakng_loader.get_library_path(), espeakng_loader.get_data_path()]
    return Program("espeakng-loader", _ESPEAK_VOICES, lambda voice: [*helper, *where, voice])


def _say() -> Synthesiser | None:
    """Return macOS's own `say`, in the voice chosen there."""
    say = program("say")
    if sys.platform != "darwin" or not say:
        return None
    form = f"--data-format=LEI16@{pcm.RATE}"
    return FileProgram(
        "say", {"": ""}, lambda voice, text, path: [say, "-f", "-", "-o", path, form]
    )


_FOUND_BY: dict[str, Callable[[], Synthesiser | None]] = {
    "flite": _flite,
    "espeak-ng": _espeak_ng,
    "espeakng-loader": _espeakng_loader,
    "say": _say,
}


def _voices(first: str, second: str, third: str) -> dict[str, str]:
    """Share three voices out among the API's names, so that another name sounds different."""
    names = {first: "alloy coral marin nova sage shimmer", second: "ash cedar echo onyx verse"}
    names[third] = "ballad fable"
    return {"": first} | {name: own for own, group in names.items() for name in group.split()}


_ESPEAK_VOICES = _voices("en-us+f3", "en-us+m3", "en-us")


@contextlib.contextmanager
def _failures_of(name: str) -> Iterator[IO[bytes]]:
    """Give a file for what the program says; if it fails, that is why. Raises `SoundError`."""
    with tempfile.TemporaryFile() as said:
        try:
            yield said
        except (OSError, EOFError, wave.Error, subprocess.CalledProcessError) as exc:
            said.seek(0)
            words = " ".join(said.read(_MOST_WORDS).decode("utf-8", "replace").split())
            why = words or getattr(exc, "strerror", None) or "it gave no sound"
            raise SoundError(f"{name} could not speak: {why.rstrip('.')}.", _INSTALL) from exc


def _run(argv: Sequence[str], text: str, said: IO[bytes]) -> Iterator[bytes]:
    """Give what the program says as it says it; closing the iterator kills and reaps it."""
    program = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said)
    with program:
        assert program.stdin and isinstance(program.stdout, BufferedReader)
        try:
            with contextlib.suppress(BrokenPipeError), program.stdin:
                program.stdin.write(text.encode())
            header = program.stdout.read(_WAV_HEADER)
            if len(header) == _WAV_HEADER:
                read = functools.partial(program.stdout.read1, _READ_SIZE)
                yield from _resampled(read, int.from_bytes(header[24:28], "little"))
            if program.wait() or len(header) < _WAV_HEADER:
                raise subprocess.CalledProcessError(program.returncode, argv)
        finally:
            program.kill()


def _resampled(read: Callable[[], bytes], rate: int) -> Iterator[bytes]:
    # In floating point: with integers soxr adds a random dither, and silence would not be silent.
    resampler = soxr.ResampleStream(rate, pcm.RATE, 1, dtype="float32")
    more, odd = b"more", b""  # a pipe may end a read in the middle of a sample
    while more:
        more = read()
        whole = (len(odd) + len(more)) // 2 * 2
        samples, odd = (odd + more)[:whole], (odd + more)[whole:]
        piece = np.frombuffer(samples, "<i2").astype(np.float32)
        speech = resampler.resample_chunk(piece, last=not more)
        if len(speech):
            yield speech.round().clip(-32768, 32767).astype("<i2").tobytes()
