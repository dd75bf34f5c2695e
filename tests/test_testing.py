"""What other people's tests stand on: the fixture `realtime_server`, and what it tells."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from fakes import LoudDetector, tone, write_wav
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from s2s import pcm
from s2s.errors import UsageError
from s2s.testing import MakeServer, RealtimeServer, ToneVoice

Json = dict[str, Any]
BY_HAND = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}


def appended(audio: bytes) -> Json:
    return {"type": "input_audio_buffer.append", "audio": base64.b64encode(audio).decode()}


async def until(connection: ClientConnection, event_type: str) -> Json:
    while True:
        event: Json = json.loads(await connection.recv())
        if event["type"] == event_type:
            return event


def ask(url: str, *events: Json) -> Json:
    """Send the events, and `response.create`; return the response that comes of it."""

    async def talk() -> Json:
        async with connect(url) as connection:
            for event in [*events, {"type": "response.create"}]:
                await connection.send(json.dumps(event))
            done = await until(connection, "response.done")
            response: Json = done["response"]
            return response

    return asyncio.run(asyncio.wait_for(talk(), 10))


def say(url: str, audio: bytes) -> Json:
    update = {"type": "session.update", "session": BY_HAND}
    return ask(url, update, appended(audio), {"type": "input_audio_buffer.commit"})


# --- engines


def test_an_echo_gives_back_what_it_heard(realtime_server: MakeServer) -> None:
    server = realtime_server(engine="echo")
    assert say(server.url, tone(700))["status"] == "completed"
    assert server.heard() == server.spoken() == tone(700)


def test_without_turns_it_is_an_echo(realtime_server: MakeServer) -> None:
    server = realtime_server()
    say(server.url, tone(300))
    assert server.spoken() == tone(300)


def test_turns_are_answered_in_their_order(realtime_server: MakeServer) -> None:
    turns = [{"text": "One."}, {"call": {"name": "look", "arguments": {"at": "it"}}}]
    server = realtime_server(turns=turns)

    async def two_replies() -> list[Json]:
        async with connect(server.url) as connection:
            came = []
            for _ in turns:
                await connection.send(json.dumps({"type": "response.create"}))
                came.append((await until(connection, "response.done"))["response"]["output"][0])
            return came

    written, called = asyncio.run(asyncio.wait_for(two_replies(), 10))
    assert written["content"][0]["text"] == "One."
    assert (called["name"], called["arguments"]) == ("look", '{"at":"it"}')


def test_a_script_and_its_recordings_are_found_beside_the_test(
    realtime_server: MakeServer, tmp_path: Path
) -> None:
    write_wav(tmp_path / "yes.wav", tone(200))
    (tmp_path / "script.yaml").write_text("turns: [{wav: yes.wav}]")
    server = realtime_server(tmp_path / "script.yaml")
    assert say(server.url, tone(200))["status"] == "completed"
    assert len(server.spoken()) == pcm.size_of(200)
    with pytest.raises(UsageError, match=str(Path(__file__).with_name("nowhere.yaml"))):
        realtime_server("nowhere.yaml")


def test_a_voice_of_tones_needs_no_speech_program(realtime_server: MakeServer) -> None:
    server = realtime_server(turns=[{"say": "Hello."}], synthesiser=ToneVoice())
    response = say(server.url, tone(200))
    assert response["output"][0]["content"][0]["transcript"] == "Hello."
    assert len(server.spoken()) == len("Hello.") * pcm.size_of(60)


def test_a_detector_of_ones_own_finds_the_turn(realtime_server: MakeServer) -> None:
    server = realtime_server(turns=[{"text": "Yes?"}], detector=LoudDetector)

    async def talk() -> None:
        async with connect(server.url) as connection:
            await connection.send(json.dumps(appended(tone(500) + pcm.silence(800))))
            await until(connection, "response.done")

    asyncio.run(asyncio.wait_for(talk(), 10))
    assert len(server.sent("input_audio_buffer.speech_stopped")) == 1


# --- faults


def test_a_fault_strikes_where_it_is_put(realtime_server: MakeServer) -> None:
    faults = [{"at": "output_audio.delta#2", "do": "close", "code": 1011}]
    server = realtime_server(turns=[{"tone": "440/2s"}], faults=faults)
    with pytest.raises(ConnectionClosed) as closed:
        say(server.url, tone(200))
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1011
    assert len(server.sent("response.output_audio.delta")) == 1


def test_faults_are_added_to_those_of_a_script(realtime_server: MakeServer, tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("faults: [{at: connect, http: 503, connection: 1}]")
    server = realtime_server(script, faults=[{"at": "connect", "http": 429, "connection": 2}])
    for status in (503, 429):
        with pytest.raises(InvalidStatus, match=str(status)):
            ask(server.url)
    assert ask(server.url)["status"] == "completed"


def test_what_is_no_json_is_noted_as_it_was_sent(realtime_server: MakeServer) -> None:
    faults = [
        {"at": "session.created", "do": "malformed"},
        {"at": "response.created", "do": "binary"},
    ]
    server = realtime_server(turns=[{"text": "Well."}], faults=faults)

    async def talk() -> None:
        async with connect(server.url) as connection:
            await connection.recv()
            await connection.send("[1]")
            await connection.send(json.dumps({"type": "response.create"}))
            while isinstance(await connection.recv(), str):
                pass

    asyncio.run(asyncio.wait_for(talk(), 10))
    assert server.sent()[0]["text"].startswith('{"event_id":"event_0001","type":"session.created"')
    assert server.received()[0] == {"text": "[1]"}
    assert {"bytes": 4} in server.sent()


# --- what went over the wire


def test_connections_are_told_apart(realtime_server: MakeServer) -> None:
    server = realtime_server()
    say(server.url, tone(200))
    say(server.url, tone(400))
    assert server.heard(connection=1) == tone(200)
    assert server.heard(connection=2) == tone(400)
    assert server.heard(connection=3) == b""
    assert len(server.received("response.create")) == 2
    assert len(server.received("response.create", connection=2)) == 1
    assert [each.connection for each in server.events] == sorted(
        each.connection for each in server.events
    )


def test_two_servers_know_nothing_of_each_other(realtime_server: MakeServer) -> None:
    first, second = realtime_server(turns=[{"text": "First."}]), realtime_server()
    assert first.url != second.url
    assert ask(first.url)["output"][0]["content"][0]["text"] == "First."
    assert second.events == []


def test_it_waits_for_what_a_client_sends_last(realtime_server: MakeServer) -> None:
    server = realtime_server()

    async def leave() -> None:
        async with connect(server.url) as connection:
            await connection.send(json.dumps({"type": "input_audio_buffer.clear", "event_id": "a"}))

    asyncio.run(asyncio.wait_for(leave(), 10))
    assert server.wait_for("input_audio_buffer.clear")[0]["event_id"] == "a"


def test_what_never_comes_is_named_with_what_came(realtime_server: MakeServer) -> None:
    server = realtime_server()
    ask(server.url)
    with pytest.raises(TimeoutError, match=r"0 of 1 response\.cancel .* response\.create"):
        server.wait_for("response.cancel", timeout_s=0.05)


def test_audio_that_is_none_is_not_heard(realtime_server: MakeServer) -> None:
    server = realtime_server()
    ask(server.url, {"type": "input_audio_buffer.append", "audio": "*"}, appended(tone(100)))
    assert server.heard() == tone(100)


# --- from start to end


def test_it_works_without_pytest_and_leaves_nothing_running() -> None:
    before = set(threading.enumerate())
    with RealtimeServer(turns=[{"say": "Bye."}], synthesiser=ToneVoice()) as server:
        say(server.url, tone(200))
        assert server.base_url.startswith("http://127.0.0.1:")
        assert server.base_url.endswith("/v1")
    for thread in set(threading.enumerate()) - before:  # the engine's have been told to end
        thread.join(10)
    assert set(threading.enumerate()) <= before
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        ask(server.url)
    assert len(server.received("response.create")) == 1  # what went over the wire is still told
    server.stop()


def test_a_server_starts_once() -> None:
    with RealtimeServer() as server, pytest.raises(RuntimeError, match="started already"):
        server.start()


def test_it_ends_although_a_client_does_not_listen_any_more() -> None:
    server = RealtimeServer()
    server.start()
    port = int(server.url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(
            b"GET /v1/realtime HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert client.recv(12) == b"HTTP/1.1 101"
        server.stop()
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        ask(server.url)


def test_the_servers_of_a_fixture_end_with_their_test(tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text(
        "import threading\n"
        "def test_first(realtime_server):\n"
        "    realtime_server(); realtime_server()\n"
        "def test_second(realtime_server):\n"
        "    names = [each.name for each in threading.enumerate()]\n"
        "    assert 'realtime-server' not in names\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert b"2 passed" in done.stdout, done.stdout.decode()


# --- mistakes


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"turns": [{"say": "a", "tone": "440/1s"}]}, r"turns\[0\].*exclude each other"),
        ({"turns": [{"hear": "a"}]}, r"turns\[0\]: no answer"),
        ({"faults": [{"at": "nowhere", "do": "reset"}]}, r"faults\[0\]"),
        ({"engine": "parrot"}, "'parrot' is no engine"),
        ({"engine": "script"}, "no turns to answer with"),
        ({"engine": "echo", "turns": [{"text": "a"}]}, "does not read them"),
    ],
)
def test_a_mistake_is_told_at_the_call(
    realtime_server: MakeServer, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        realtime_server(**options)


def test_turns_stand_in_one_place(realtime_server: MakeServer, tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("turns: [{text: a}]")
    with pytest.raises(UsageError, match="turns are given beside it"):
        realtime_server(script, turns=[{"text": "b"}])
