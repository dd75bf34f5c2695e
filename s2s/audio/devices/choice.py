"""What a device is, how it may be opened, and how one is chosen by a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from s2s.audio.devices.protocols import Opening, Side
from s2s.errors import UsageError

_LOOPBACKS = (".monitor", "monitor of ", "loopback", "blackhole", "stereo mix", "soundflower")
_HOST_APIS = ("WASAPI", "Core Audio", "PulseAudio", "ALSA", "DirectSound", "MME")  # the best first
_MME_NAME_LENGTH = 31  # what a name is cut to there
_CARD = re.compile(r" \(hw:\d+,\d+\)$")  # where ALSA found a device this time
_MIXERS = {"default", "dmix", "pulse", "pipewire"}  # of ALSA's names; others may be the card
_COMMON_RATES = (48_000, 44_100)  # Hz
_LISTED = 12  # candidates in an error


@dataclass(frozen=True, slots=True)
class Device:
    """One entry of the sound system's list, as it was when the list was made."""

    index: int
    name: str
    host_api: str
    inputs: int  # channels
    outputs: int  # channels
    rate: int  # Hz, the one the device likes best
    default_input: bool = False
    default_output: bool = False
    loopback: bool = False  # a monitor: hears what a speaker plays

    def channels(self, side: Side) -> int:
        return self.inputs if side == "microphone" else self.outputs

    def is_default(self, side: Side) -> bool:
        return self.default_input if side == "microphone" else self.default_output

    @property
    def exclusive(self) -> bool:
        """Whether it may have one user at a time: a card itself, with no mixer before it."""
        if "ALSA" in self.host_api:
            return self.name not in _MIXERS
        return any(name in self.host_api for name in ("WDM-KS", "ASIO"))


def ways_to_open(device: Device, side: Side, wanted: Opening) -> list[Opening]:
    """Return the ways to open a device, the best first.

    Mono on a card that has only stereo would be heard on the left and recorded from the left: on
    a card itself, and wherever we convert anyway, both channels are used.
    """
    most = device.channels(side)
    rates = (wanted.rate, device.rate, *_COMMON_RATES)
    ways = [Opening(rate, channels) for channels in (2, 1, most) for rate in rates]
    if wanted.channels > 1 or most == 1 or not _CARD.search(device.name):
        ways.insert(0, wanted)
    return [way for way in dict.fromkeys(ways) if way.channels <= most]


def is_loopback(name: str) -> bool:
    """Whether a device of this name hears what a speaker plays."""
    return any(word in name.lower() for word in _LOOPBACKS)


def grouped(devices: Iterable[Device]) -> list[list[Device]]:
    """Bring together what is one device under several host APIs, the best of them first."""
    groups: list[list[Device]] = []
    for device in sorted(devices, key=_rank):
        for group in groups:
            if _is_same(group[0], device) and all(g.host_api != device.host_api for g in group):
                group.append(device)
                break
        else:
            groups.append([device])
    return sorted(groups, key=lambda group: min(device.index for device in group))


def choose(devices: Sequence[Device], wanted: str | None, side: Side) -> Device:
    """Return the device that `wanted` means; the system's own choice if it is None.

    That is an index, a name, a part of one name only, `default`, or several of these with commas
    between, of which the first that is there counts. Raises `UsageError` with the candidates if
    none is, or if it could be several; `SoundError` with the reason if there is no device at all.
    """
    candidates = [device for device in devices if device.channels(side)]
    if not candidates:
        from s2s.audio.devices.why_no_device import no_device

        raise no_device(side)
    if wanted is None:
        return _default(candidates, side)
    # A name may have a comma in itself, in parentheses: (hw:0,0).
    for each in (wanted, *re.split(r",(?![^(]*\))", wanted)):
        if chosen := _matching(candidates, each.strip(), side):
            return chosen
    if other := [device.name for device in devices if wanted in (device.name, str(device.index))]:
        message = f"{other[0]} is no {side}: it has no channels for that."
    else:
        message = f"No {side} is called {wanted!r}."
    raise UsageError(message, f"There are: {_names(candidates)}. See: s2s devices")


def _matching(candidates: list[Device], wanted: str, side: Side) -> Device | None:
    """Return the one candidate that is meant, None if none is. Raises `UsageError` if several."""
    if wanted.lower() == "default":
        return _default(candidates, side)
    for device in candidates:
        if wanted == str(device.index):
            return device
    name = wanted.lower()
    for matches in (
        lambda device: device.name.lower() == name,
        lambda device: _CARD.sub("", device.name.lower()) == _CARD.sub("", name),
        lambda device: bool(name) and name in device.name.lower(),
    ):
        groups = [group for group in grouped(candidates) if any(map(matches, group))]
        if len(groups) > 1:  # whoever says "usb" seldom means the monitor of a USB speaker
            groups = [group for group in groups if not group[0].loopback] or groups
        if len(groups) > 1:
            several = _names([group[0] for group in groups])
            raise UsageError(
                f"{wanted!r} could be several: {several}.", "Say more of the name, or the index."
            )
        if groups:
            return groups[0][0]
    return None


def _default(candidates: list[Device], side: Side) -> Device:
    groups = grouped(candidates)
    for group in groups:
        if any(device.is_default(side) for device in group):
            return group[0]
    return next((group[0] for group in groups if not group[0].loopback), groups[0][0])


def _names(devices: list[Device]) -> str:
    more = f", and {len(devices) - _LISTED} more" if len(devices) > _LISTED else ""
    return ", ".join(f"{device.index} {device.name}" for device in devices[:_LISTED]) + more


def _rank(device: Device) -> tuple[int, int]:
    known = [rank for rank, name in enumerate(_HOST_APIS) if name in device.host_api]
    return (known[0] if known else len(_HOST_APIS), device.index)


def _is_same(one: Device, other: Device) -> bool:
    if (one.inputs > 0, one.outputs > 0) != (other.inputs > 0, other.outputs > 0):
        return False
    if one.name == other.name:
        return True
    cut = len(other.name) == _MME_NAME_LENGTH and "MME" in other.host_api
    return cut and one.name.startswith(other.name)
