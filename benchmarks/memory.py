"""Is the memory of a session flat? `s2s serve --engine echo` is given an hour of audio.

    python benchmarks/memory.py [--minutes 60]

One session hears speech (6 s of each 15 s) and silence, much faster than real time, and gives each
turn back; first with server VAD (energy), then with manual commits. Prints the server's resident
memory (Linux) after 1, 10, 30 and 60 minutes of audio. The newest 5 minutes of the user's audio are
kept on purpose, so memory grows until then.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from s2s import pcm

SHOWN = (1, 10, 30, 60)
TURN_S, SPEECH_S, CHUNK_MS = 15, 6, 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=int, default=60)
    minutes = parser.parse_args().minutes
    for manual in (False, True):
        argv = [sys.executable, "-m", "s2s", "serve", "--engine", "echo", "--vad", "energy"]
        server = subprocess.Popen(
            [*argv, "--until-stdin-closes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert server.stdin and server.stdout
        url = server.stdout.readline().decode().strip()
        begun = time.perf_counter()
        try:
            sizes = asyncio.run(talk(url, server.pid, minutes, manual))
        finally:
            server.stdin.close()
            server.wait()
        pace = 60 * minutes / (time.perf_counter() - begun)
        shown = [f"{at} min {sizes[at]:.1f} MB" for at in SHOWN if at in sizes]
        print(f"{'manual commits' if manual else 'server VAD'} ({pace:.0f} x real time):", end=" ")
        print(", ".join(shown))
        if {10, minutes} <= set(sizes):
            grown = sizes[minutes] - sizes[10]
            print(f"  minute 10 to {minutes}: {grown:+.1f} MB; most: {max(sizes.values()):.1f} MB")


async def talk(url: str, pid: int, minutes: int, manual: bool) -> dict[int, float]:
    """Hold the turns of `minutes`; return the server's memory in MB at each full minute."""
    sizes = {}
    chunks = [append(tone(CHUNK_MS))] * (1000 * SPEECH_S // CHUNK_MS)
    quiet = [append(bytes(pcm.size_of(CHUNK_MS)))] * (1000 * (TURN_S - SPEECH_S) // CHUNK_MS)
    async with connect(url, compression=None, max_size=None) as socket:
        if manual:
            turn_detection: dict[str, Any] = {"audio": {"input": {"turn_detection": None}}}
            update = {"type": "session.update", "session": {"type": "realtime", **turn_detection}}
            await socket.send(json.dumps(update))
        for minute in range(1, minutes + 1):
            for _ in range(60 // TURN_S):
                sending = asyncio.create_task(send(socket, chunks + quiet, manual))
                assert await heard(socket) > SPEECH_S, "the echo is short"
                await sending
            sizes[minute] = resident_mb(pid)
    return sizes


async def send(socket: ClientConnection, messages: list[str], manual: bool) -> None:
    for each in messages:
        await socket.send(each)
    if manual:
        await socket.send(json.dumps({"type": "input_audio_buffer.commit"}))
        await socket.send(json.dumps({"type": "response.create"}))


async def heard(socket: ClientConnection) -> float:
    """Await the reply; return the seconds of audio in it."""
    size = 0
    async for message in socket:
        event: dict[str, Any] = json.loads(message)
        assert event["type"] != "error", event
        if event["type"] == "response.output_audio.delta":
            size += len(base64.b64decode(event["delta"]))
        elif event["type"] == "response.done":
            break
    return pcm.seconds(size)


def tone(ms: int) -> bytes:
    """Return a tone of whole waves, so that pieces of it join."""
    wave = [8000, 8000, 0, 0, -8000, -8000, 0, 0] * 3
    samples = (wave * (pcm.size_of(ms) // 2 // len(wave) + 1))[: pcm.size_of(ms) // 2]
    return b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples)


def append(audio: bytes) -> str:
    coded = base64.b64encode(audio).decode()
    return json.dumps({"type": "input_audio_buffer.append", "audio": coded})


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


if __name__ == "__main__":
    main()
