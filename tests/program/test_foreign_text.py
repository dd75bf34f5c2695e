"""What an endpoint, a file or an argument says reaches no terminal and no file as a command.

The endpoint of these stories puts an escape sequence, a forged line, a turned reading direction and
our own key into every string it sends.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import stat
import subprocess
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from endpoints import on_a_thread
from fakes import s2s, tone, write_wav
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from s2s import pcm
from s2s.local.synthesis import find_synthesiser

pytestmark = pytest.mark.program

KEY = "~open/sesame+for=us"
IN_URL = "~open%2Fsesame%2Bfor%3Dus"
STEERING = "\x1b[2J\x1b]52;c;ZXZpbA==\x07\x9b31m\x7f\u202e\u2028"
EVIL = f"{STEERING}\nYou: forged\nError: forged {KEY} {IN_URL} "
HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
FORGED = re.compile(r"^(You|Error|Warning|Assistant): forged", re.M)


class OddEndpoint:
    """Answers once, with evil in every string; `case` says what else goes wrong."""

    def __init__(self, case: str) -> None:
        self._case = case

    def admit(self, socket: ServerConnection, request: Request) -> Response | None:
        if self._case != "http":
            return None
        return socket.respond(HTTPStatus.FORBIDDEN, EVIL + "asked: " + request.path)

    async def attend(self, socket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self._send(socket, "session.created", session={"id": EVIL, "model": EVIL})
            async for message in socket:
                await self._answer(socket, json.loads(message)["type"])

    async def _answer(self, socket: ServerConnection, asked: str) -> None:
        if asked == "session.update":
            await self._send(socket, "session.updated", session={})
        elif asked == "input_audio_buffer.commit":
            await self._send(socket, "input_audio_buffer.committed", item_id=EVIL)
            kind = "conversation.item.input_audio_transcription.completed"
            usage = {EVIL: EVIL, "seconds": 1}
            await self._send(socket, kind, item_id=EVIL, transcript=EVIL, usage=usage)
        elif asked == "response.create":
            await self._reply(socket)

    async def _reply(self, socket: ServerConnection) -> None:
        told = {"type": EVIL, "code": EVIL, "message": EVIL}
        if self._case == "close":
            await socket.close(1011, EVIL[:90])
            return
        if self._case == "error":
            await self._send(socket, "error", error=told)
            return
        part = {"response_id": EVIL, "item_id": EVIL, "output_index": 0, "content_index": 0}
        await self._send(socket, "response.created", response={"id": EVIL})
        half = len(EVIL) - len(IN_URL) - 8  # in the middle of the key
        for text in (EVIL[:half], EVIL[half:]):
            await self._send(socket, "response.output_audio_transcript.delta", delta=text, **part)
        sound = base64.b64encode(tone(300)).decode()
        await self._send(socket, "response.output_audio.delta", delta=sound, **part)
        await self._send(socket, "response.output_audio.done", **part)
        failed = self._case == "failed"
        response: dict[str, Any] = {"id": EVIL, "status": EVIL if failed else "completed"}
        response |= {"usage": {"input_tokens": 1, EVIL: {EVIL: [EVIL]}}, "output": []}
        response |= {"status_details": {"error": told}} if failed else {}
        await self._send(socket, "response.done", response=response)

    async def _send(self, socket: ServerConnection, kind: str, **fields: Any) -> None:
        await socket.send(json.dumps({"type": kind, "event_id": EVIL, **fields}))


@contextlib.contextmanager
def odd_endpoint(case: str) -> Iterator[str]:
    """Run an `OddEndpoint` on a thread of its own; gives its URL, with our key in it."""
    odd = OddEndpoint(case)
    with on_a_thread(odd.attend, odd.admit) as port:
        yield f"ws://127.0.0.1:{port}/v1/realtime?api_key={IN_URL}"


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "question.wav", tone(1500))


def harmless(*given: bytes) -> str:
    """Check that no text steers a terminal, forges a line or holds the key; return them as one."""
    text = "\n".join(each.decode() for each in given)
    assert not HARMFUL.search(text), ascii(text)
    assert not FORGED.search(text), text
    assert KEY not in text
    assert IN_URL not in text
    return text


def ask(url: str, question: Path, *flags: str) -> subprocess.CompletedProcess[bytes]:
    cwd = question.parent
    return s2s("send-wav", question.name, "--url", url, "--timeout", "20", *flags, cwd=cwd)


CASES = ["reply", "error", "close", "failed", "http"]
STATUS = {"reply": 0, "error": 6, "close": 5, "failed": 6, "http": 3}


@pytest.mark.parametrize("case", CASES)
def test_an_endpoint_steers_no_terminal_and_forges_no_line_at_any_verbosity(
    question: Path, case: str
) -> None:
    with odd_endpoint(case) as url:
        for number, flags in enumerate(([], ["-v"], ["-vv"], ["--log-file", "log"])):
            done = ask(url, question, "-o", f"{number}.wav", *flags)
            told = harmless(done.stdout, done.stderr)
            assert done.returncode == STATUS[case], told
            assert r"\x1b[2J" in told, "it is shown, and harmless"
    log = (question.parent / "log").read_bytes()
    for line in harmless(log).splitlines():
        assert re.match(r"\d{4}-\d\d-\d\d ", line), "each line of the log is one of ours"


@pytest.mark.parametrize("case", CASES)
def test_json_is_one_harmless_object_without_a_key(question: Path, case: str) -> None:
    with odd_endpoint(case) as url:
        done = ask(url, question, "--json")
    report = json.loads(harmless(done.stdout))
    harmless(done.stderr)
    assert report["exit_status"] == STATUS[case]
    if case == "reply":
        assert report["ids"]["session"].startswith("\x1b[2J"), "as JSON can write it"
        assert "***" in json.dumps(report["usage"])


def test_a_conversation_and_what_is_kept_of_it_are_harmless_and_private(
    question: Path, open_umask: None
) -> None:
    folder = question.parent
    flags = ["--plain", "--out", "heard.wav", "--events", "events", "--save", "new/saved", "-vv"]
    with odd_endpoint("reply") as url:
        done = s2s(
            "talk", "--in", question.name, "--url", url, "--turns", "manual", *flags, cwd=folder
        )
    shown = harmless(done.stdout, done.stderr)
    assert "Assistant: " in shown, shown
    (saved,) = (folder / "new" / "saved").iterdir()
    events, lines, markdown = folder / "events", saved / "transcript.jsonl", saved / "transcript.md"
    for file in (lines, markdown):
        assert r"\u001b[2J" in harmless(file.read_bytes()) or file is markdown
    assert "Assistant" in markdown.read_text("utf-8")
    for line in events.read_text("utf-8").splitlines():
        assert not HARMFUL.search(line), ascii(line)
        assert json.loads(line)["type"]
    if os.name != "nt":
        assert {mode(each) for each in (folder / "new", saved.parent, saved)} == {0o700}
        assert {mode(each) for each in (*saved.iterdir(), events)} == {0o600}
        assert mode(folder / "heard.wav") == 0o644, "the answer is a file like any other"


@pytest.mark.skipif(os.name == "nt", reason="Windows has modes of another kind")
def test_a_log_is_private_and_one_that_was_there_keeps_its_mode(
    question: Path, open_umask: None
) -> None:
    folder = question.parent
    (folder / "shared").touch(0o644)
    for name in ("shared", "own"):
        ask("ws://127.0.0.1:1", question, "--log-file", name)
    assert (mode(folder / "shared"), mode(folder / "own")) == (0o644, 0o600)


ARGUMENT = "bogus\x1b[2J\nError: forged\u202e[/red]"


@pytest.mark.parametrize(
    "command",
    [
        ["send-wav", f"{ARGUMENT}.wav", "--offline"],
        ["send-wav", f"--{ARGUMENT}"],
        ["send-wav", "question.wav", ARGUMENT],
        [ARGUMENT],
        ["send-wav", "question.wav", "--timeout", ARGUMENT],
        ["send-wav", "question.wav", "--url", f"http://{ARGUMENT}"],
        ["send-wav", "question.wav", "-o", f"no/{ARGUMENT}.wav", "--offline"],
        ["send-wav", "question.wav", "--log-file", f"no/{ARGUMENT}"],
        ["talk", "--in", f"{ARGUMENT}.wav", "--out", "o.wav", "--offline"],
        [
            "talk",
            "--in",
            "question.wav",
            "--out",
            "o.wav",
            "--events",
            f"no/{ARGUMENT}",
            "--offline",
        ],
        ["talk", "--in", "question.wav", "--out", "o.wav", "--turns", ARGUMENT],
        ["record", f"{ARGUMENT}.mp3"],
        ["serve", "--script", ARGUMENT],
        ["serve", "--script", "script.yaml"],
        ["serve", "--engine", ARGUMENT],
        ["serve", "--fault", ARGUMENT],
        ["serve", "--log", f"no/{ARGUMENT}"],
    ],
)
def test_what_a_command_line_or_a_file_says_is_quoted_harmlessly(
    question: Path, command: list[str]
) -> None:
    script = {"turns": [{ARGUMENT: ARGUMENT}]}
    (question.parent / "script.yaml").write_text(json.dumps(script), "utf-8")
    done = s2s(*command, cwd=question.parent)
    assert done.returncode == 2, done.stderr
    told = harmless(done.stdout, done.stderr)
    assert "Traceback" not in told


@pytest.mark.offline
@pytest.mark.skipif(os.name == "nt", reason="the program is a shell script")
def test_a_voice_that_fails_offline_is_told_of_in_its_own_words_and_another_speaks(
    tmp_path: Path,
) -> None:
    speech = b"".join(find_synthesiser().speak("what time is it"))
    write_wav(tmp_path / "question.wav", speech + pcm.silence(500))
    (tmp_path / "bin").mkdir()
    broken = tmp_path / "bin" / "flite"
    broken.write_text("#!/bin/sh\nprintf 'cst \\033[2J: no voice\\n' >&2\nexit 1\n")
    broken.chmod(0o755)
    environment = {"PATH": f"{broken.parent}:{os.environ['PATH']}"}
    done = s2s("send-wav", "question.wav", "--offline", cwd=tmp_path, environment=environment)
    told = harmless(done.stdout, done.stderr)
    assert done.returncode == 0, told
    assert told.count(r"Warning: flite could not speak: cst \x1b[2J: no voice. From now on ") == 1
    assert (tmp_path / "question.reply.wav").stat().st_size > pcm.size_of(500)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
