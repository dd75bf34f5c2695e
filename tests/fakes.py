"""Small classes that stand in for real ones, and the local endpoint for whole commands."""

from __future__ import annotations

import array
import asyncio
import contextlib
import math
import os
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from s2s import pcm
from s2s.local.connection import Service
from s2s.local.engines import Engine
from s2s.local.engines.echo import EchoEngine
from s2s.local.engines.script import ScriptEngine
from s2s.local.script import script_from
from s2s.local.server import listening


def tone(ms: float, hz: float = 440.0, level: float = 0.3) -> bytes:
    """Return a sine as PCM."""
    step = 2 * math.pi * hz / pcm.RATE
    count = pcm.size_of(ms) // pcm.SAMPLE_SIZE
    return array.array(
        "h", (round(level * 32767 * math.sin(step * n)) for n in range(count))
    ).tobytes()


def write_wav(path: Path, audio: bytes, rate: int = pcm.RATE) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(audio)
    return path


def read_wav(path: Path) -> bytes:
    """Return the samples of a reply, which must be 24 kHz mono 16-bit."""
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (pcm.RATE, 1, 2)
        return file.readframes(file.getnframes())


def pcm_of_reply(stream: bytes) -> bytes:
    """Return the samples of a reply that came through a pipe."""
    assert stream[:4] == b"RIFF"
    assert stream[36:40] == b"data"
    return stream[44:]


class LoudDetector:
    """Takes whatever is not nearly silent for speech."""

    chunk_ms = 20

    def __init__(self, threshold: float = 0.5) -> None:
        pass

    def is_speech(self, chunk: bytes) -> bool:
        return max(memoryview(chunk).cast("h"), default=0) > 1000

    def reset(self) -> None:
        pass


class ToneSynthesiser:
    """Speaks 60 ms of tone for each letter."""

    name = "tone"

    def speak(self, text: str, voice: str = "") -> Iterator[bytes]:
        for letter in text:
            yield tone(60, 300 + ord(letter))


def service(script: Any = None) -> Service:
    """Return what a server serves: a script, or without one an echo."""
    read = script_from(script or {})

    def engine() -> Engine:
        return ScriptEngine(read) if read.turns else EchoEngine()

    return Service(
        engine, LoudDetector, ToneSynthesiser, "test-model", read.faults, session_s=read.session_s
    )


@contextlib.contextmanager
def endpoint(script: Any = None, served: Service | None = None) -> Iterator[str]:
    """Run the endpoint on this machine on a thread of its own; gives its URL."""
    loop = asyncio.new_event_loop()
    ready: list[str] = []
    up, down = threading.Event(), asyncio.Event()

    async def run() -> None:
        async with listening(served or service(script)) as url:
            ready.append(url)
            up.set()
            await down.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    assert up.wait(10), "the endpoint did not come up"
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(down.set)
        thread.join(10)
        loop.close()


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment without anybody's settings or keys."""
    ours = ("WS_URL", "MODEL", "OPENAI_API_KEY")
    kept = {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("S2S_")}
    return {**kept, "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), **more}


def s2s(
    *arguments: str | Path,
    cwd: Path,
    stdin: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run the program as a person does, in a folder without settings."""
    return subprocess.run(
        [sys.executable, "-m", "s2s", *map(str, arguments)],
        cwd=cwd,
        env=clean_environment(cwd, **(environment or {})),
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        timeout=60,
        check=False,
    )


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
