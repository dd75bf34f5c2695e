"""Where audio goes: a WAV file, standard output, a pipe or a device."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from s2s.audio.encode import ENCODINGS, encode
from s2s.audio.wav import WavStream, WavWriter
from s2s.errors import UsageError

_NOT_OURS = {".aac", ".aif", ".aiff", ".amr", ".m4a", ".mp3", ".mp4", ".opus", ".webm", ".wma"}


def open_output(path: str, option: str, stack: ExitStack, *, force: bool) -> WavWriter | WavStream:
    """Return what writes the audio that `option` names. Raises `UsageError` if it cannot be had."""
    if path == "-":
        if sys.stdout.isatty():
            raise UsageError(
                f"{option} - would write audio to the terminal.",
                f"Pipe it on: … {option} - | play -t wav -",
            )
        return WavStream(sys.stdout.buffer)
    if is_special(Path(path)):
        return WavStream(stack.enter_context(open_special(Path(path), option)), f"Output {path}")
    ending = Path(path).suffix.lower()
    if ending in _NOT_OURS:
        raise UsageError(
            f"{path} does not end as a format that can be written.",
            f"Choose a name that ends with one of {', '.join(('.wav', *ENCODINGS))}.",
        )
    return WavWriter(path, force=force, encode=encode if ending in ENCODINGS else None)


def check_apart(recording: str, path: str, option: str) -> None:
    """Raise `UsageError` if a reply in `path` would replace the recording that is read."""
    if "-" in (recording, path) or not Path(path).is_file() or not Path(recording).exists():
        return
    if Path(path).samefile(recording):
        raise UsageError(
            f"{path} is the recording itself; the reply would replace it.",
            f"Choose another {option}.",
        )


def is_special(path: Path) -> bool:
    """Whether `path` is a device or a named pipe: written to, never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


def open_special(path: Path, option: str) -> BinaryIO:
    """Open a device or a named pipe; waits for its reader. Raises `UsageError`."""
    try:
        return path.open("wb", buffering=0)
    except OSError as exc:
        raise UsageError(f"{path} cannot be written: {exc.strerror}.", f"Check {option}.") from exc
