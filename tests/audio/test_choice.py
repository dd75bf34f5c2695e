"""Which device is meant, and which are the same."""

from __future__ import annotations

import pytest

from s2s.audio.devices.choice import (
    Device,
    choose,
    grouped,
    is_loopback,
    ways_to_open,
)
from s2s.audio.devices.protocols import PCM, Opening
from s2s.errors import SoundError, UsageError

CARD = Device(0, "HDA Intel PCH: ALC257 Analog (hw:0,0)", "ALSA", 2, 2, 44_100)
YETI = Device(1, "Yeti: USB Audio (hw:1,0)", "ALSA", 2, 0, 48_000)
HEADSET = Device(2, "Headset: USB Audio (hw:2,0)", "ALSA", 1, 2, 48_000)
SERVER = Device(3, "default", "ALSA", 32, 32, 44_100, True, True)
MONITOR = Device(4, "Monitor of Headset", "ALSA", 2, 0, 48_000, loopback=True)
DESK = [CARD, YETI, HEADSET, SERVER, MONITOR]


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        (None, SERVER),
        ("default", SERVER),
        ("1", YETI),
        ("Yeti: USB Audio (hw:1,0)", YETI),
        ("yeti", YETI),
        ("headset", HEADSET),  # not its monitor
        ("monitor", MONITOR),
        ("HDA Intel PCH: ALC257 Analog (hw:0,0)", CARD),  # a comma of its own
        ("Yeti: USB Audio (hw:7,0)", YETI),  # found elsewhere the last time
        ("rode, yeti, default", YETI),
        ("rode,default", SERVER),
        ("Rode: USB Audio (hw:1,0),default", SERVER),
    ],
)
def test_a_microphone_is_found_by(wanted: str | None, meant: Device) -> None:
    assert choose(DESK, wanted, "microphone") is meant


def test_two_that_could_be_meant_are_named() -> None:
    with pytest.raises(UsageError) as refused:
        choose(DESK, "usb", "microphone")
    assert refused.value.message == (
        "'usb' could be several: 1 Yeti: USB Audio (hw:1,0), 2 Headset: USB Audio (hw:2,0)."
    )


def test_what_one_side_cannot_be_does_not_count() -> None:
    assert choose(DESK, "usb", "speaker") is HEADSET


@pytest.mark.parametrize("wanted", ["rode", "17", "-1", "rode,blue"])
def test_one_that_is_not_there_is_answered_with_those_that_are(wanted: str) -> None:
    with pytest.raises(UsageError) as refused:
        choose(DESK, wanted, "microphone")
    assert refused.value.message == f"No microphone is called {wanted!r}."
    assert all(f"{device.index} {device.name}" in refused.value.hint for device in DESK)


@pytest.mark.parametrize("wanted", ["1", "Yeti: USB Audio (hw:1,0)"])
def test_a_microphone_is_no_speaker(wanted: str) -> None:
    with pytest.raises(UsageError, match="is no speaker"):
        choose(DESK, wanted, "speaker")


def test_no_device_at_all_is_no_mistake_of_the_users() -> None:
    with pytest.raises(SoundError, match="There is no speaker"):
        choose([YETI], "yeti", "speaker")


def test_two_of_the_same_name_are_told_apart_by_index() -> None:
    twins = [Device(index, "Cam", "ALSA", 1, 0, 48_000) for index in (5, 6)]
    with pytest.raises(UsageError, match="5 Cam, 6 Cam"):
        choose(twins, "cam", "microphone")
    assert choose(twins, "6", "microphone") is twins[1]


MME = Device(0, "Microphone (2- USB Audio Device", "MME", 2, 0, 44_100, default_input=True)
LONG = "Microphone (2- USB Audio Device with a long name)"
DIRECT = Device(5, LONG, "Windows DirectSound", 2, 0, 44_100)
WASAPI = Device(9, LONG, "Windows WASAPI", 2, 0, 48_000)
SPEAKER = Device(11, LONG, "Windows WASAPI", 0, 2, 48_000)


def test_one_device_under_three_host_apis_is_one_device() -> None:
    """MME cuts names to 31 characters; WASAPI has the shortest way."""
    assert grouped([MME, DIRECT, WASAPI, SPEAKER]) == [[WASAPI, DIRECT, MME], [SPEAKER]]
    for wanted in (None, "microphone", LONG, MME.name):
        assert choose([MME, DIRECT, WASAPI, SPEAKER], wanted, "microphone") is WASAPI
    assert choose([MME, DIRECT, WASAPI, SPEAKER], "0", "microphone") is MME


def test_a_device_is_opened_as_it_is_wanted_or_else_in_stereo_at_a_rate_it_likes() -> None:
    ways = ways_to_open(SERVER, "speaker", PCM)
    assert ways[0] == PCM
    assert ways[1:4] == [Opening(24_000, 2), Opening(44_100, 2), Opening(48_000, 2)]
    assert Opening(44_100, 32) in ways


def test_a_card_itself_is_opened_in_stereo_lest_it_sound_on_the_left_only() -> None:
    assert ways_to_open(CARD, "speaker", PCM)[0] == Opening(24_000, 2)
    assert ways_to_open(HEADSET, "microphone", PCM)[0] == PCM  # it has one channel


@pytest.mark.parametrize(
    ("name", "loopback"),
    [
        ("alsa_output.pci-0000.analog-stereo.monitor", True),
        ("Monitor of Built-in Audio", True),
        ("BlackHole 2ch", True),
        ("Stereo Mix (Realtek)", True),
        ("Speakers [Loopback]", True),
        ("Dell Monitor Microphone", False),
    ],
)
def test_what_hears_a_speaker_is_known_by_its_name(name: str, loopback: bool) -> None:
    assert is_loopback(name) is loopback
