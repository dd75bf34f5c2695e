"""What the shell completes on Tab. Opens no sound card: devices come from the last list of them."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from s2s.printable import printable

if TYPE_CHECKING:
    from s2s.audio.devices.choice import Device
    from s2s.audio.devices.protocols import Side

_SHELL_LETTERS = re.compile(r"([^\w.,:=@/+-])")  # what bash would not take as it is


def voices(incomplete: str) -> Iterator[str]:
    from s2s.wire.models import VOICES

    return _beginning(VOICES, incomplete)


def transcribers(incomplete: str) -> Iterator[str]:
    from s2s.wire.models import TRANSCRIPTION_MODELS

    return _beginning((*TRANSCRIPTION_MODELS, "off"), incomplete)


def faults(incomplete: str) -> Iterator[str]:
    """Complete the place, then what goes wrong there."""
    from s2s.local.event_names import EVENTS
    from s2s.local.faults import CONNECT, DEEDS

    place, colon, _ = incomplete.partition(":")
    if not colon:
        return _beginning(sorted({CONNECT, *EVENTS}), incomplete)
    deeds = ("http=429", "silence", "reset", "error=") if place == CONNECT else (*DEEDS, "error=")
    return _beginning((f"{place}:{deed}" for deed in deeds), incomplete)


def microphones(incomplete: str) -> Iterator[str]:
    return _devices("microphone", incomplete)


def speakers(incomplete: str) -> Iterator[str]:
    return _devices("speaker", incomplete)


def remember(devices: Sequence[Device]) -> None:
    """Keep the names of `devices` for completion; what cannot be kept is no loss."""
    sides: tuple[Side, ...] = ("microphone", "speaker")
    names = {side: [each.name for each in devices if each.channels(side)] for side in sides}
    with contextlib.suppress(OSError, RuntimeError):  # no home folder, or not ours
        path = _list_path()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(json.dumps(names), "utf-8")


def _devices(side: Side, incomplete: str) -> Iterator[str]:
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        names = json.loads(_list_path().read_text("utf-8"))[side]
        shown = dict.fromkeys(printable(name) for name in (*names, "default"))
        if "bash" in os.environ.get("_S2S_COMPLETE", ""):
            shown = dict.fromkeys(_SHELL_LETTERS.sub(r"\\\1", name) for name in shown)
        yield from _beginning(shown, incomplete)


def _list_path() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("s2s", appauthor=False) / "devices.json"


def _beginning(words: Iterable[str], incomplete: str) -> Iterator[str]:
    return (word for word in words if word.lower().startswith(incomplete.lower()))
