"""`s2s devices`: what microphones and speakers there are, and why there are none.

Bare, it prints the list; `devices test` and the like are commands of the same `app`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from s2s.cli import device_pick, device_test, options
from s2s.cli.completion import remember
from s2s.cli.help import Command, Group, epilog
from s2s.errors import S2SError, SoundError, UsageError
from s2s.json_text import json_text
from s2s.printable import printable

if TYPE_CHECKING:
    from s2s.audio.devices.choice import Device
    from s2s.audio.devices.portaudio import SoundSystem
    from s2s.audio.devices.protocols import Side
    from s2s.config import Sources
    from s2s.ui.reports.devices import DeviceList, Way

SCHEMA = 1  # of --json; docs/devices.md

EPILOG = epilog(
    ("s2s devices", "s2s devices --inputs --json", "s2s devices --watch"),
    *(0, 2, 4),
    s0="listed, or watched until Ctrl-C",
    s4="there are none",
)
app = typer.Typer(
    cls=Group,
    epilog=EPILOG,
    add_completion=False,
    invoke_without_command=True,
    no_args_is_help=False,
)
app.command("test", cls=Command, epilog=device_test.EPILOG)(device_test.test)
app.command("pick", cls=Command, epilog=device_pick.EPILOG)(device_pick.pick)


@app.callback()
def devices(
    context: typer.Context,
    inputs: Annotated[
        bool, typer.Option("--inputs", "-i", help="Only what can be a microphone.")
    ] = False,
    outputs: Annotated[
        bool, typer.Option("--outputs", "-o", help="Only what can be a speaker.")
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", "-w", help="Go on, with a line for each that comes (+) or goes (-)."
        ),
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="JSON on standard output (docs/devices.md).")
    ] = False,
    env_file: options.EnvFile = None,
    log_file: options.LogFile = None,
    verbose: options.Verbose = 0,
) -> None:
    """List microphones and speakers, and how each would be opened."""
    if context.invoked_subcommand:
        return
    from s2s.cli.sources import read_for_sound

    sources = read_for_sound(env_file, log_file, verbose)
    sides: list[Side] = []
    if inputs or not outputs:
        sides.append("microphone")
    if outputs or not inputs:
        sides.append("speaker")
    if watch:
        from s2s.cli.watching import watch_devices

        watch_devices(sides, as_json=json)
    else:
        _list(sides, sources, as_json=json)


def _list(sides: list[Side], sources: Sources, *, as_json: bool) -> None:
    from s2s.audio.devices.portaudio import SoundSystem
    from s2s.audio.devices.why_no_device import no_device
    from s2s.ui.reports.devices import DeviceList, Listed
    from s2s.ui.terminal import tell

    with SoundSystem() as system:
        every = system.devices()
        remember(every)
        shown = [device for device in every if any(device.channels(side) for side in sides)]
        listed = DeviceList(
            [
                Listed(device, _way(system, device, "microphone"), _way(system, device, "speaker"))
                for device in shown
            ]
        )
    absent = [side for side in sides if not any(device.channels(side) for device in shown)]
    errors = {side: no_device(side) for side in absent}
    if as_json:
        _print_json(listed, errors)
    elif shown:
        _print_table(listed)
        for line in _settings(every, sides, sources):
            tell(line)
    if not shown:
        raise errors[sides[0]]
    if not as_json:
        for error in errors.values():
            tell(f"{error.message} {error.hint}")


def _way(system: SoundSystem, device: Device, side: Side) -> Way:
    if not device.channels(side):
        return None
    try:
        return system.opening(device, side) or "does not open"
    except SoundError:
        return "in use"


def _print_table(listed: DeviceList) -> None:
    """Print the table: as wide as the terminal, as wide as it likes to be elsewhere."""
    from rich.console import Console

    from s2s.ui.reports.devices import LEGEND

    if sys.stdout.isatty():
        console = Console()
        console.print(listed)
        console.print(LEGEND, style="dim")
        return
    console = Console(width=1000, no_color=True, force_terminal=False)
    with console.capture() as captured:
        console.print(listed)
    for line in captured.get().splitlines():
        typer.echo(line.rstrip())
    typer.echo(LEGEND)


def _settings(devices: list[Device], sides: list[Side], sources: Sources) -> list[str]:
    """Return what the settings choose, where they choose anything."""
    from s2s.app.devices import SETTINGS, chosen

    lines = []
    for side in sides:
        if given := sources.find(SETTINGS[side]):
            try:
                device = chosen(devices, side, sources)
            except (UsageError, SoundError) as error:
                means = error.message
            else:
                means = f"the {side} is {device.index} {printable(device.name)}."
            lines.append(f"{SETTINGS[side]}={printable(given.text)} ({given.source}): {means}")
    return lines


def _print_json(listed: DeviceList, errors: dict[Side, SoundError]) -> None:
    from s2s.version import __version__

    absent: dict[str, Any] = {side: _error(error) for side, error in errors.items()}
    found = {"schema": SCHEMA, "s2s": __version__, "devices": listed.as_json(), "absent": absent}
    typer.echo(json_text(found))


def _error(error: S2SError) -> dict[str, str]:
    return {"message": error.message, "hint": error.hint}
