"""`s2s serve` and `--offline` as processes: they start, say where, and end when they should."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import children_of, clean_environment, endpoint, read_wav, s2s, tone, write_wav

from s2s.local.script import load

pytestmark = pytest.mark.program


_started: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """End the servers of a test that failed before it could."""
    yield
    while _started:
        with _started.pop() as server:
            server.kill()


def start(*arguments: str, cwd: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start `s2s serve`; return it and the URL it prints."""
    server = subprocess.Popen(
        [sys.executable, "-m", "s2s", "serve", *arguments], cwd=cwd, env=clean_environment(cwd),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    _started.append(server)
    assert server.stdout
    return server, server.stdout.readline().decode().strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_says_where_it_is_and_ends_when_told(number: int, tmp_path: Path) -> None:
    server, url = start("--engine", "echo", cwd=tmp_path)
    question = write_wav(tmp_path / "question.wav", tone(1000))
    assert s2s("send-wav", question, "--url", url, cwd=tmp_path).returncode == 0
    assert read_wav(tmp_path / "question.reply.wav") == tone(1000)
    server.send_signal(number)
    _, told = server.communicate(timeout=10)
    assert (server.returncode, told) == (0, b"")


def test_one_that_waits_for_the_end_of_its_input_ends_when_told_all_the_same(
    tmp_path: Path,
) -> None:
    server, _ = start("--engine", "echo", "--until-stdin-closes", cwd=tmp_path)
    server.send_signal(signal.SIGTERM)
    assert server.wait(10) == 0, "its input is still open"
    assert server.communicate()[1] == b""


def test_by_the_name_of_a_model_it_is_told_what_that_would_cost(tmp_path: Path) -> None:
    server, url = start("--engine", "echo", "--model", "gpt-realtime-2.1", cwd=tmp_path)
    question = write_wav(tmp_path / "question.wav", tone(1000))
    done = s2s("send-wav", question, "--url", url, "--json", "--transcribe", "off", cwd=tmp_path)
    server.terminate()
    server.communicate(timeout=10)
    told = json.loads(done.stdout)
    assert told["model"] == "gpt-realtime-2.1"
    audio = told["usage"]["responses"][0]["output_token_details"]["audio_tokens"]
    text = told["usage"]["responses"][0]["output_token_details"]["text_tokens"]
    assert told["cost"] == pytest.approx((10 * 32 + audio * 64 + text * 24) / 1e6)


def test_a_script_and_its_faults_are_served(tmp_path: Path) -> None:
    (tmp_path / "script.yaml").write_text(
        "turns: [{tone: 440/1s}]\nfaults: [{at: connect, http: 503, connection: 2}]\n"
    )
    server, url = start("--engine", "script", "--script", "script.yaml", cwd=tmp_path)
    question = write_wav(tmp_path / "question.wav", tone(1000))
    first = s2s("send-wav", question, "--url", url, cwd=tmp_path)
    second = s2s("send-wav", question, "--url", url, "--force", cwd=tmp_path)
    server.terminate()
    server.communicate(timeout=10)
    assert (first.returncode, second.returncode) == (0, 5)


def test_a_port_that_is_taken_and_a_script_that_is_missing(tmp_path: Path) -> None:
    server, url = start("--engine", "echo", cwd=tmp_path)
    port = url.split(":")[2].split("/")[0]
    taken = s2s("serve", "--engine", "echo", "--port", port, cwd=tmp_path)
    server.terminate()
    server.communicate(timeout=10)
    assert taken.returncode == 2
    assert f"Port {port}" in taken.stderr.decode()
    assert s2s("serve", "--engine", "script", cwd=tmp_path).returncode == 2
    (tmp_path / "turns.yaml").write_text("turns: [{tone: 440/1s}]\n")
    ignored = s2s("serve", "--engine", "echo", "--script", "turns.yaml", cwd=tmp_path)
    assert (ignored.returncode, b"does not read them" in ignored.stderr) == (2, True)
    wrong = s2s("serve", "--engine", "echo", "--fault", "connect:explode", cwd=tmp_path)
    assert (wrong.returncode, b"--fault connect:explode" in wrong.stderr) == (2, True)
    absent = s2s("serve", "--engine", "script", "--script", "absent.yaml", cwd=tmp_path)
    assert (absent.returncode, b"absent.yaml" in absent.stderr) == (2, True)


THIRTY = """
seed: 7
turns:
  - {hear: "first", tone: 440/2s, pace: 10x, jitter_ms: 20}
  - {hear: "second", wav: hello.wav, delta_ms: 100}
  - {hear: "third", tone: 300/0.5s, call: {name: get_weather, arguments: {city: Paris}}}
  - {match: ".*", tone: 500/1s, first_audio_ms: 20}
"""


def thirty_turns(url: str) -> None:
    """Hold thirty turns, each begun when the one before is over, so many samples at a time."""

    async def talk() -> None:
        from websockets.asyncio.client import connect as open_socket

        async with open_socket(url, compression=None) as socket:
            for number in range(30):
                speech = tone(400 + 10 * number) + bytes(48 * 600)
                for start in range(0, len(speech), 960):
                    audio = base64.b64encode(speech[start : start + 960]).decode()
                    event = {"type": "input_audio_buffer.append", "audio": audio}
                    await socket.send(json.dumps(event))
                while json.loads(await socket.recv())["type"] != "rate_limits.updated":
                    pass

    asyncio.run(asyncio.wait_for(talk(), 60))


def test_thirty_turns_held_twice_leave_the_same_log(tmp_path: Path) -> None:
    write_wav(tmp_path / "hello.wav", tone(700, hz=600), rate=16_000)
    (tmp_path / "script.yaml").write_text(THIRTY)

    options = ["--script", "script.yaml", "--vad", "energy", "--log-audio"]

    def run(name: str) -> list[dict[str, Any]]:
        server, url = start(*options, "--log", name, cwd=tmp_path)
        thirty_turns(url)
        server.terminate()
        server.communicate(timeout=10)
        entries = [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
        assert all(entry.pop("t") >= 0 for entry in entries)
        for entry in entries:
            entry["event"].get("session", {}).pop("expires_at", None)  # a time
        return [entry for entry in entries if entry["from"] == "server"]

    first = run("one.jsonl")
    assert len([e for e in first if e["event"]["type"] == "response.done"]) == 30
    assert first == run("two.jsonl")


def test_the_log_tells_both_sides_and_leaves_the_audio_out(tmp_path: Path) -> None:
    server, url = start("--engine", "echo", "--log", "wire.jsonl", cwd=tmp_path)
    question = write_wav(tmp_path / "question.wav", tone(1000))
    s2s("send-wav", question, "--url", url, cwd=tmp_path)
    server.terminate()
    server.communicate(timeout=10)
    entries = [json.loads(line) for line in (tmp_path / "wire.jsonl").read_text().splitlines()]
    said = {(entry["from"], entry["event"]["type"]): entry["event"] for entry in entries}
    assert said["client", "input_audio_buffer.append"]["audio"] == "24000 samples"
    assert said["server", "response.output_audio.delta"]["delta"] == "5280 samples"
    assert said["server", "response.done"]["response"]["status"] == "completed"


def test_faults_come_from_the_command_line_too(tmp_path: Path) -> None:
    faults = ["--fault", "connect@2:http=503", "--fault", "output_audio.delta#2:close=1012"]
    server, url = start("--engine", "echo", *faults, cwd=tmp_path)
    question = write_wav(tmp_path / "question.wav", tone(1000))
    first = s2s("send-wav", question, "--url", url, cwd=tmp_path)
    second = s2s("send-wav", question, "--url", url, cwd=tmp_path)
    server.terminate()
    server.communicate(timeout=10)
    assert (first.returncode, b"1012" in first.stderr) == (5, True)
    assert (second.returncode, b"503" in second.stderr) == (5, True)


def test_one_session_too_many_is_told_so(tmp_path: Path) -> None:
    server, url = start("--engine", "echo", "--max-sessions", "1", cwd=tmp_path)

    async def two() -> tuple[int | None, str]:
        from websockets.asyncio.client import connect as open_socket

        async with open_socket(url) as first, open_socket(url) as second:
            await first.recv()
            told = str(await second.recv())
            await second.wait_closed()
            return second.close_code, json.loads(told)["error"]["code"]

    assert asyncio.run(two()) == (1013, "too_many_sessions")
    assert handshake(url)[0] == 101, "there is room again"
    server.terminate()
    server.communicate(timeout=10)


def test_a_flood_ends_only_the_connection_it_comes_on(tmp_path: Path) -> None:
    server, url = start("--engine", "echo", cwd=tmp_path)

    async def flood() -> list[int | None]:
        from websockets.asyncio.client import connect as open_socket
        from websockets.exceptions import ConnectionClosed

        codes = []
        for message in ("x" * 30_000_000, b"\0" * 1000, "[" * 100_000):
            # AttributeError: asyncio, when the server closes in the middle of a large write.
            with contextlib.suppress(ConnectionClosed, AttributeError):
                async with open_socket(url, compression=None, max_size=None) as socket:
                    for _ in range(5):
                        await socket.send(message)
            codes.append(socket.close_code)
        return codes

    assert asyncio.run(flood())[1:] == [1000, 1008]
    question = write_wav(tmp_path / "question.wav", tone(1000))
    assert s2s("send-wav", question, "--url", url, cwd=tmp_path).returncode == 0
    server.terminate()
    _, told = server.communicate(timeout=10)
    assert told == b""


def handshake(url: str, **headers: str) -> tuple[int, list[str]]:
    """Connect as some other client would; return the status and the messages until the end."""

    async def connect() -> tuple[int, list[str]]:
        from websockets.asyncio.client import connect as open_socket
        from websockets.exceptions import ConnectionClosed, InvalidStatus

        try:
            async with open_socket(url, additional_headers=headers) as socket:
                messages = []
                try:
                    while True:
                        messages.append(str(await asyncio.wait_for(socket.recv(), 1)))
                except (ConnectionClosed, asyncio.TimeoutError):
                    return socket.close_code or 101, messages
        except InvalidStatus as refused:
            return refused.response.status_code, []

    return asyncio.run(connect())


def test_a_web_page_has_no_business_here() -> None:
    with endpoint() as url:
        assert handshake(url, Origin="https://evil.example") == (403, [])
        assert handshake(url)[0] == 101


def test_the_beta_shape_is_refused_as_openai_refuses_it() -> None:
    with endpoint() as url:
        code, messages = handshake(url, **{"OpenAI-Beta": "realtime=v1"})
    assert code == 4000
    assert json.loads(messages[0])["error"]["code"] == "beta_api_shape_disabled"


def test_the_script_in_the_documentation_is_a_script(tmp_path: Path) -> None:
    page = Path(__file__).parents[2].joinpath("docs", "serve.md").read_text("utf-8")
    (tmp_path / "answers").mkdir()
    write_wav(tmp_path / "answers" / "yes.wav", tone(100))
    (tmp_path / "script.yaml").write_text(page.split("```yaml\n")[1].split("```")[0], "utf-8")
    script = load(tmp_path / "script.yaml")
    assert [turn.on for turn in script.turns].count(6) == 1
    assert script.faults[0].http == 429


@pytest.mark.offline
def test_what_lies_beside_a_recording_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("print('hijacked')\nraise SystemExit(9)\n")
    write_wav(tmp_path / "question.wav", tone(1000))
    program = "import sys; sys.path.pop(0); from s2s.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "send-wav", "question.wav", "--offline"], cwd=tmp_path,
        env=clean_environment(tmp_path), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert b"hijacked" not in done.stdout + done.stderr
    assert done.returncode == 0, done.stderr


def is_running(pid: int) -> bool:
    """Whether a process is there and is more than a remainder that nobody has collected."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path("/proc/self/stat").exists()


@pytest.mark.offline
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_the_offline_server_ends_with_its_parent_however_that_ends(
    number: int, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "in")
    program = subprocess.Popen(
        [sys.executable, "-m", "s2s", "send-wav", "in", "--raw", "24000", "--offline"],
        cwd=tmp_path, env=clean_environment(tmp_path), stderr=subprocess.PIPE,
    )  # fmt: skip
    with (tmp_path / "in").open("wb") as pipe:  # held open: the recording never ends
        pipe.write(tone(500))
        pipe.flush()
        wait_for(lambda: children_of(program.pid))
        (server,) = children_of(program.pid)
        program.send_signal(number)
        program.communicate(timeout=10)
        wait_for(lambda: not is_running(server))


def wait_for(condition: object, seconds: float = 15) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


@pytest.mark.offline
def test_a_spoken_question_is_understood_and_answered_offline(tmp_path: Path) -> None:
    speech = ["flite", "-voice", "slt", "-t", "what is seven times eight", "-o", "question.wav"]
    subprocess.run(speech, cwd=tmp_path, check=True)
    done = s2s("send-wav", "question.wav", "--offline", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().splitlines()[0] == "You: what is seven times eight"
    assert "fifty-six" in done.stdout.decode() or "56" in done.stdout.decode()
    assert b"no language model" in done.stderr
    assert len(read_wav(tmp_path / "question.reply.wav")) > 24_000
