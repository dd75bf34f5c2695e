"""`s2s devices` as a person, a pipe and a script see it."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fakes import clean_environment, s2s
from virtual_audio import SoundCard, sound_card_or_skip

pytestmark = pytest.mark.program

TABLE = """\
    #  name          host API  in  out   rate  opened with
    0  pulse         ALSA      32   32  44100  24 kHz direct
><  1  default       ALSA      32   32  44100  24 kHz direct
> default microphone   < default speaker
"""


def test_a_pipe_gets_a_plain_table(sound_card: SoundCard, tmp_path: Path) -> None:
    done = s2s("devices", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == TABLE


def test_a_name_is_never_cut_short_in_a_pipe(sound_card: SoundCard, tmp_path: Path) -> None:
    name = "a_device_with_" + "a_very_" * 30 + "long_name"
    add_device(sound_card, name)
    assert name in s2s("devices", cwd=tmp_path).stdout.decode()


def test_json_says_what_there_is_and_how_it_opens(sound_card: SoundCard, tmp_path: Path) -> None:
    add_device(sound_card, "BlackHole")
    done = s2s("devices", "--json", "--inputs", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert found["schema"] == 1
    assert found["absent"] == {}
    by_name = {device["name"]: device for device in found["devices"]}
    way = {"opens": True, "rate": 24_000, "channels": 1, "direct": True}
    assert by_name["default"] == {
        "index": by_name["default"]["index"],
        "name": "default",
        "host_api": "ALSA",
        "inputs": 32,
        "outputs": 32,
        "rate": 44_100,
        "default_microphone": True,
        "default_speaker": True,
        "loopback": False,
        "microphone": way,
        "speaker": way,
        "same_as": None,
    }
    assert by_name["BlackHole"]["loopback"]


def test_a_device_that_takes_only_its_own_format_is_listed_with_it(tmp_path: Path) -> None:
    card = sound_card_or_skip(VA_ONLY="44100:2")
    try:
        done = s2s("devices", cwd=tmp_path, environment=card.environment)
    finally:
        card.stop()
    assert done.stdout.decode().count("44.1 kHz stereo, resampled") == 2


def test_settings_are_told_with_what_they_mean(sound_card: SoundCard, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("S2S_MIC=rode,pulse\nS2S_SPEAKER=bose\n")
    done = s2s("devices", cwd=tmp_path)
    assert done.returncode == 0
    microphone, speaker = done.stderr.decode().splitlines()
    assert microphone == (f"S2S_MIC=rode,pulse ({tmp_path / '.env'}): the microphone is 0 pulse.")
    assert "No speaker is called 'bose'" in speaker


def test_no_sound_server_is_told_with_its_status(sound_card: SoundCard, tmp_path: Path) -> None:
    nowhere = {"PULSE_SERVER": "unix:/nowhere"}
    done = s2s("devices", cwd=tmp_path, environment=nowhere)
    assert (done.returncode, done.stdout) == (4, b"")
    assert done.stderr.decode() == (
        "Error: There is no microphone: the sound server that PULSE_SERVER names, unix:/nowhere, "
        "has none or does not answer.\nStart it, or correct PULSE_SERVER.\n"
    )
    done = s2s("devices", "--json", "--outputs", cwd=tmp_path, environment=nowhere)
    found = json.loads(done.stdout)
    assert found["devices"] == []
    assert "unix:/nowhere" in found["absent"]["speaker"]["message"]
    assert done.returncode == 4


def test_a_watch_tells_what_comes_and_goes_until_ctrl_c(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    stock = sound_card.configuration.read_text()
    with watching(tmp_path) as lines:
        assert [next(lines), next(lines)] == [
            "= 0 pulse (ALSA, 32 in, 32 out)",
            "= 1 default (ALSA, 32 in, 32 out)",
        ]
        add_device(sound_card, "yeti")
        assert next(lines) == "+ 1 yeti (ALSA, 32 in, 32 out)"
        rewrite(sound_card, stock)
        assert next(lines) == "- 1 yeti (ALSA, 32 in, 32 out)"


def test_a_watch_for_scripts_is_one_object_a_line(sound_card: SoundCard, tmp_path: Path) -> None:
    with watching(tmp_path, "--json") as lines:
        assert [json.loads(next(lines))["change"] for _ in range(2)] == ["present", "present"]
        add_device(sound_card, "yeti")
        added = json.loads(next(lines))
        assert (added["change"], added["name"], added["inputs"]) == ("added", "yeti", 32)


@contextmanager
def watching(folder: Path, *options: str) -> Iterator[Iterator[str]]:
    """Run `devices --watch` and give its lines; in the end Ctrl-C, which is how it is ended."""
    command = [sys.executable, "-m", "s2s", "devices", "--watch", *options]
    with subprocess.Popen(
        command, cwd=folder, env=clean_environment(folder), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            yield (line.rstrip("\n") for line in process.stdout)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
        finally:
            process.kill()


def test_a_narrow_terminal_folds_and_loses_nothing(sound_card: SoundCard, tmp_path: Path) -> None:
    add_device(sound_card, "Speakers_and_microphone_of_a_conference_room")
    ours, theirs = pty.openpty()
    environment = {**clean_environment(tmp_path), "COLUMNS": "60", "TERM": "xterm"}
    subprocess.run(
        [sys.executable, "-m", "s2s", "devices"], cwd=tmp_path, env=environment,
        stdout=theirs, timeout=60, check=True,
    )  # fmt: skip
    os.close(theirs)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", os.read(ours, 100_000).decode()).splitlines()
    os.close(ours)
    assert max(map(len, lines)) <= 60
    names = "".join(line[7:19].strip() for line in lines[1:-1])
    assert "Speakers_and_microphone_of_a_conference_room" in names


def add_device(card: SoundCard, name: str) -> None:
    device = f'pcm."{name}" {{ type pulse hint {{ show on description "x" }} }}\n'
    rewrite(card, card.configuration.read_text() + device)


def rewrite(card: SoundCard, configuration: str) -> None:
    """Change ALSA's configuration; it looks at the time of the file, in whole seconds."""
    before = int(card.configuration.stat().st_mtime)
    card.configuration.write_text(configuration)
    os.utime(card.configuration, (before + 2, before + 2))
