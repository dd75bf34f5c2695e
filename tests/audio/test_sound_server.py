"""What a sound server has behind `default`, as its programs tell it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from test_zeros import program

from s2s.audio.check.sound_server import ServerRoute, ask_route

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs are shell scripts")

PULSE = """
case "$1 $2" in
"get-default-source ") echo {source} ;;
"get-default-sink ") echo {sink} ;;
"list sources") cat <<END
Source #0
	State: IDLE
	Name: mic
	Description: Built-in
	Driver: module-alsa-card.c
Source #3
	State: IDLE
	Name: noechosource
	Description: My microphone
	Driver: module-echo-cancel.c
	Properties:
		device.description = "My microphone"
Source #4
	Name: pw
	Description: Echo-Cancel Source
	Driver: PipeWire
END
;;
"list sinks") cat <<END
Sink #0
	Name: box
	Description: Box
	Driver: module-alsa-card.c
{more}
END
esac
"""
ITS_SINK = """Sink #2
	Name: noechosink
	Description: Box (echo cancelled with Built-in)
	Driver: module-echo-cancel.c"""


@pytest.mark.parametrize(
    ("source", "sink", "more", "cancels"),
    [
        ("mic", "box", "", False),
        ("noechosource", "noechosink", ITS_SINK, True),
        ("pw", "noechosink", ITS_SINK, True),
        ("noechosource", "box", ITS_SINK, False),
        ("mic", "noechosink", ITS_SINK, False),
        ("pw", "box", "", True),
        ("another.echo-cancel", "box", "", True),
    ],
    ids=[
        "none",
        "a module under any name",
        "by its description",
        "what is played goes past it",
        "what is heard goes past it",
        "one without a sink hears all that is played",
        "one that is not listed, by its name",
    ],
)
def test_a_server_cancels_what_is_played_to_the_sink_of_its_canceller(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    sink: str,
    more: str,
    cancels: bool,
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    script = PULSE.replace("{source}", source).replace("{sink}", sink).replace("{more}", more)
    program(tmp_path / "pactl", script)
    assert ask_route({}) == ServerRoute(source, sink, cancels)
    assert ask_route({"PULSE_SOURCE": "mic", "PULSE_SINK": "box"}) == ServerRoute("mic", "box")


def test_pipewire_is_asked_where_there_is_no_pactl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    program(tmp_path / "pactl", "exit 1")
    told = '  * node.description = "Echo-Cancel Source"\\n  * node.name = "quiet"'
    program(tmp_path / "wpctl", f"printf '%b\\n' '{told}'")
    assert ask_route({}) == ServerRoute("quiet", "quiet", cancels=True)
    program(tmp_path / "wpctl", "exit 1")
    assert ask_route({}) == ServerRoute()
