"""The list of devices: a table that prints itself, or JSON (docs/devices.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s2s.audio.devices.choice import Device, grouped
from s2s.audio.devices.protocols import PCM, Opening
from s2s.printable import printable

if TYPE_CHECKING:
    from rich.table import Table

Way = Opening | str | None  # how a side is opened, or why it is not; None: it has no such side

LEGEND = "> default microphone   < default speaker"


@dataclass(frozen=True, slots=True)
class Listed:
    """A device, and how its two sides would be opened."""

    device: Device
    microphone: Way
    speaker: Way


class DeviceList:
    """Devices in the order of their indexes; one under several host APIs stands together."""

    def __init__(self, listed: Sequence[Listed]) -> None:
        by_index = {each.device.index: each for each in listed}
        self._groups = [
            [by_index[device.index] for device in group]
            for group in grouped(each.device for each in listed)
        ]

    def __rich__(self) -> Table:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        table.add_column("", no_wrap=True)
        table.add_column("#", justify="right", no_wrap=True)
        table.add_column("name", overflow="fold", min_width=12)
        table.add_column("host API", overflow="fold")
        for heading in ("in", "out", "rate"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("opened with", overflow="fold", min_width=12)
        for group in self._groups:
            for each in group:
                device = each.device
                name = printable(device.name) + (" (monitor)" if device.loopback else "")
                cells = (
                    ">" * device.default_input + "<" * device.default_output,
                    str(device.index),
                    name if each is group[0] else f"└ {name}",
                    printable(device.host_api),
                    str(device.inputs),
                    str(device.outputs),
                    str(device.rate),
                    _ways(each),
                )
                # As `Text`: in a string, the brackets of a name would be markup.
                table.add_row(*map(Text, cells), style=None if each is group[0] else "dim")
        return table

    def as_json(self) -> list[dict[str, Any]]:
        """Return the devices for `--json`."""
        return [
            {
                **device_as_json(each.device),
                "microphone": _way_as_json(each.microphone),
                "speaker": _way_as_json(each.speaker),
                "same_as": None if each is group[0] else group[0].device.index,
            }
            for group in self._groups
            for each in group
        ]


def device_as_json(device: Device) -> dict[str, Any]:
    """Return what the sound system says of a device."""
    return {
        "index": device.index,
        "name": device.name,
        "host_api": device.host_api,
        "inputs": device.inputs,
        "outputs": device.outputs,
        "rate": device.rate,
        "default_microphone": device.default_input,
        "default_speaker": device.default_output,
        "loopback": device.loopback,
    }


def change_line(sign: str, device: Device) -> str:
    """Return one line for a device that has come (`+`) or gone (`-`)."""
    sides = f"{device.inputs} in, {device.outputs} out"
    return printable(f"{sign} {device.index} {device.name} ({device.host_api}, {sides})")


def _ways(each: Listed) -> str:
    ways = [("in", each.microphone), ("out", each.speaker)]
    told = [(side, _way(way)) for side, way in ways if way is not None]
    if len({way for _, way in told}) == 1:
        return told[0][1]
    return "; ".join(f"{side} {way}" for side, way in told)


def _way(way: Opening | str) -> str:
    if isinstance(way, str):
        return way
    if way == PCM:
        return "24 kHz direct"
    channels = {1: "mono", 2: "stereo"}.get(way.channels, f"{way.channels} channels")
    how = "resampled" if way.rate != PCM.rate else "mixed"
    return f"{way.rate / 1000:g} kHz {channels}, {how}"


def _way_as_json(way: Way) -> dict[str, Any] | None:
    if way is None:
        return None
    if isinstance(way, str):
        return {"opens": False, "reason": way}
    return {"opens": True, "rate": way.rate, "channels": way.channels, "direct": way == PCM}
