"""Speech from text, made by whichever speech program the machine has.

The program runs once for each sentence, so that the first is heard while the next is not made
yet, and so that closing the iterator is enough to silence it: the program is killed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unicodedata
import wave
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import soxr

from s2s import pcm
from s2s.errors import SoundError, UsageError
from s2s.local.engines import Synthesiser

_LONGEST = 300  # characters spoken at once; a longer sentence is cut between two words
_WAV_HEADER = 44  # bytes; what flite, espeak-ng and our helper write before the samples
_READ_SIZE = 8192  # bytes, at most, of one piece of audio: a quarter of a second at 16 kHz


@dataclass(slots=True)
class Program:
    """A speech program: its voices by the API's names for voices, and how to run it."""

    name: str
    voices: Mapping[str, str]  # "" is the voice of every other name
    argv: Callable[[str, str], Sequence[str]]  # voice, text -> program and arguments
    text_on_stdin: bool = True

    def speak(self, text: str, voice: str = "") -> Iterator[bytes]:
        own_voice = self.voices.get(voice.lower(), self.voices[""])
        for sentence in sentences(text):
            argv = self.argv(own_voice, sentence)
            yield from _run(self.name, argv, sentence if self.text_on_stdin else "")


class MacSay:
    """macOS's own `say`, in the voice chosen there; it writes to files only."""

    name = "say"

    def speak(self, text: str, voice: str = "") -> Iterator[bytes]:
        for sentence in sentences(text):
            with tempfile.TemporaryDirectory(prefix="s2s-say-") as folder:
                path = Path(folder) / "speech.wav"
                argv = ["say", "-f", "-", "-o", str(path), f"--data-format=LEI16@{pcm.RATE}"]
                if subprocess.run(argv, input=sentence.encode(), check=False).returncode:
                    raise SoundError("say could not speak.", "Install another: brew install flite")
                with wave.open(str(path)) as speech:
                    yield speech.readframes(speech.getnframes())


def find_synthesiser(order: Sequence[str] = ()) -> Synthesiser:
    """Return the first synthesiser of `order` that this machine has; by default the best one."""
    for name in order or _FOUND_BY:
        if synthesiser := _FOUND_BY[name]():
            return synthesiser
    raise UsageError(
        "No speech program was found on this machine.",
        "Install one: apt install flite, or brew install espeak-ng.",
    )


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
    if not shutil.which("flite"):
        return None
    return Program(
        "flite",
        _voices("slt", "rms", "awb"),
        lambda voice, text: ["flite", "-voice", voice, "-t", text, "-o", "/dev/stdout"],
        text_on_stdin=False,  # it reads a file by its size, and a pipe has none
    )


def _espeak_ng() -> Synthesiser | None:
    if not shutil.which("espeak-ng"):
        return None
    return Program(
        "espeak-ng",
        _ESPEAK_VOICES,
        lambda voice, text: ["espeak-ng", "--stdout", "--stdin", "-v", voice],
    )


def _espeakng_loader() -> Synthesiser | None:
    if not importlib.util.find_spec("espeakng_loader"):
        return None
    import espeakng_loader

    # Without site-packages (-S) the helper starts in a quarter of the time.
    helper = [sys.executable, "-I", "-S", str(Path(__file__).with_name("espeak.py"))]
    where = [espeakng_loader.get_library_path(), espeakng_loader.get_data_path()]
    return Program("espeakng-loader", _ESPEAK_VOICES, lambda voice, text: [*helper, *where, voice])


def _say() -> Synthesiser | None:
    return MacSay() if sys.platform == "darwin" and shutil.which("say") else None


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


def _run(name: str, argv: Sequence[str], text: str) -> Iterator[bytes]:
    """Give what the program says as it says it; closing the iterator kills and reaps it."""
    program = subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with program:
        assert program.stdin and program.stdout
        try:
            with contextlib.suppress(BrokenPipeError), program.stdin:
                program.stdin.write(text.encode())
            header = program.stdout.read(_WAV_HEADER)
            if len(header) < _WAV_HEADER:
                raise SoundError(f"{name} could not speak.", "Install another: apt install flite")
            yield from _resampled(program.stdout, int.from_bytes(header[24:28], "little"))
        finally:
            program.kill()


def _resampled(audio: IO[bytes], rate: int) -> Iterator[bytes]:
    # In floating point: with integers soxr adds a random dither, and silence would not be silent.
    resampler = soxr.ResampleStream(rate, pcm.RATE, 1, dtype="float32")
    read, odd = b"more", b""  # a pipe may end a read in the middle of a sample
    while read:
        read = os.read(audio.fileno(), _READ_SIZE)
        whole = (len(odd) + len(read)) // 2 * 2
        samples, odd = (odd + read)[:whole], (odd + read)[whole:]
        piece = np.frombuffer(samples, "<i2").astype(np.float32)
        speech = resampler.resample_chunk(piece, last=not read)
        if len(speech):
            yield speech.round().clip(-32768, 32767).astype("<i2").tobytes()
