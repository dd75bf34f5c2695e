"""The delays of echoes, remembered per pair of devices in a file that anybody may have damaged."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from s2s.app.delays import Pair, any_known, delay_ms, file, hint_ms, pair_of, remember
from s2s.app.echo import measured_pair
from s2s.audio.devices.choice import Device
from s2s.audio.devices.protocols import Opening
from s2s.errors import WriteError

YETI = Device(0, "Yeti", "ALSA", 2, 0, 48_000)
BOX = Device(1, "Box", "ALSA", 0, 2, 48_000)
MONO, STEREO = Opening(24_000, 1), Opening(48_000, 2)


def pair(speaker: Opening = MONO) -> Pair:
    found = pair_of((YETI, MONO), (BOX, speaker))
    assert found
    return found


def test_a_delay_is_that_of_a_pair_and_of_the_way_it_was_opened(tmp_path: Path) -> None:
    path = tmp_path / "state" / "echo-delays.json"
    remember(pair(), 112.34, path)
    remember(pair(STEREO), 87.0, path)
    assert delay_ms(pair(), path) == 112.3
    assert delay_ms(pair(STEREO), path) == 87.0
    assert delay_ms(pair_of((YETI, STEREO), (BOX, MONO)), path) is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name], "and nothing is left over"


def test_a_canceller_is_told_less_than_was_measured_and_never_less_than_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "delays.json"
    assert hint_ms(pair(), path) is None
    remember(pair(), 112.0, path)
    assert hint_ms(pair(), path) == 72.0
    remember(pair(), 25.0, path)
    assert hint_ms(pair(), path) == 0.0
    assert hint_ms(None, path) is None, "a device is not open"


def test_a_device_that_is_not_open_belongs_to_no_pair() -> None:
    assert pair_of((YETI, MONO), (BOX, None)) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"delays": 7}', '{"delays": [7, null, {}]}', "[" * 100_000, "\xff",
        '{"delays": [{"microphone": ["Yeti", "ALSA", 24000, 1], "speaker": "Box", "delay_ms": 5}]}',
    ],
)  # fmt: skip
def test_what_is_damaged_is_passed_over_and_replaced(text: str, tmp_path: Path) -> None:
    path = tmp_path / "delays.json"
    path.write_bytes(text.encode("latin-1"))
    assert delay_ms(pair(), path) is None
    remember(pair(), 80, path)
    assert delay_ms(pair(), path) == 80


@pytest.mark.parametrize("late", [-5, 0, 1e9, "80", True, None, float("nan"), [80]])
def test_a_delay_that_can_be_none_is_none(late: object, tmp_path: Path) -> None:
    path = tmp_path / "delays.json"
    entry = {"microphone": ["Yeti", "ALSA", 24000, 1], "speaker": ["Box", "ALSA", 24000, 1]}
    path.write_text(json.dumps({"delays": [{**entry, "delay_ms": late}]}))
    assert delay_ms(pair(), path) is None


def test_fifty_pairs_are_kept_the_latest(tmp_path: Path) -> None:
    path = tmp_path / "delays.json"
    for rate in range(1, 61):
        remember(pair(Opening(rate, 1)), 80, path)
    assert delay_ms(pair(Opening(10, 1)), path) is None
    assert delay_ms(pair(Opening(11, 1)), path) == 80


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(WriteError, match="The delay cannot be kept in"):
        remember(pair(), 80, blocked / "delays.json")


@pytest.mark.skipif(os.name != "posix", reason="a named pipe")
def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "delays.json"
    os.mkfifo(path)
    assert delay_ms(pair(), path) is None
    with pytest.raises(WriteError):
        remember(pair(), 80, path)


def test_one_device_of_a_sound_server_is_as_many_pairs_as_the_server_has_sinks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    served = Device(0, "default", "ALSA", 32, 32, 48_000)
    pairs = []
    for sink in ("headset", "box", "box"):
        monkeypatch.setenv("PULSE_SOURCE", "mic")
        monkeypatch.setenv("PULSE_SINK", sink)
        pairs.append(measured_pair((served, MONO), (served, MONO)))
    assert pairs[0] != pairs[1] == pairs[2]
    assert pairs[0] == Pair(
        ("default: mic", "ALSA", 24_000, 1), ("default: headset", "ALSA", 24_000, 1)
    )
    assert measured_pair((YETI, MONO), (BOX, MONO)) == pair(), "others are what they are called"


def test_who_has_no_home_has_no_delays_and_is_told_so_where_one_is_to_be_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("platformdirs.user_state_path", no_home)
    assert not any_known()
    assert hint_ms(pair()) is None
    assert file().parts[1] == "nonexistent"


def no_home(*_: object, **__: object) -> Path:
    raise RuntimeError("could not determine the home directory")
