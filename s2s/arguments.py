"""What programs hand in, checked: a wrong type is a TypeError, a wrong value a ValueError."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from s2s.config import Settings, Sources
from s2s.errors import S2SError, UsageError
from s2s.secret import Secret
from s2s.wire.endpoint import complete_url
from s2s.wire.models import DEFAULT_MODEL

if TYPE_CHECKING:
    import numpy.typing as npt

    from s2s.audio.files.recording import RawFormat

    Sound: TypeAlias = (
        str | os.PathLike[str] | bytes | bytearray | BinaryIO | tuple[npt.ArrayLike, float]
    )

_FLAG = re.compile(r"--([a-z][a-z-]*)")
_NAMES = {
    "WS_URL": "url",
    "MODEL": "model",
    "S2S_VOICE": "voice",
    "S2S_INSTRUCTIONS": "instructions",
    "S2S_TRANSCRIBE": "transcribe",
    "S2S_LANGUAGE": "language",
    "S2S_TIMEOUT": "timeout",
    "S2S_API_KEY": "api_key",
    "OPENAI_API_KEY": "api_key",
}


@dataclass(frozen=True)
class Given:
    """The settings as they were handed in; None: not given."""

    api_key: str | None = None
    url: str | None = None
    model: str | None = None
    voice: str | None = None
    instructions: str | None = None
    transcribe: str | None = None
    language: str | None = None
    timeout: float | None = None
    offline: bool = False
    allow_plain_ws: bool = False
    settings: Settings | None = None


def settings_of(given: Given) -> Sources | Settings:
    """Return the settings that were handed in, or where they stand."""
    texts = {name: text_of(name, getattr(given, name)) for name in _TEXTS}
    timeout_s = _timeout(given.timeout)
    stated = [name for name, value in {**texts, "timeout": given.timeout}.items() if value]
    if given.settings is not None:
        if not isinstance(given.settings, Settings):
            raise TypeError("settings must come from s2s.Settings.load()")
        if stated or given.offline:
            raise TypeError(f"settings= holds {(stated or ['offline'])[0]} already")
        return given.settings
    key, url = texts["api_key"], texts["url"]
    if given.offline and url:
        raise ValueError("offline and url name two endpoints")
    if url:
        _check_url(url, given)
    if key:
        Secret(key)  # from now on no message shows it
    elif not url and not given.offline and not os.environ.get("OPENAI_API_KEY"):
        raise UsageError(
            "There is no key and no endpoint to talk to.",
            "Give api_key=, set OPENAI_API_KEY, or try it without a key: offline=True.",
            code="no_key",
        )
    instructions = texts["instructions"]
    if instructions and instructions.startswith("@"):
        instructions = f" {instructions}"  # a text, and not the name of a file
    flags = {
        "WS_URL": url,
        "MODEL": texts["model"],
        "S2S_VOICE": texts["voice"],
        "S2S_INSTRUCTIONS": instructions,
        "S2S_TRANSCRIBE": texts["transcribe"],
        "S2S_LANGUAGE": texts["language"],
        "S2S_TIMEOUT": timeout_s,
        "S2S_API_KEY": key,
        "OPENAI_API_KEY": key,
    }
    environment = {"OPENAI_API_KEY": os.environ.get("OPENAI_API_KEY", "")}
    return Sources(flags, _NAMES, environment)


_TEXTS = ("api_key", "url", "model", "voice", "instructions", "transcribe", "language")


def text_of(name: str, value: object) -> str | None:
    """Return `value` if it is a text that says something, or None."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if not value.strip():
        raise ValueError(f"{name} is empty")
    return value


def number_of(name: str, value: object, least: float, most: float) -> float | None:
    """Return `value` if it is a number in this range, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    if not least <= value <= most:
        raise ValueError(f"{name} must be from {least:g} to {most:g}")
    return float(value)


def _timeout(value: object) -> str | None:
    seconds = number_of("timeout", value, 0.001, 86_399)
    return None if seconds is None else str(seconds)


def _check_url(url: str, given: Given) -> None:
    model, called = given.model or DEFAULT_MODEL, "url"
    try:
        complete_url(url, model, allow_plain=given.allow_plain_ws, called=called)
    except UsageError as error:
        raise ValueError(_in_python(f"{error.message} {error.hint}")) from None


def sound_of(given: Sound) -> tuple[str | BinaryIO, RawFormat | None]:
    """Return a recording as it is opened, and its format if it has no header."""
    if isinstance(given, str | os.PathLike):
        path = os.fsdecode(given)
        if not path:
            raise ValueError("the recording's path is empty")
        return ("./-" if path == "-" else path), None  # a file, and not standard input
    if isinstance(given, bytes | bytearray | memoryview):
        return io.BytesIO(given), None
    if isinstance(given, tuple):
        if len(given) == 2:
            return _samples(*given)
        raise _no_sound(given)
    if isinstance(given, io.TextIOBase) or not hasattr(given, "read"):
        raise _no_sound(given)
    return given, None


def _no_sound(given: object) -> TypeError:
    return TypeError(
        "a recording is a path, the bytes of a file, a binary file, or (samples, rate), "
        f"not {type(given).__name__}"
    )


def _samples(samples: npt.ArrayLike, rate: float) -> tuple[BinaryIO, RawFormat]:
    import numpy as np

    from s2s.audio.files.recording import RawFormat

    hertz = number_of("rate", rate.item() if isinstance(rate, np.generic) else rate, 1e3, 768e3)
    array = np.asarray(samples)
    if array.ndim not in (1, 2) or (array.ndim == 2 and not 1 <= array.shape[1] <= 64):
        raise ValueError(f"samples must be (frames,) or (frames, channels), not {array.shape}")
    if not array.size:
        raise ValueError("there are no samples")
    if np.issubdtype(array.dtype, np.floating):
        if not np.isfinite(array).all():
            raise ValueError("samples must be finite")
        array = np.round(np.clip(array, -1.0, 1.0) * 32767)
    elif array.dtype != np.int16:
        raise TypeError(f"samples must be int16, or floats from -1 to 1, not {array.dtype}")
    channels = 1 if array.ndim == 1 else array.shape[1]
    assert hertz
    return io.BytesIO(array.astype("<i2").tobytes()), RawFormat(round(hertz), channels)


@contextlib.contextmanager
def in_words_of_python() -> Iterator[None]:
    """Let errors of the block name arguments where they would name options."""
    try:
        yield
    except S2SError as error:
        error.hint = _in_python(error.hint)
        error.args = (_in_python(error.message),)
        raise


def _in_python(text: str) -> str:
    named = _FLAG.sub(lambda found: f"{found[1].replace('-', '_')}=", text)
    return named.replace("S2S_API_KEY", "api_key=")
