"""How late an echo comes on each pair of devices: measured once, remembered in a file of ours.

The file is the user's alone. What it holds is data: what is damaged or not ours is passed over, and
the worst that it can do is a delay that is none.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s2s.config.sources import NO_HOME
from s2s.errors import WriteError
from s2s.json_text import json_text
from s2s.private import private_folder, put_in_place

if TYPE_CHECKING:
    from s2s.audio.devices.choice import Device
    from s2s.audio.events import Opening

log = logging.getLogger("s2s.sound")

NAME = "echo-delays.json"
SAFELY_LESS_MS = 40.0  # than measured: a hint that is too low is harmless, one too high ruins it
_LONGEST_MS = 1000.0
_MOST = 50  # pairs; the oldest are forgotten
_LARGEST = 100_000  # bytes

Key = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True)
class Pair:
    """A microphone and a speaker, each as it was opened: another rate has another delay."""

    microphone: Key
    speaker: Key


def pair_of(
    microphone: tuple[Device, Opening | None], speaker: tuple[Device, Opening | None]
) -> Pair | None:
    """Return what a delay belongs to; None while one of them is not open."""
    keys = [
        (device.name, device.host_api, opening.rate, opening.channels)
        for device, opening in (microphone, speaker)
        if opening
    ]
    return Pair(keys[0], keys[1]) if len(keys) == 2 else None


def file() -> Path:
    """Return where the delays are."""
    from platformdirs import user_state_path

    try:
        return user_state_path("s2s", appauthor=False) / NAME
    except RuntimeError:  # no HOME, and the system does not know this user: a container's, say
        return NO_HOME / ".local/state/s2s" / NAME


def any_known(path: Path | None = None) -> bool:
    """Whether anything was ever measured."""
    return os.path.exists(path or file())  # noqa: PTH110 - a Path's own raises in a closed folder


def delay_ms(pair: Pair | None, path: Path | None = None) -> float | None:
    """Return what was measured of a pair, if anything was."""
    return _read(path or file()).get(pair) if pair else None


def hint_ms(pair: Pair | None, path: Path | None = None) -> float | None:
    """Return what a canceller is to be told of a pair: less than was measured."""
    measured = delay_ms(pair, path)
    if measured is None:
        return None
    log.info("= the echo was measured %.0f ms late on these devices", measured)
    return max(0.0, measured - SAFELY_LESS_MS)


def remember(pair: Pair, ms: float, path: Path | None = None) -> Path:
    """Keep a delay, instead of what was measured of the pair before. Raises `WriteError`."""
    path = path or file()
    known = _read(path)
    known.pop(pair, None)
    known[pair] = round(ms, 1)
    delays = [
        {"microphone": list(each.microphone), "speaker": list(each.speaker), "delay_ms": late}
        for each, late in list(known.items())[-_MOST:]
    ]
    try:
        private_folder(path.parent)
        put_in_place(path, json_text({"schema": 1, "delays": delays}) + "\n")
    except OSError as exc:
        raise WriteError(
            f"The delay cannot be kept in {path}: {exc.strerror}.",
            "Everything works without it. Use --no-remember.",
        ) from exc
    return path


def _read(path: Path) -> dict[Pair, float]:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return {}
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    delays = found.get("delays") if isinstance(found, dict) else None
    known = {}
    for each in delays if isinstance(delays, list) else ():
        if entry := _entry(each):
            known[entry[0]] = entry[1]
    return known


def _entry(each: Any) -> tuple[Pair, float] | None:
    if not isinstance(each, dict):
        return None
    microphone, speaker = _key(each.get("microphone")), _key(each.get("speaker"))
    late = each.get("delay_ms")
    if not (microphone and speaker) or not isinstance(late, int | float) or late is True:
        return None
    return (Pair(microphone, speaker), float(late)) if 0 < late < _LONGEST_MS else None


def _key(found: Any) -> Key | None:
    if not isinstance(found, list) or len(found) != 4:
        return None
    name, host_api, rate, channels = found
    if not (isinstance(name, str) and isinstance(host_api, str)):
        return None
    whole = isinstance(rate, int) and isinstance(channels, int)
    return (name, host_api, rate, channels) if whole else None
