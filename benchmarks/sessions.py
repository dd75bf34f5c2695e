"""Many sessions at once on `s2s serve`: is every reply on time, and what does it cost?

    python benchmarks/sessions.py [--sessions 20] [--turns 3] [--vad energy] [--vad silero] [--room]
    python benchmarks/sessions.py --detectors

Every session streams speech (flite if it is there, else a tone) and silence in real time, in
chunks of 20 ms, with server VAD on. Engine `echo` answers in a burst: shown is how soon. Engine
`script` answers with 4 s of tone in deltas of 100 ms at the pace of real time: shown is how far
each delta is from its ideal time (the first one's plus n times 100 ms), beside the load
generator's own jitter: its send ticks, and a bare timer of 100 ms per session without any network.

`--detectors` shows what a detector costs, and how much of it the energy gate saves.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from processor import cpu_seconds
from websockets.asyncio.client import ClientConnection, connect

from s2s import pcm
from s2s.errors import UsageError
from s2s.local.synthesis import find_synthesiser
from s2s.local.vad import EnergyDetector, SileroDetector

CHUNK_MS, DELTA_MS, ALLOWED_MS = 20, 100, 50
SILENCE_MS = 500  # that ends a turn: the API's default
SCRIPT = """turns:
  - {match: "", tone: 440/4s, pace: realtime, delta_ms: 100}
"""


@dataclass
class Times:
    """What was measured, in ms, over all sessions."""

    ticks: list[float] = field(default_factory=list)  # how late a chunk was sent
    timer: list[float] = field(default_factory=list)  # how late a bare timer woke
    deltas: list[float] = field(default_factory=list)  # how far a delta was from its time
    answers: list[float] = field(default_factory=list)  # end of the pause to the first delta
    heard_s: list[float] = field(default_factory=list)  # audio of each reply
    cpu: float = 0.0  # of one core, used by the server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--vad", action="append", choices=["energy", "silero"])
    parser.add_argument("--room", action="store_true", help="noise in the pauses, at -55 dBFS")
    parser.add_argument("--detectors", action="store_true")
    wanted = parser.parse_args()
    speech = spoken()
    if wanted.detectors:
        show_detectors(speech)
        return
    room = np.random.default_rng(1).normal(0, 60 if wanted.room else 0, pcm.RATE * CHUNK_MS // 1000)
    quiet = room.astype("<i2").tobytes()
    for vad in wanted.vad or ["energy", "silero"]:
        for engine in ("echo", "script"):
            with server(engine, vad) as (url, process):
                times = asyncio.run(
                    load(url, process.pid, wanted.sessions, wanted.turns, (speech, quiet))
                )
            print(f"{wanted.sessions} sessions, {wanted.turns} turns each, {engine}, {vad}")
            show(times, engine, wanted.sessions * wanted.turns)


def spoken() -> bytes:
    """Return some two seconds of speech, whole chunks, without silence around them."""
    try:
        voice = find_synthesiser(["flite"])
    except UsageError:
        wave = 6000 * np.sin(2 * np.pi * 300 * np.arange(2 * pcm.RATE) / pcm.RATE)
        return wave.astype("<i2").tobytes()
    samples = np.frombuffer(b"".join(voice.speak("the birch canoe slid on the planks")), "<i2")
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 300)
    audio = samples[loud[0] : loud[-1] + 1].tobytes()
    return audio + bytes(-len(audio) % pcm.size_of(CHUNK_MS))


@contextlib.contextmanager
def server(engine: str, vad: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with tempfile.TemporaryDirectory() as folder:
        argv = [sys.executable, "-m", "s2s", "serve", "--until-stdin-closes", "--vad", vad]
        if engine == "script":
            path = Path(folder) / "replies.yaml"
            path.write_text(SCRIPT)
            argv += ["--script", str(path)]
        process = subprocess.Popen(
            [*argv, "--engine", engine], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdin and process.stdout
        try:
            yield process.stdout.readline().decode().strip(), process
        finally:
            process.stdin.close()
            process.wait()


async def load(url: str, pid: int, sessions: int, turns: int, sound: tuple[bytes, bytes]) -> Times:
    times, chance = Times(), random.Random(1)
    timers = [asyncio.create_task(bare_timer(times)) for _ in range(sessions)]
    starts = [chance.uniform(0, 2) for _ in range(sessions)]
    cpu, begun = cpu_seconds(pid), time.perf_counter()
    await asyncio.gather(*(session(url, times, start, turns, sound) for start in starts))
    times.cpu = (cpu_seconds(pid) - cpu) / (time.perf_counter() - begun)
    for timer in timers:
        timer.cancel()
    return times


async def bare_timer(times: Times) -> None:
    due = time.perf_counter() + random.random() / 10
    while True:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        times.timer.append(1000 * (time.perf_counter() - due))
        due += DELTA_MS / 1000


async def session(
    url: str, times: Times, start_s: float, turns: int, sound: tuple[bytes, bytes]
) -> None:
    await asyncio.sleep(start_s)
    async with connect(url, compression=None, max_size=None) as socket:
        client = Client(socket, times, *sound)
        speaking = asyncio.create_task(client.speak())
        for _ in range(turns):
            client.position = 0
            await client.listen()
        speaking.cancel()


class Client:
    """One user: never stops sending, and says the same again for each turn."""

    def __init__(self, socket: ClientConnection, times: Times, speech: bytes, quiet: bytes) -> None:
        self._socket, self._times = socket, times
        size = pcm.size_of(CHUNK_MS)
        self._chunks = [message(speech[at : at + size]) for at in range(0, len(speech), size)]
        self._quiet = message(quiet)
        self.position = len(self._chunks)
        self._ended = 0.0

    async def speak(self) -> None:
        due = time.perf_counter()
        while True:
            due += CHUNK_MS / 1000
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            self._times.ticks.append(1000 * (time.perf_counter() - due))
            talking = self.position < len(self._chunks)
            await self._socket.send(self._chunks[self.position] if talking else self._quiet)
            if talking:
                self._ended = due
            self.position += 1

    async def listen(self) -> None:
        first, count, size = 0.0, 0, 0
        async for received in self._socket:
            now = time.perf_counter()
            event: dict[str, Any] = json.loads(received)
            if event["type"] == "response.output_audio.delta":
                first = first or now
                self._times.deltas.append(1000 * (now - first) - DELTA_MS * count)
                count, size = count + 1, size + len(base64.b64decode(event["delta"]))
            elif event["type"] == "response.done":
                self._times.heard_s.append(pcm.seconds(size))
                self._times.answers.append(1000 * (first - self._ended) - SILENCE_MS)
                return


def message(audio: bytes) -> str:
    coded = base64.b64encode(audio).decode()
    return json.dumps({"type": "input_audio_buffer.append", "audio": coded})


def show(times: Times, engine: str, turns: int) -> None:
    heard = statistics.median(times.heard_s)
    print(f"  replies {len(times.heard_s)} of {turns}, median {heard:.1f} s of audio")
    print(f"  server: {100 * times.cpu:.0f} % of one core")
    line("  end of the turn's pause to first audio", times.answers)
    line("  load generator: chunks sent late by", times.ticks)
    line("  load generator: bare timer late by", times.timer)
    if engine == "script":
        off = [abs(each) for each in times.deltas]
        line("  deltas off their time by", off)
        beyond = max(off) - max(times.timer)
        median, p95 = (quantile(off, each) - quantile(times.timer, each) for each in (0.5, 0.95))
        print(
            f"  beyond the bare timer: median {median:.1f}, p95 {p95:.1f}, max {beyond:.1f} ms: "
            f"{'pass' if beyond <= ALLOWED_MS else 'FAIL'} (allowed: {ALLOWED_MS} ms)"
        )


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def line(name: str, values: list[float]) -> None:
    told = [quantile(values, share) for share in (0.5, 0.95, 1)]
    print(f"{name:42} median {told[0]:.1f}, p95 {told[1]:.1f}, max {told[2]:.1f} ms")


def show_detectors(speech: bytes) -> None:
    """Show the cost per second of audio, and which share of it comes to the network."""
    noise = np.random.default_rng(1).normal(0, 20, 60 * pcm.RATE).astype("<i2").tobytes()
    room = np.random.default_rng(1).normal(0, 60, 60 * pcm.RATE).astype("<i2").tobytes()
    talk = (speech + pcm.silence(2000)) * 15
    kinds = {"digital silence": pcm.silence(60_000), "microphone noise, -64 dBFS": noise}
    kinds |= {"room noise, -55 dBFS": room, "speech, pauses of 2 s": talk}
    for name, audio in kinds.items():
        energy, silero = EnergyDetector(), SileroDetector()
        network: Any = silero._network
        counter = Counter(network)
        vars(silero)["_network"] = counter
        costs = [
            statistics.median(cost(each, audio) for _ in range(3)) for each in (energy, silero)
        ]
        share = counter.reached / 3 / (len(audio) // pcm.size_of(silero.chunk_ms))
        print(
            f"{name:28} energy {costs[0]:5.2f} ms/s, silero {costs[1]:5.2f} ms/s, "
            f"{100 * share:.0f} % of its chunks reach the network"
        )


class Counter:
    """The network, and how often it was asked."""

    def __init__(self, network: Any) -> None:
        self._network, self.reached = network, 0

    def process_chunk(self, window: bytes) -> float:
        self.reached += 1
        return float(self._network.process_chunk(window))


def cost(detector: EnergyDetector | SileroDetector, audio: bytes) -> float:
    """Return the milliseconds of processor time that a second of audio takes."""
    size = pcm.size_of(detector.chunk_ms)
    begun = time.process_time()
    for at in range(0, len(audio) - size + 1, size):
        detector.is_speech(audio[at : at + size])
    return 1000 * (time.process_time() - begun) / pcm.seconds(len(audio))


if __name__ == "__main__":
    main()
