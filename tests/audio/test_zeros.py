"""Why a microphone gives nothing but zeros: the likeliest reason of each platform."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from s2s.audio.check.why_silent import ServerSource, ask_server, explain
from s2s.audio.devices.choice import Device
from s2s.audio.devices.why_no_device import Surroundings

HEADSET = Device(3, "USB Headset", "ALSA", 1, 0, 48_000)
MONITOR = Device(4, "Monitor of Speakers", "PulseAudio", 2, 0, 48_000, loopback=True)
LINUX = Surroundings("linux")


def test_a_muted_source_is_named_with_the_command_that_unmutes_it() -> None:
    source = ServerSource("alsa_input.usb", True, "pactl set-source-mute alsa_input.usb 0")
    error = explain(HEADSET, LINUX, source)
    assert "alsa_input.usb is muted" in error.message
    assert error.hint == "Run: pactl set-source-mute alsa_input.usb 0"
    assert error.exit_status == 4


@pytest.mark.parametrize(
    ("terminal", "name"),
    [("Apple_Terminal", "Terminal"), ("iTerm.app", "iTerm"), ("tmux", "the program your terminal")],
)
def test_on_macos_it_is_the_permission_of_this_terminal(terminal: str, name: str) -> None:
    error = explain(HEADSET, Surroundings("darwin"), terminal=terminal)
    assert name in error.message
    assert "Privacy & Security > Microphone" in error.hint


def test_on_macos_through_ssh_no_permission_helps() -> None:
    assert "SSH" in explain(HEADSET, Surroundings("darwin", ssh=True)).message


def test_windows_and_wsl_have_their_own_switch() -> None:
    assert "desktop apps" in explain(HEADSET, Surroundings("win32")).hint
    assert "wsl --shutdown" in explain(HEADSET, Surroundings("linux", wsl=True)).hint


def test_a_monitor_of_a_silent_speaker_is_no_microphone() -> None:
    assert "monitor" in explain(MONITOR, LINUX).message
    behind_default = ServerSource("alsa_output.pci.monitor", False, "")
    assert "monitor" in explain(HEADSET, LINUX, behind_default).message


def test_else_there_may_be_a_switch() -> None:
    assert "alsamixer" in explain(HEADSET, LINUX, ServerSource("alsa_input.usb", False, "")).hint


@pytest.mark.skipif(os.name == "nt", reason="the programs are shell scripts")
def test_the_sound_server_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    program(tmp_path / "pactl", "[ $1 = get-default-source ] && echo mic || echo Mute: yes")
    assert ask_server({}) == ServerSource("mic", True, "pactl set-source-mute mic 0")
    assert ask_server({"PULSE_SOURCE": "headset"}) == ServerSource(
        "headset", True, "pactl set-source-mute headset 0"
    )


@pytest.mark.skipif(os.name == "nt", reason="the programs are shell scripts")
def test_pipewire_is_asked_where_pactl_knows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    program(tmp_path / "pactl", "exit 1")
    program(tmp_path / "wpctl", "echo 'Volume: 0.40 [MUTED]'")
    source = ask_server({})
    assert source
    assert source.muted
    program(tmp_path / "wpctl", "exit 1")
    assert ask_server({}) is None


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
