"""Unmodified official clients each hold spoken turns with our endpoint, in processes of their own
with the websockets they pin; and s2s holds one with the newest websockets there is.

`scripts/test.sh` makes the environments these run in.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fakes import LoudDetector, clean_environment, endpoint, read_wav, tone, write_wav

from s2s import pcm
from s2s.testing import MakeServer

pytestmark = pytest.mark.program
ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".tools"
SPOKEN = {"turns": [{"hear": "what is this", "say": "A tone."}]}


def python_of(environment: str) -> str:
    python = TOOLS / environment / "bin" / "python"
    assert python.exists(), "run scripts/test.sh, which makes this environment"
    return str(python)


def hold_turn(client: str, url: str, folder: Path) -> dict[str, Any]:
    speech = folder / "speech.pcm"
    speech.write_bytes(tone(1500) + pcm.silence(900))
    script = Path(__file__).with_name(f"{client}_turn.py")
    done = subprocess.run(
        [python_of("clients"), str(script), url, str(speech)],
        env=clean_environment(folder), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_the_openai_client_holds_a_spoken_turn(tmp_path: Path) -> None:
    with endpoint(SPOKEN) as url:
        came = hold_turn("openai", url, tmp_path)
    assert came["status"] == "completed"
    assert came["transcript"] == "what is this"
    assert came["audio_bytes"] == len("A tone.") * pcm.size_of(60)


def test_the_agents_client_holds_a_spoken_turn_and_finds_no_fault(tmp_path: Path) -> None:
    with endpoint(SPOKEN) as url:
        came = hold_turn("agents", url, tmp_path)
    assert came["errors"] == []
    assert came["audio_bytes"] == len("A tone.") * pcm.size_of(60)


def test_the_agents_client_interrupts_a_reply_and_holds_another_turn(
    realtime_server: MakeServer, tmp_path: Path
) -> None:
    story = {"hear": "tell me a story", "tone": "440/20s", "pace": "realtime"}
    after = {"hear": "that is enough", "tone": "500/1s"}
    server = realtime_server(turns=[story, after], detector=LoudDetector)
    came = hold_turn("agents_interrupted", server.url, tmp_path)
    assert came["errors"] == []
    assert "audio_interrupted" in came["events"]
    cuts = [each["audio_end_ms"] for each in server.received("conversation.item.truncate")]
    assert cuts == [400]  # what its playback tracker says was heard
    assert [each["audio_end_ms"] for each in server.sent("conversation.item.truncated")] == cuts
    ends = [each["response"]["status"] for each in server.sent("response.done")]
    assert ends == ["cancelled", "completed"]
    assert server.sent("error") == []


def test_the_example_of_the_fixture_works_where_s2s_is_only_on_the_path(tmp_path: Path) -> None:
    example = ROOT / "examples" / "answering_machine"
    command = [python_of("clients"), "-m", "pytest", "-p", "s2s.testing", str(example)]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider"],
        env=clean_environment(tmp_path, PYTHONPATH=str(ROOT), PYTHONDONTWRITEBYTECODE="1"),
        cwd=tmp_path, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert b"5 passed" in done.stdout


def test_s2s_works_with_the_newest_of_what_it_depends_on(tmp_path: Path) -> None:
    """Client and endpoint both, with an echo between them."""
    python = python_of("newest")
    environment = clean_environment(tmp_path)
    question = write_wav(tmp_path / "question.wav", tone(1000))
    server = subprocess.Popen(
        [python, "-m", "s2s", "serve", "--engine", "echo", "--until-stdin-closes"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert server.stdin and server.stdout
    url = server.stdout.readline().decode().strip()
    command = [python, "-m", "s2s", "send-wav", str(question), "--url", url]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    server.stdin.close()
    assert server.wait(10) == 0
    server.stdout.close()
    assert done.returncode == 0, done.stderr.decode()
    assert read_wav(tmp_path / "question.reply.wav") == tone(1000)
