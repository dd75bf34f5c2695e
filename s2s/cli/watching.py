"""`s2s devices --watch`: a line for each device that comes or goes, until Ctrl-C."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Sequence

import typer

from s2s.audio.devices.choice import Device
from s2s.audio.devices.portaudio import SoundSystem
from s2s.audio.devices.protocols import Side
from s2s.errors import Stopped
from s2s.json_text import json_text
from s2s.ui.reports.devices import change_line, device_as_json

_EVERY_S = 1.0
_SHARE = 20  # one part of time for looking, so many for waiting: a slow look is a rare one

_CHANGES = {"=": "present", "+": "added", "-": "removed"}


def watch_devices(sides: Sequence[Side], *, as_json: bool) -> None:
    """Print what is there (`=`), then what comes (`+`) and goes (`-`)."""
    try:
        before: list[Device] = []
        sign = "="
        while True:
            began = time.monotonic()
            now = _devices(sides)
            for device in _missing(now, before):
                _print("-", device, as_json=as_json)
            for device in _missing(before, now):
                _print(sign, device, as_json=as_json)
            before, sign = now, "+"
            took_s = time.monotonic() - began
            time.sleep(max(_EVERY_S, took_s * _SHARE))
    except Stopped as stopped:
        if stopped.signal_number != signal.SIGINT:  # Ctrl-C is how one ends a watch
            raise


def _devices(sides: Sequence[Side]) -> list[Device]:
    """Return today's devices: PortAudio looks for them only when it starts."""
    with SoundSystem() as system:
        listed = system.devices()
    return [device for device in listed if any(device.channels(side) for side in sides)]


def _missing(there: Sequence[Device], of: Sequence[Device]) -> list[Device]:
    """Return those of `of` that are not `there`; an index alone makes no difference."""
    left = Counter((device.name, device.host_api) for device in there)
    missing = []
    for device in of:
        name = (device.name, device.host_api)
        if left[name]:
            left[name] -= 1
        else:
            missing.append(device)
    return missing


def _print(sign: str, device: Device, *, as_json: bool) -> None:
    line = change_line(sign, device)
    if as_json:
        change = {"change": _CHANGES[sign], **device_as_json(device)}
        line = json_text(change)
    typer.echo(line)
