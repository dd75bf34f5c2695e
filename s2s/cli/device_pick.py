"""`s2s devices pick`: choose microphone and speaker, and write the choice where settings live."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from s2s.cli import options
from s2s.cli.help import epilog
from s2s.errors import UsageError
from s2s.printable import printable

if TYPE_CHECKING:
    from s2s.audio.devices.choice import Device
    from s2s.audio.devices.portaudio import SoundSystem
    from s2s.audio.devices.protocols import Side
    from s2s.config import Sources
    from s2s.ui.screen.picker import Choice

_DEFAULT = "default"  # whatever the system's own choice is that day

EPILOG = epilog(
    ("s2s devices pick", "s2s devices pick --mic yeti --speaker default"),
    *(0, 2, 4, 8),
    s0="chosen and written, or left without a choice",
)


def pick(
    mic: options.Mic = None,
    speaker: options.Speaker = None,
    env_file: options.EnvFile = None,
    log_file: options.LogFile = None,
) -> None:
    """Choose microphone and speaker from a list, and write S2S_MIC and S2S_SPEAKER.

    They go to the .env file that holds them already, else to your own. With --mic or --speaker
    there is no list: what they name is written.
    """
    from s2s.audio.devices.portaudio import SoundSystem
    from s2s.cli import runner
    from s2s.cli.sources import read_for_sound

    sources = read_for_sound(env_file, log_file)
    named: dict[Side, str] = {}
    if mic:
        named["microphone"] = mic
    if speaker:
        named["speaker"] = speaker
    if not named and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "There is no terminal to choose on.",
            "Name the devices: s2s devices pick --mic NAME --speaker NAME",
        )
    with SoundSystem() as system:
        wanted = named if named else runner.run(_ask(system, sources))
        if not wanted:
            typer.echo("Nothing was changed.")
            return
        devices = system.devices()
        chosen = {side: _whole_name(devices, name, side) for side, name in wanted.items()}
    _write(chosen, sources)


def _whole_name(devices: Sequence[Device], wanted: str, side: Side) -> str:
    """Return the name to write: an index changes, and of a part there may be another tomorrow.

    Raises `UsageError` if the name alone does not say which device is meant.
    """
    from s2s.audio.devices.choice import choose

    if wanted.lower() == _DEFAULT:
        return _DEFAULT
    name = choose(devices, wanted, side).name
    choose(devices, name, side)
    return name


async def _ask(system: SoundSystem, sources: Sources) -> dict[Side, str] | None:
    """Let the user choose; None if they leave."""
    from s2s.audio.devices.preview import Preview
    from s2s.ui.screen.picker import Picker

    devices = system.devices()
    microphones, speakers = (
        Picker(side, *_choices(devices, side, sources)) for side in ("microphone", "speaker")
    )
    preview = Preview(system.microphone, microphones.invalidate)
    try:
        microphone = await microphones.choose(preview.listen_to)
    finally:
        preview.close()
    if microphone is None:
        return None
    typer.echo(f"Microphone: {printable(microphone.label)}")
    speaker = await speakers.choose()
    if speaker is None:
        return None
    typer.echo(f"Speaker: {printable(speaker.label)}")
    return {"microphone": microphone.setting, "speaker": speaker.setting}


def _choices(devices: Sequence[Device], side: Side, sources: Sources) -> tuple[list[Choice], int]:
    """Return what can be chosen, each device once, and the place of what is chosen now."""
    from s2s.app.devices import SETTINGS, chosen
    from s2s.audio.devices.choice import choose, grouped
    from s2s.ui.screen.picker import Choice

    own = choose(devices, None, side)
    choices = [Choice(f"the system's own (now {own.name})", own, _DEFAULT)]
    for first, *_ in grouped(device for device in devices if device.channels(side)):
        monitor = " (monitor)" if first.loopback else ""
        choices.append(Choice(f"{first.name}{monitor}", first, first.name))
    found, at = sources.find(SETTINGS[side]), 0
    if found and found.text.lower() != _DEFAULT:
        with contextlib.suppress(UsageError, StopIteration):  # it is not there: why they choose
            now = chosen(devices, side, sources)
            at = next(index for index, each in enumerate(choices) if index and each.device == now)
    return choices, at


def _write(chosen: dict[Side, str], sources: Sources) -> None:
    from s2s.app.devices import SETTINGS
    from s2s.config.env_file import write_settings
    from s2s.ui.terminal import tell

    by_file: dict[Path, dict[str, str]] = {}
    for side, setting in chosen.items():
        name = SETTINGS[side]
        by_file.setdefault(sources.home_of(name), {})[name] = setting
    for path, values in by_file.items():
        write_settings(path, values, follow=sources.is_users(path))
        for name, value in values.items():
            shown = printable(str(path))
            typer.echo(f"{name}={printable(value)} is written to {shown}.")
            first = sources.find(name)
            if first and first.source != shown and first.text != value:
                held = f"{name}={printable(first.text)} in {first.place}"
                remedy = f"unset {name}" if first.place != first.source else "change it there"
                tell(f"Warning: {held} wins over the file: {remedy}")
