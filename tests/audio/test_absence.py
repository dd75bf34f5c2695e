"""Why there is no sound here, told from what can be seen of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2s.audio.devices.why_no_device import Surroundings, explain, read_surroundings


@pytest.mark.parametrize(
    ("here", "reason", "remedy"),
    [
        (Surroundings("linux"), "neither a sound card nor a sound server", "Connect one"),
        (Surroundings("linux", container=True), "container", "--device /dev/snd"),
        (Surroundings("linux", container=True, wsl=True), "WSL", "wsl --update"),
        (Surroundings("linux", ssh=True), "SSH", "in front of you"),
        (Surroundings("linux", ssh=True, cards=True, cards_allowed=False), "may not", "audio"),
        (Surroundings("linux", cards=True), "no free input", "Connect a microphone"),
        (Surroundings("linux", server="/run/pulse"), "/run/pulse", "systemctl --user restart"),
        (Surroundings("linux", server="/x", plugin=False), "ALSA", "libasound2-plugins"),
        (Surroundings("linux", server="tcp:a", server_chosen=True), "tcp:a", "PULSE_SERVER"),
        (Surroundings("linux", others_server=True), "another user", "without sudo"),
        (Surroundings("darwin"), "macOS lists none", "System Settings"),
        (Surroundings("darwin", ssh=True), "SSH", "on that Mac"),
        (Surroundings("win32"), "lists none", "settings"),
    ],
)
def test_the_likeliest_reason_comes_with_its_remedy(
    here: Surroundings, reason: str, remedy: str
) -> None:
    error = explain(here, "microphone")
    assert error.message.startswith("There is no microphone: ")
    assert reason in error.message
    assert remedy in error.hint


def a_machine(root: Path, *files: str) -> Path:
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def test_a_bare_container_is_known(tmp_path: Path) -> None:
    here = read_surroundings({}, a_machine(tmp_path, ".dockerenv"))
    assert here.container
    assert not (here.cards or here.server or here.plugin or here.ssh or here.wsl)


def test_a_desktop_is_known(tmp_path: Path) -> None:
    root = a_machine(
        tmp_path,
        "dev/snd/pcmC0D0p",
        "run/user/1000/pulse/native",
        "usr/lib/x86_64-linux-gnu/alsa-lib/libasound_module_pcm_pulse.so",
    )
    here = read_surroundings({"XDG_RUNTIME_DIR": str(root / "run/user/1000")}, root)
    assert here.cards
    assert here.cards_allowed
    assert here.plugin
    assert here.server == str(root / "run/user/1000/pulse/native")
    assert not here.server_chosen


def test_a_session_through_ssh_into_wsl_as_root_is_known(tmp_path: Path) -> None:
    root = a_machine(tmp_path, "run/user/1000/pipewire-0")
    kernel = root / "proc/sys/kernel/osrelease"
    kernel.parent.mkdir(parents=True)
    kernel.write_text("5.15.90.1-microsoft-standard-WSL2\n")
    environment = {"SSH_CONNECTION": "a b", "USER": "root", "SUDO_UID": "1000"}
    here = read_surroundings(environment, root)
    assert here.ssh
    assert here.wsl
    assert here.others_server


def test_a_server_of_ones_own_choice_is_known(tmp_path: Path) -> None:
    here = read_surroundings({"PULSE_SERVER": "tcp:desk"}, tmp_path)
    assert (here.server, here.server_chosen) == ("tcp:desk", True)
