"""What a failing test of somebody else's program shows, and what it spares them."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import TypeAdapter
from websockets.asyncio.client import connect

from s2s import pcm
from s2s.testing import MakeServer, WireEvent
from s2s.testing.names import CLIENT_EVENTS, server_events
from s2s.testing.report import LAST, last_of

TALK = '''
import asyncio, base64, json
from websockets.asyncio.client import connect
from s2s.testing import RealtimeServer

def talk(url):
    """Send two seconds of audio and hear them again."""
    async def go():
        async with connect(url) as client:
            by_hand = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
            audio = base64.b64encode(bytes(4800)).decode()
            append = {"type": "input_audio_buffer.append", "audio": audio}
            for event in [{"type": "session.update", "session": by_hand}, *[append] * 20,
                          {"type": "input_audio_buffer.commit"}, {"type": "response.create"}]:
                await client.send(json.dumps(event))
            while json.loads(await client.recv())["type"] != "response.done":
                pass
    asyncio.run(go())
'''


def failing(folder: Path, body: str) -> str:
    """Return what pytest says of a test that fails."""
    (folder / "test_theirs.py").write_text(TALK + body)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    assert done.returncode == 1, done.stdout.decode()
    return done.stdout.decode()


def test_a_failing_test_shows_what_each_side_sent_last(tmp_path: Path) -> None:
    told = failing(
        tmp_path,
        "def test_it(realtime_server):\n"
        "    server = realtime_server(engine='echo')\n"
        "    talk(server.url)\n"
        "    assert len(server.received('response.create')) == 2\n",
    )
    section = told.partition("Realtime server ws://127.0.0.1:")[2]
    lines = [line for line in section.splitlines() if line.startswith("1 ")]
    assert any(line.startswith("1 client -> session.update {") for line in lines)
    assert any(line == "1 client -> response.create" for line in lines)
    assert any(line.startswith("1 server <- response.done {") for line in lines)
    heard = [line for line in lines if "response.output_audio.delta" in line]
    assert heard == ["1 server <- response.output_audio.delta 2.00 s of audio in 8 events"]
    assert base64.b64encode(bytes(60)).decode() not in told


def test_a_server_without_the_fixture_is_shown_as_well_and_that_of_another_test_is_not(
    tmp_path: Path,
) -> None:
    told = failing(
        tmp_path,
        "def test_that_is_well(realtime_server):\n"
        "    talk(realtime_server(engine='echo').url)\n"
        "def test_it():\n"
        "    with RealtimeServer() as server:\n"
        "        server.wait_for('response.create', timeout_s=0.01)\n",
    )
    assert told.count("Realtime server ws://") == 1
    assert "Nobody has connected." in told


@pytest.mark.parametrize("make", ["realtime_server", "RealtimeServer"])
@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        ("turns=[{'sya': 'x'}]", "sya is not known"),
        ("faults=[{'at': 'nowhere', 'do': 'reset'}]", "nowhere is no event"),
        ("engine='parrot'", "'parrot' is no engine"),
        ("'absent.yaml'", "absent.yaml cannot be read"),
    ],
)
def test_a_mistake_shows_the_line_of_the_test_and_none_of_ours(
    make: str, mistake: str, told: str, tmp_path: Path
) -> None:
    said = failing(tmp_path, f"def test_it(realtime_server):\n    {make}({mistake})\n")
    assert told in said
    assert f">       {make}({mistake})" in said
    assert ": UsageError" in said
    assert "s2s/" not in said


def test_what_never_comes_shows_the_line_of_the_test_and_none_of_ours(tmp_path: Path) -> None:
    said = failing(
        tmp_path,
        "def test_it(realtime_server):\n"
        "    realtime_server().wait_for('response.create', timeout_s=0.01)\n",
    )
    assert "TimeoutError: 0 of 1 response.create came" in said
    assert "s2s/testing" not in said


@pytest.mark.parametrize(
    ("ask", "name", "told"),
    [
        ("received", "response.creat", "did you mean 'response.create'?"),
        ("received", "input_audio_buffer.apend", "did you mean 'input_audio_buffer.append'?"),
        ("received", "response.done", "the server sends it: ask sent()"),
        ("wait_for", "conversation.item.truncat", "did you mean 'conversation.item.truncate'?"),
        ("wait_for", "nonsense", "there are conversation.item.create,"),
        ("sent", "output_audio.delta", "did you mean 'response.output_audio.delta'?"),
        ("sent", "response.don", "did you mean 'response.done'?"),
        ("sent", "response.create", "clients send it: ask received()"),
    ],
)
def test_a_misspelt_event_is_refused_with_what_was_meant(
    realtime_server: MakeServer, ask: str, name: str, told: str
) -> None:
    server = realtime_server()
    with pytest.raises(ValueError, match="is no event that") as refused:
        getattr(server, ask)(name)
    assert told in str(refused.value)


def names_in(union: Any) -> set[str]:
    schema = TypeAdapter(union).json_schema()
    found = (each.get("properties", {}).get("type", {}).get("const") for each in
             schema["$defs"].values())  # fmt: skip
    return {name for name in found if name and "." in name}


def test_every_event_of_the_official_client_may_be_asked_for(realtime_server: MakeServer) -> None:
    server = realtime_server()
    assert names_in(RealtimeClientEvent) <= CLIENT_EVENTS
    for name in names_in(RealtimeClientEvent):
        assert server.received(name) == []
    assert {"error"} | names_in(RealtimeServerEvent) >= server_events() - {"error"}


def test_what_was_sent_may_be_asked_for_whatever_it_is_called(
    realtime_server: MakeServer,
) -> None:
    server = realtime_server()

    async def talk() -> None:
        async with connect(server.url) as client:
            await client.send('{"type": "my.own"}')
            await client.recv()
            await client.recv()  # the refusal

    asyncio.run(asyncio.wait_for(talk(), 30))
    assert server.received("my.own") == [{"type": "my.own"}]


def test_of_a_long_talk_the_newest_lines_of_each_side_are_shown() -> None:
    wire = [WireEvent(1, "client", {"type": "response.create"})]
    wire += [WireEvent(1, "server", {"type": "error", "n": n}) for n in range(100)]
    lines = last_of(wire).splitlines()
    assert lines[0] == f"… {100 - LAST} lines before these and between them"
    assert lines[1] == "1 client -> response.create"
    assert lines[-1] == '1 server <- error {"n": 99}'
    assert len(lines) == 2 + LAST


def test_what_is_shown_neither_steers_the_terminal_nor_prints_audio() -> None:
    audio = base64.b64encode(pcm.silence(1500)).decode()
    part = {"type": "input_audio", "audio": audio}
    item = {"content": [part], "id": "\x1b[31mred\n"}
    told = last_of(
        [
            WireEvent(1, "client", {"type": "conversation.item.create", "item": item}),
            WireEvent(2, "client", {"text": "x" * 5000}),
        ]
    )
    assert "1.50 s of audio" in told
    assert "\x1b" not in told
    assert len(told.splitlines()) == 2
    assert len(told) < 500
