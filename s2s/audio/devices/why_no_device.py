"""Why there is no microphone or no speaker, as far as this machine can tell, and what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from s2s.audio.devices.protocols import Side
from s2s.errors import SoundError

_PIPES = "Recordings need none: s2s send-wav FILE"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of this machine bears on its having no sound."""

    platform: str  # as in sys.platform
    cards: bool = False  # ALSA has devices
    cards_allowed: bool = True  # and this user may open them
    server: str = ""  # address of a sound server, "" if none is to be seen
    server_chosen: bool = False  # by PULSE_SERVER
    plugin: bool = True  # ALSA can talk to sound servers
    others_server: bool = False  # one that belongs to the user who called sudo
    container: bool = False
    ssh: bool = False
    wsl: bool = False


def no_device(side: Side) -> SoundError:
    """Return why this machine has no device for one side."""
    return explain(read_surroundings(), side)


def explain(here: Surroundings, side: Side) -> SoundError:
    """Return the likeliest reason, and the remedy for it."""
    reason, remedy = _reason(here, side)
    return SoundError(f"There is no {side}: {reason}.", remedy)


def _reason(here: Surroundings, side: Side) -> tuple[str, str]:
    if here.platform == "darwin":
        return _on_macos(here, side)
    if not here.platform.startswith("linux"):
        return (
            "the system lists none",
            "Connect one, and see that it is switched on in the settings of sound.",
        )
    if here.others_server:
        return ("the sound server belongs to another user", "Run s2s without sudo.")
    if here.server and not here.plugin:
        return (f"ALSA cannot talk to the sound server at {here.server}", _PLUGIN)
    if here.server_chosen:
        return (
            f"the sound server that PULSE_SERVER names, {here.server}, has none or does not answer",
            "Start it, or correct PULSE_SERVER.",
        )
    if here.wsl:
        return (
            "WSL gives Linux no sound of its own",
            "Update WSL (wsl --update in Windows; WSLg brings a sound server), then "
            "sudo apt-get install libasound2-plugins. " + _PIPES,
        )
    if here.cards and not here.cards_allowed:
        return (
            "this user may not open the sound card",
            'Join its group, then log in again: sudo usermod -aG audio "$USER"',
        )
    if here.container:
        return (
            "this is a container, and it was given no sound",
            "Share the sound server with it (-v $XDG_RUNTIME_DIR/pulse/native:/tmp/pulse "
            "-e PULSE_SERVER=unix:/tmp/pulse) or the card (--device /dev/snd). " + _PIPES,
        )
    if here.ssh and not here.cards:
        return (
            "you are logged in through SSH, and this machine has no sound card",
            "Run s2s on the machine in front of you. " + _PIPES,
        )
    if here.server:
        return (
            f"the sound server at {here.server} has none, or does not answer",
            "Connect one, or restart the server: systemctl --user restart pipewire pulseaudio",
        )
    if here.cards:
        return (
            f"there is a sound card, but it has no free {_JACK[side]}",
            f"Connect a {side}, or end the program that holds the card.",
        )
    return (
        "this machine has neither a sound card nor a sound server",
        "Connect one (USB will do). " + _PIPES,
    )


_PLUGIN = (
    "On Debian and Ubuntu: sudo apt-get install libasound2-plugins (PulseAudio) "
    "or pipewire-alsa (PipeWire)"
)
_JACK: Mapping[Side, str] = {"microphone": "input", "speaker": "output"}


def _on_macos(here: Surroundings, side: Side) -> tuple[str, str]:
    if here.ssh:
        return (
            "macOS gives none to a program that was started through SSH",
            "Run s2s in a terminal on that Mac. " + _PIPES,
        )
    return (
        "macOS lists none; a Mac mini or Mac Studio has no microphone of its own",
        f"Connect a {side} and choose it in System Settings > Sound.",
    )


def read_surroundings(
    environment: Mapping[str, str] = os.environ, root: Path = Path("/")
) -> Surroundings:
    """Look around; `root` is where the file system begins."""
    cards = [path for path in _listed(root / "dev/snd") if path.name.startswith("pcm")]
    chosen = environment.get("PULSE_SERVER", "")
    sudo_uid = environment.get("SUDO_UID", "") if environment.get("USER") == "root" else ""
    return Surroundings(
        platform=sys.platform,
        cards=bool(cards),
        cards_allowed=any(os.access(path, os.R_OK | os.W_OK) for path in cards),
        server=chosen or _socket(environment.get("XDG_RUNTIME_DIR"), root),
        server_chosen=bool(chosen),
        plugin=_has_plugin(root),
        others_server=bool(sudo_uid and _socket(f"{root}/run/user/{sudo_uid}", root)),
        container=_is_container(environment, root),
        ssh="SSH_CONNECTION" in environment or "SSH_TTY" in environment,
        wsl="microsoft" in _text(root / "proc/sys/kernel/osrelease").lower(),
    )


def _socket(runtime_dir: str | None, root: Path) -> str:
    candidates = [root / "mnt/wslg/PulseServer"]
    if runtime_dir:
        candidates += [Path(runtime_dir, "pulse/native"), Path(runtime_dir, "pipewire-0")]
    return next((str(path) for path in candidates if _is_there(path)), "")


def _has_plugin(root: Path) -> bool:
    folders = [*root.glob("usr/lib*/alsa-lib"), *root.glob("usr/lib/*/alsa-lib")]
    names = ("libasound_module_pcm_pulse.so", "libasound_module_pcm_pipewire.so")
    return any(_is_there(folder / name) for folder in folders for name in names)


def _is_container(environment: Mapping[str, str], root: Path) -> bool:
    if "container" in environment or "KUBERNETES_SERVICE_HOST" in environment:
        return True
    if any(_is_there(root / name) for name in (".dockerenv", "run/.containerenv")):
        return True
    groups = _text(root / "proc/1/cgroup")
    return any(word in groups for word in ("docker", "kubepods", "lxc", "containerd"))


def _is_there(path: Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - False as well where we may not look


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
