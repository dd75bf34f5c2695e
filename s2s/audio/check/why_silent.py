"""Why a microphone gives nothing but zeros, as far as this machine can tell, and what to do."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from s2s.audio.devices.choice import Device
from s2s.audio.devices.why_no_device import Surroundings, read_surroundings
from s2s.errors import SoundError
from s2s.programs import program

SERVER_DEVICES = ("default", "pulse", "pipewire", "sysdefault")  # ALSA's names for the server
_TERMINALS = {  # TERM_PROGRAM -> what macOS calls it in its settings
    "Apple_Terminal": "Terminal",
    "iTerm.app": "iTerm",
    "vscode": "Visual Studio Code",
    "WezTerm": "WezTerm",
    "ghostty": "Ghostty",
}
_ASK_S = 2.0  # for the sound server to answer


@dataclass(frozen=True, slots=True)
class ServerSource:
    """What the sound server says of the source that a microphone stands for."""

    name: str
    muted: bool
    unmute: str  # the command


def only_zeros(device: Device) -> SoundError:
    """Return what is to be said of a microphone that gives nothing but zeros."""
    source = ask_server(os.environ) if device.name in SERVER_DEVICES else None
    return explain(device, read_surroundings(), source, os.environ.get("TERM_PROGRAM", ""))


def explain(
    device: Device, here: Surroundings, source: ServerSource | None = None, terminal: str = ""
) -> SoundError:
    """Return the likeliest reason for zeros, and the remedy for it."""
    reason, remedy = _reason(device, here, source, terminal)
    return SoundError(f"The microphone {device.name} gives nothing but zeros: {reason}.", remedy)


def _reason(
    device: Device, here: Surroundings, source: ServerSource | None, terminal: str
) -> tuple[str, str]:
    if source and source.muted:
        return (f"{source.name} is muted", f"Run: {source.unmute}")
    if device.loopback or (source and source.name.endswith(".monitor")):
        return (
            "it is the monitor of a speaker, and nothing plays there",
            "Choose a microphone: s2s devices pick",
        )
    if here.platform == "darwin":
        if here.ssh:
            return (
                "macOS silences programs that were started through SSH",
                "Run s2s in a terminal on that Mac.",
            )
        name = _TERMINALS.get(terminal, "the program your terminal runs in")
        return (
            f"macOS silences the microphone for programs without permission, and {name} "
            "seems to have none",
            f"Allow it for {name} in System Settings > Privacy & Security > Microphone, then quit "
            f"and reopen {name}.",
        )
    if here.platform == "win32":
        return (
            "Windows silences the microphone for programs without permission",
            "Allow it in Settings > Privacy & security > Microphone: both for apps and for "
            "desktop apps.",
        )
    if here.wsl:
        return (
            "Windows gives WSL none without permission",
            "In Windows: Settings > Privacy & security > Microphone, allow it for desktop apps; "
            "then run wsl --shutdown and start again.",
        )
    return (
        "it is muted, switched off, or not the one you speak into",
        "Look for a switch on the device, for a muted input in alsamixer (F4) or in your sound "
        "settings; or choose another: s2s devices pick",
    )


def ask_server(environment: Mapping[str, str]) -> ServerSource | None:
    """Return the source that is in use, None if no sound server tells."""
    name = environment.get("PULSE_SOURCE") or told("pactl", "get-default-source")
    if name:
        muted = told("pactl", "get-source-mute", name).endswith("yes")
        return ServerSource(name, muted, f"pactl set-source-mute {shlex.quote(name)} 0")
    volume = told("wpctl", "get-volume", "@DEFAULT_AUDIO_SOURCE@")
    if volume:
        return ServerSource(
            "the default source", "[MUTED]" in volume, "wpctl set-mute @DEFAULT_AUDIO_SOURCE@ 0"
        )
    return None


def told(*command: str) -> str:
    """Return what a program of the sound server prints; "" where it cannot be asked."""
    name, *arguments = command
    if not (path := program(name)):
        return ""
    try:
        done = subprocess.run(
            [path, *arguments],
            capture_output=True,
            text=True,
            timeout=_ASK_S,
            check=False,
            env={**os.environ, "LC_ALL": "C"},  # in other languages yes is ja, or sí
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
