"""PortAudio's failures, in words and with a remedy for this platform."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import shlex
import sys
from collections.abc import Sequence
from types import ModuleType

from s2s.audio.devices.choice import Device
from s2s.audio.devices.protocols import Side
from s2s.errors import SoundError

UNAVAILABLE = -9985  # paDeviceUnavailable
_NO_SUCH_DEVICE = -9996  # paInvalidDevice
_WRONG_FORMAT = (-9997, -9998, -9994)  # rate, channels, sample format


def import_pyaudio() -> ModuleType:
    """Return PyAudio. Raises `SoundError` with what to install if it, or PortAudio, is missing."""
    try:
        # Without PortAudio it prints its complaint on standard output.
        with contextlib.redirect_stdout(io.StringIO()):
            return importlib.import_module("pyaudio")
    except ModuleNotFoundError as exc:
        if exc.name != "pyaudio":
            raise SoundError("PyAudio is not complete.", _install(sys.platform)) from exc
        raise SoundError("PyAudio is not installed.", _install(sys.platform)) from exc
    except ImportError as exc:
        library = "On Debian and Ubuntu: sudo apt-get install libportaudio2"
        hint = library if sys.platform == "linux" else _install(sys.platform)
        raise SoundError(f"PyAudio cannot be loaded: {exc}.", hint) from exc


def check_alsa() -> None:
    """Raise `SoundError` for a configuration that is not there: ALSA would abort the process."""
    stated = os.environ.get("ALSA_CONFIG_PATH")
    if sys.platform == "linux" and stated and not os.path.exists(stated):  # noqa: PTH110 - raises nothing
        raise SoundError(
            f"ALSA_CONFIG_PATH names {stated}, and there is no such file.",
            "Unset it, or mend it: without ALSA's configuration there are no devices.",
        )


def _install(platform: str) -> str:
    pip = f"{shlex.quote(sys.executable or 'python3')} -m pip install PyAudio"
    if platform == "darwin":
        return f"Install them: brew install portaudio && {pip}"
    if platform == "win32":
        return f'Install it: "{sys.executable}" -m pip install PyAudio'
    return (
        "Install it. On Debian and Ubuntu: sudo apt-get install portaudio19-dev gcc python3-dev "
        f"&& {pip}"
    )


def open_failure(device: Device, side: Side, failures: Sequence[Exception]) -> SoundError:
    """Return why a device could not be opened in any way that was tried."""
    codes = [exc.errno for exc in failures if isinstance(exc, OSError)]
    named = f"The {side} {device.name}"
    if UNAVAILABLE in codes:
        return SoundError(
            f"{named} is in use by another program.",
            "End that program, or choose another device: s2s devices",
        )
    if _NO_SUCH_DEVICE in codes:
        return SoundError(
            f"{named} is not there any more.", "Plug it in again, or choose another: s2s devices"
        )
    if codes and all(code in _WRONG_FORMAT for code in codes):
        return SoundError(
            f"{named} can be opened at no rate that we know how to use.",
            "Choose another device: s2s devices",
        )
    reasons = [getattr(exc, "strerror", None) or str(exc) for exc in failures]
    reason = f" ({reasons[0]})" if reasons else ""
    return SoundError(
        f"{named} cannot be opened{reason}.",
        "Does another program hold it, may you use it? Choose another device: s2s devices",
    )
