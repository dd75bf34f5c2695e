"""`s2s serve` and `--offline` as processes: they start, say where, and end when they should."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes import clean_environment, read_wav, s2s, tone, write_wav

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


def processes_of(folder: Path) -> list[str]:
    """Return the command lines of the servers that run in `folder` (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == folder:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return [line for line in found if " serve " in line]


@pytest.mark.offline
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_the_offline_server_ends_with_its_parent_however_that_ends(
    number: int, tmp_path: Path
) -> None:
    fifo = tmp_path / "in"
    os.mkfifo(fifo)
    program = subprocess.Popen(
        [sys.executable, "-m", "s2s", "send-wav", "in", "--raw", "24000", "--offline"],
        cwd=tmp_path, env=clean_environment(tmp_path), stderr=subprocess.PIPE,
    )  # fmt: skip
    with fifo.open("wb") as pipe:  # held open: the recording never ends
        pipe.write(tone(500))
        pipe.flush()
        wait_for(lambda: processes_of(tmp_path))
        program.send_signal(number)
        program.communicate(timeout=10)
        wait_for(lambda: not processes_of(tmp_path))


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
