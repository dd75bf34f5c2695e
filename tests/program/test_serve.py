"""`s2s serve` and `--offline` as processes: they start, say where, and end when they should."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes import clean_environment, endpoint, read_wav, s2s, tone, write_wav

from s2s.local.script import load

pytestmark = pytest.mark.program


def start(*arguments: str, cwd: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start `s2s serve`; return it and the URL it prints."""
    server = subprocess.Popen(
        [sys.executable, "-m", "s2s", "serve", *arguments], cwd=cwd, env=clean_environment(cwd),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
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
    absent = s2s("serve", "--engine", "script", "--script", "absent.yaml", cwd=tmp_path)
    assert (absent.returncode, b"absent.yaml" in absent.stderr) == (2, True)


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


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    if not Path("/proc/self/stat").exists():  # macOS
        listed = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, check=False).stdout
        return [int(line) for line in listed.split()]
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            state, parent = entry.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(entry.parent.name))
    return found


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
