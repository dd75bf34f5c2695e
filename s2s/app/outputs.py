"""Where audio goes: a WAV file, standard output, a pipe or a device."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from io import FileIO
from itertools import combinations
from pathlib import Path

from s2s import pcm, signals
from s2s.audio.files.encode import ENCODINGS, encode
from s2s.audio.files.wav_writer import WavStream, WavWriter
from s2s.destination import Destination, follow
from s2s.errors import UsageError

_NOT_OURS = {".aac", ".aif", ".aiff", ".amr", ".m4a", ".mp3", ".mp4", ".opus", ".webm", ".wma"}


def open_output(
    path: str,
    option: str,
    stack: ExitStack,
    *,
    force: bool,
    what: str = "The reply",
    rate: int = pcm.RATE,
    channels: int = 1,
    can_be_long: bool = False,
) -> WavWriter | WavStream:
    """Return what writes the audio that `option` names; what did not begin leaves with `stack`.

    Waits for the reader of a named pipe. Raises `UsageError` if the output cannot be had.
    """
    with signals.held():  # no file is left behind by a signal between its making and its owner
        place = _place(path, option)
        if place.is_stream:
            name = what if path == "-" else f"Output {path}"
            stream = FileIO(_open_stream(path, place, option), "w")
            return WavStream(stream, name, rate=rate, channels=channels)
        ending = Path(path).suffix.lower()
        if ending in _NOT_OURS:
            raise UsageError(
                f"{path} does not end as a format that can be written.",
                f"Choose a name that ends with one of {', '.join(('.wav', *ENCODINGS))}.",
            )
        writer = WavWriter(
            path,
            force=force,
            rate=rate,
            channels=channels,
            can_be_long=can_be_long,
            encode=encode if ending in ENCODINGS else None,
        )
        stack.callback(writer.abandon)
        return writer


def check_apart(
    outputs: Mapping[str, str | None], given: str | None = None, what: str = "recording"
) -> None:
    """Raise `UsageError` if two outputs, named by option, or one and what is read, are one place.

    A device takes what any number of them give.
    """
    read = _status(given) if given else None
    named = {option: path for option, path in outputs.items() if path}
    places = {option: _place(path, option) for option, path in named.items()}
    for option, place in places.items():
        written = place.status()
        if read and written and stat.S_ISREG(read.st_mode) and os.path.samestat(read, written):
            raise UsageError(
                f"{_name(named[option])} is the {what} itself, and {option} would spoil it.",
                f"Choose another {option}.",
            )
    for one, other in combinations(places, 2):
        if _is_same(places[one], places[other]):
            where = "standard output" if named[one] == "-" else named[one]
            raise UsageError(f"{one} and {other} both want {where}.", "Name another file.")


def is_stream(path: str) -> bool:
    """Whether `path` is a device, a named pipe or the like: written to, never replaced."""
    return _place(path, "the output").is_stream


def _place(path: str, option: str) -> Destination:
    try:
        return _given(follow(path))
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the path
        problem = getattr(exc, "strerror", None) or exc
        problem = f"{_name(path)} cannot be written: {problem}."
        raise UsageError(problem, f"Check {option}.") from exc


def _given(place: Destination) -> Destination:
    """Return it if it is no descriptor of the program's own: these are not inherited."""
    if place.descriptor is None or os.name != "posix" or os.get_inheritable(place.descriptor):
        return place
    raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def _open_stream(path: str, place: Destination, option: str) -> int:
    try:
        with signals.received_by(signals.stop):  # a named pipe may never find a reader
            descriptor = place.open()
    except OSError as exc:
        problem = f"{_name(path)} cannot be written: {exc.strerror}."
        raise UsageError(problem, f"Check {option}.") from exc
    if os.isatty(descriptor):
        os.close(descriptor)
        raise UsageError(
            f"{option} {path} would write audio to the terminal.",
            f"Pipe it on: … {option} - | play -t wav -",
        )
    return descriptor


def _name(path: str) -> str:
    return "Standard output" if path == "-" else path


def _status(given: str) -> os.stat_result | None:
    with suppress(OSError, ValueError):
        return os.fstat(0) if given == "-" else Path(given).stat()
    return None


def _is_same(one: Destination, other: Destination) -> bool:
    known, found = one.status(), other.status()
    if known is None or found is None:
        return os.path.realpath(one.path) == os.path.realpath(other.path)
    return os.path.samestat(known, found) and not stat.S_ISCHR(known.st_mode)
