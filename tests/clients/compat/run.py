"""Lets other people's clients hold four turns each with `s2s serve`, and prints how that went.

usage: run.py [NAME…]    exit status 1 if a turn failed. `scripts/compat.sh` makes what this needs.

A turn has gone well when the client says it heard the answer, and the server's log shows what the
turn is about and no error.
"""

from __future__ import annotations

import array
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
TOOLS = ROOT / ".tools" / "compat"
TURNS = ("spoken", "typed", "call", "interruption")
PATIENCE_S = 120
ANSWERS = {
    "spoken": "A tone.",
    "typed": "A tone.",
    "call": "It is sunny in Paris.",
    "interruption": "Very well.",
}
Json = dict[str, Any]

# Names, and the packages by which they are installed. Those for Node are served over TLS.
PYTHON = {
    "openai": "openai",
    "openai-agents": "openai-agents",
    "livekit-agents": "livekit-agents",
    "pipecat": "pipecat-ai",
    "pydantic-ai": "pydantic-ai-slim",
}
NODE = {"openai-node": "openai", "openai-agents-js": "@openai/agents-realtime"}


def speech() -> bytes:
    """Return 1.5 s of tone and a pause, as 24 kHz PCM: to the energy detector this is speech."""
    samples = (round(9_000 * math.sin(2 * math.pi * 440 * n / 24_000)) for n in range(36_000))
    return array.array("h", samples).tobytes() + bytes(48 * 1_500)


class Endpoint:
    """`s2s serve` for one turn."""

    def __init__(self, turn: str, folder: Path, tls: bool) -> None:
        self._log = folder / f"{turn}.jsonl"
        command = [sys.executable, "-m", "s2s", "serve", "--vad", "energy", "--until-stdin-closes"]
        command += ["--script", str(HERE / "turns" / f"{turn}.yaml"), "--log", str(self._log)]
        if tls:
            command += [
                "--tls-cert",
                str(folder / "cert.pem"),
                "--tls-key",
                str(folder / "key.pem"),
            ]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Endpoint:
        assert self._process.stdout
        self.url = self._process.stdout.readline().decode().strip()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)

    def events(self, sender: str, kind: str) -> list[Json]:
        """Return what one side sent, of one type."""
        logged = map(json.loads, self._log.read_text().splitlines())
        sent = (each["event"] for each in logged if each["from"] == sender and "event" in each)
        return [event for event in sent if event.get("type") == kind]


def hold(name: str, turn: str, folder: Path) -> str:
    """Let a client hold a turn; return what went wrong, or nothing."""
    tls = name in NODE
    program = HERE / f"{name.replace('-', '_')}_client.{'mjs' if tls else 'py'}"
    runner = "node" if tls else str(TOOLS / name / "bin" / "python")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    if tls:
        environment["NODE_EXTRA_CA_CERTS"] = str(folder / "cert.pem")
        environment["COMPAT_MODULES"] = str(TOOLS / "node" / "node_modules")
    with Endpoint(turn, folder, tls) as server:
        try:
            done = subprocess.run(
                [runner, str(program), turn, server.url, str(folder / "speech.pcm"), ANSWERS[turn]],
                env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as exc:
            return f"no end within {PATIENCE_S} s; {_last_line(str(exc.stderr or ''))}"
        if done.returncode:
            return _last_line(done.stderr) or f"exit status {done.returncode}"
        return wrong(turn, json.loads(done.stdout.splitlines()[-1]), server)


def wrong(turn: str, told: Json, server: Endpoint) -> str:
    """Return what the client's account and the server's log show that should not be."""
    if refused := server.events("server", "error"):
        return f"refused: {refused[0]['error']['message']}"
    if not told["words"].strip().endswith(ANSWERS[turn]):
        return f"heard {told['words']!r}"
    if told["audio_ms"] < 300:
        return f"heard {told['audio_ms']} ms of audio"
    ends = [each["response"]["status"] for each in server.events("server", "response.done")]
    if turn == "spoken" and not server.events("server", "input_audio_buffer.speech_stopped"):
        return "no turn was found in the speech"
    if turn == "call":
        items = [each["item"] for each in server.events("client", "conversation.item.create")]
        outputs = [each["output"] for each in items if each["type"] == "function_call_output"]
        if not any("sunny" in output for output in outputs):
            return "no output of the function came"
    if turn == "interruption":
        if "cancelled" not in ends:
            return "the reply was not cancelled"
        if not server.events("server", "conversation.item.truncated"):
            return "the reply was not truncated"
    return "" if ends[-1] == "completed" else f"the last response is {ends[-1]}"


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")[:200]


def versions(name: str) -> str:
    """Return the versions of a client and of the WebSocket library it uses."""
    if name in NODE:
        found = TOOLS / "node" / "node_modules" / NODE[name] / "package.json"
        node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
        version = json.loads(found.read_text())["version"]
        return f"`{NODE[name]}` {version} | Node {node.stdout.strip()}"
    code = (
        "import importlib.metadata as m, sys\n"
        "def v(n):\n"
        "    try: return n + ' ' + m.version(n)\n"
        "    except m.PackageNotFoundError: return ''\n"
        "print('`%s` %s |' % (sys.argv[1], m.version(sys.argv[1])), v('websockets')"
        " or v('aiohttp'))"
    )
    python = str(TOOLS / name / "bin" / "python")
    done = subprocess.run(
        [python, "-c", code, PYTHON[name]], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def main() -> None:
    names = sys.argv[1:] or [*PYTHON, *NODE]
    print(f"| client | WebSocket | {' | '.join(TURNS)} |")
    print(f"|---|---|{'---|' * len(TURNS)}")
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "speech.pcm").write_bytes(speech())
        if set(names) & set(NODE):
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                 "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                 "-keyout", "key.pem", "-out", "cert.pem"],
                cwd=folder, capture_output=True, check=True,
            )  # fmt: skip
        for name in names:
            row = []
            for turn in TURNS:
                problem = hold(name, turn, Path(folder))
                row.append("no" if problem else "yes")
                if problem:
                    failed.append(f"{name}, {turn}: {problem}")
            print(f"| {versions(name)} | {' | '.join(row)} |", flush=True)
    print(*failed, sep="\n", file=sys.stderr)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
