"""A found `.env` may name a microphone, and no monitor, which hears all that this machine plays."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2s.app.devices import chosen
from s2s.audio.devices.choice import Device
from s2s.config import Origin, SettingsFile, Sources
from s2s.errors import UsageError

YETI = Device(1, "Yeti", "ALSA", 2, 0, 48_000)
SERVER = Device(3, "default", "ALSA", 32, 32, 44_100, True, True)
MONITOR = Device(4, "Monitor of Headset", "ALSA", 2, 0, 48_000, loopback=True)
HOLE = Device(5, "BlackHole", "Core Audio", 2, 2, 48_000, loopback=True)
DESK = [YETI, SERVER, MONITOR, HOLE]


def sources(origin: Origin, **values: str) -> Sources:
    return Sources(files=(SettingsFile(Path("/clone/.env"), origin, values),))


@pytest.mark.parametrize("name", ["monitor", "4", "Monitor of Headset", "blackhole", "5"])
def test_a_monitor_is_for_the_user_alone_to_choose(name: str) -> None:
    assert chosen(DESK, "microphone", sources(Origin.OWN_FILE, S2S_MIC=name)).loopback
    assert chosen(DESK, "microphone", sources(Origin.NAMED_FILE, S2S_MIC=name)).loopback
    with pytest.raises(UsageError) as refused:
        chosen(DESK, "microphone", sources(Origin.FOUND_FILE, S2S_MIC=name))
    assert "found chooses no monitor" in refused.value.hint


def test_nor_is_it_a_speaker() -> None:
    assert chosen(DESK, "speaker", sources(Origin.OWN_FILE, S2S_SPEAKER="5")) is HOLE
    with pytest.raises(UsageError):
        chosen(DESK, "speaker", sources(Origin.FOUND_FILE, S2S_SPEAKER="5"))


@pytest.mark.parametrize(
    ("name", "meant"), [("yeti", YETI), ("monitor,yeti", YETI), ("rode,default", SERVER)]
)
def test_microphones_may_come_from_a_found_file(name: str, meant: Device) -> None:
    assert chosen(DESK, "microphone", sources(Origin.FOUND_FILE, S2S_MIC=name)) is meant


def test_where_there_are_only_monitors_the_systems_choice_is_the_systems() -> None:
    only = [MONITOR]
    assert chosen(only, "microphone", Sources()) is MONITOR
    assert chosen(only, "microphone", sources(Origin.FOUND_FILE, S2S_MIC="default")) is MONITOR
    with pytest.raises(UsageError, match="but monitors") as refused:
        chosen(only, "microphone", sources(Origin.FOUND_FILE, S2S_MIC="headset"))
    assert refused.value.hint.endswith("--mic headset")
