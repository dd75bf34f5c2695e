"""What a sound server has behind the devices that stand for it: which source, which sink."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from s2s.audio.check.why_silent import told
from s2s.audio.echo.platform import cancels_echo

_SAYS = re.compile(r"^\t(?:Name|Description|Driver): (.*)$", re.MULTILINE)
_WP_SAYS = re.compile(r"\bnode\.(name|description) = \"(.*)\"$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ServerRoute:
    """What is heard from, and what is played to; "" where no server tells."""

    source: str = ""
    sink: str = ""
    cancels: bool = False
    """The server takes out of the source what it plays to the sink."""


def ask_route(environment: Mapping[str, str]) -> ServerRoute:
    """Return the source and the sink that are in use; asking may take its time.

    Sources and sinks may be called anything: what they describe themselves as counts too, and
    which module they are of.
    """
    source = environment.get("PULSE_SOURCE") or told("pactl", "get-default-source")
    sink = environment.get("PULSE_SINK") or told("pactl", "get-default-sink")
    if not source:
        return _ask_wireplumber()
    if not any(map(cancels_echo, _listed("sources").get(source, (source,)))):
        return ServerRoute(source, sink)
    # A canceller with a sink of its own hears what is played there, and nothing else.
    its = [name for name, says in _listed("sinks").items() if any(map(cancels_echo, says))]
    return ServerRoute(source, sink, cancels=sink in its or not its)


def _listed(what: str) -> dict[str, tuple[str, ...]]:
    """Return what `pactl` tells of each: its name, description and driver, by its name."""
    blocks = re.split(r"^\S.* #\d+$", told("pactl", "list", what), flags=re.MULTILINE)
    listed = [tuple(_SAYS.findall(block)) for block in blocks]
    return {says[0]: says for says in listed if says}


def _ask_wireplumber() -> ServerRoute:
    """Ask PipeWire where PulseAudio's programs are not installed; it tells of no other sinks."""
    source, sink = (
        dict(_WP_SAYS.findall(told("wpctl", "inspect", f"@DEFAULT_AUDIO_{side}@")))
        for side in ("SOURCE", "SINK")
    )
    cancels = any(map(cancels_echo, source.values()))
    return ServerRoute(source.get("name", ""), sink.get("name", ""), cancels)
