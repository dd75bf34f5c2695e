"""The devices a command works with: `--mic` and `--speaker`, `S2S_MIC` and `S2S_SPEAKER`."""

from __future__ import annotations

from collections.abc import Sequence

from s2s.audio.devices import Device, Side, choose
from s2s.config import Sources
from s2s.errors import UsageError

SETTINGS: dict[Side, str] = {"microphone": "S2S_MIC", "speaker": "S2S_SPEAKER"}


def chosen(devices: Sequence[Device], side: Side, sources: Sources) -> Device:
    """Return the device that the settings name, else the system's own. Raises as `choose` does."""
    found = sources.find(SETTINGS[side])
    try:
        return choose(devices, found.text if found else None, side)
    except UsageError as error:
        if found and not found.source.startswith("--"):
            error.hint = f"{error.hint} It was named by {SETTINGS[side]} ({found.source})."
        raise
