"""How soon the offline engine answers: from the end of speech to the first audio of the reply.

    python benchmarks/answering.py [--turns 30]

Speaks questions (flite) to `s2s serve --engine offline` in real time, in chunks of 20 ms, with the
server's own turn detection at the API's default of 500 ms of silence. Prints the distribution of
the time from the last sound of the question to the first audio delta, and how many questions were
understood word for word.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from s2s import pcm
from s2s.audio.files.recording import open_recording

CHUNK_MS = 20
QUESTIONS = [
    "what time is it",
    "what is seven times eight",
    "tell me a joke",
    "flip a coin",
    "what can you do",
    "spell elephant",
    "what day is it",
    "count to ten",
    "roll two dice",
    "how are you today",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--turns", type=int, default=30)
    turns = parser.parse_args().turns
    server = subprocess.Popen(
        [sys.executable, "-m", "s2s", "serve", "--engine", "offline", "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdin and server.stdout
    url = server.stdout.readline().decode().strip()
    try:
        results = asyncio.run(talk(url, turns))
    finally:
        server.stdin.close()
        server.wait()
    waits = sorted(1000 * wait for wait, _ in results)
    understood = sum(right for _, right in results)
    print(f"{turns} turns, {understood} understood word for word")
    print(
        f"end of speech to first audio: median {statistics.median(waits):.0f} ms "
        f"({waits[0]:.0f} to {waits[-1]:.0f})"
    )


async def talk(url: str, turns: int) -> list[tuple[float, bool]]:
    results = []
    with tempfile.TemporaryDirectory() as folder:
        async with connect(url, compression=None) as socket:
            transcription = {"input": {"transcription": {"model": "any"}}}
            session = {"type": "realtime", "audio": transcription}
            await socket.send(json.dumps({"type": "session.update", "session": session}))
            for number in range(turns):
                voice = ("slt", "rms")[number % 2]
                question = QUESTIONS[number % len(QUESTIONS)]
                speech = spoken(question, voice, Path(folder) / "question.wav")
                results.append(await turn(socket, speech, question))
    return results


def spoken(text: str, voice: str, path: Path) -> bytes:
    """Return the question as PCM that ends with its last sound."""
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
    with open_recording(str(path)) as recording:
        samples = memoryview(b"".join(recording.chunks())).cast("h")
    loud = [index for index, sample in enumerate(samples) if abs(sample) > 600]
    return bytes(samples[: loud[-1] + 1])


async def turn(socket: ClientConnection, speech: bytes, question: str) -> tuple[float, bool]:
    """Hold one turn; return the seconds from the end of speech to the first audio."""
    size = pcm.size_of(CHUNK_MS)
    ended = 0.0

    async def speak() -> None:
        nonlocal ended
        due = time.perf_counter()
        quiet = pcm.silence(CHUNK_MS)
        for start in range(0, len(speech) + 200 * size, size):
            chunk = speech[start : start + size] or quiet
            due += CHUNK_MS / 1000
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            audio = base64.b64encode(chunk.ljust(size, b"\0")).decode()
            await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
            if start < len(speech) <= start + size:
                ended = due

    speaking = asyncio.create_task(speak())
    heard, wait = "", 0.0
    async for message in socket:
        event: dict[str, Any] = json.loads(message)
        if event["type"].endswith("input_audio_transcription.completed"):
            heard = event["transcript"]
        elif event["type"] == "response.output_audio.delta" and not wait:
            wait = time.perf_counter() - ended
        elif event["type"] == "response.done":
            break
    speaking.cancel()
    return wait, heard == question


if __name__ == "__main__":
    main()
