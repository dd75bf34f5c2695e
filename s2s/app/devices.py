"""The devices that the settings name: `S2S_MIC` and `S2S_SPEAKER`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from s2s.audio.devices.choice import Device, choose
from s2s.audio.devices.protocols import Side
from s2s.config import Origin, Sources
from s2s.errors import UsageError
from s2s.printable import printable

SETTINGS: dict[Side, str] = {"microphone": "S2S_MIC", "speaker": "S2S_SPEAKER"}
_FLAGS: dict[Side, str] = {"microphone": "mic", "speaker": "speaker"}


def chosen(devices: Sequence[Device], side: Side, sources: Sources) -> Device:
    """Return the device that the settings name, else the system's own. Raises as `choose` does.

    A `.env` that was found chooses no monitor, which hears all that this machine plays.
    """
    given = sources.find(SETTINGS[side])
    if given is None or given.text.strip().lower() == "default":
        return choose(devices, None, side)
    hint = ""
    if not given.by_user:
        hint = " A .env that was found chooses no monitor." if _monitors(devices, side) else ""
        devices = [device for device in devices if not device.loopback]
    if hint and not any(device.channels(side) for device in devices):
        raise UsageError(
            f"There is no {side} but monitors, and a .env that was found chooses none of them.",
            f"Name it yourself: --{_FLAGS[side]} {shlex.quote(printable(given.text))}",
        )
    try:
        return choose(devices, given.text, side)
    except UsageError as error:
        if given.origin is not Origin.FLAG:
            error.hint += f" It was named by {SETTINGS[side]} ({given.source}).{hint}"
        raise


def lasting_names(sources: Sources, opened: Mapping[Side, Device]) -> dict[Side, str]:
    """Return the names of devices that the settings name by an index: that may change."""
    found = {side: sources.find(SETTINGS[side]) for side in opened}
    by_index = [side for side, each in found.items() if each and each.text.strip().isdigit()]
    return {side: opened[side].name for side in by_index}


def _monitors(devices: Sequence[Device], side: Side) -> bool:
    return any(device.loopback and device.channels(side) for device in devices)
