"""What the talking benchmark stands on: an endpoint with a stopwatch, and ears on the speaker."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from s2s import pcm

Json = dict[str, Any]
Samples = NDArray[np.int16]
ROOT = Path(__file__).resolve().parents[2]
READ_MS = 5  # of the monitor at a time
SAMPLES_PER_MS = pcm.RATE // 1000


class Endpoint:
    """Says what the benchmark wants it to, and notes when each message went out and came in."""

    def __init__(self) -> None:
        self.url = ""
        self.appended: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self.received: queue.SimpleQueue[tuple[float, Json]] = queue.SimpleQueue()
        self.ready = threading.Event()  # somebody is connected and configured
        self._socket: ServerConnection | None = None
        self._loop = asyncio.new_event_loop()
        up = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(up,), daemon=True)
        self._thread.start()
        up.wait(10)

    def send(self, *events: Json) -> list[float]:
        """Send events in a row; return when each was handed to the network."""
        return asyncio.run_coroutine_threadsafe(self._send(events), self._loop).result(10)

    def next(self, kind: str, timeout_s: float = 5.0) -> tuple[float, Json]:
        """Return the next message of a kind, passing over others."""
        deadline = time.monotonic() + timeout_s
        while True:
            at, event = self.received.get(timeout=max(0.01, deadline - time.monotonic()))
            if event["type"] == kind:
                return at, event

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    async def _send(self, events: tuple[Json, ...]) -> list[float]:
        assert self._socket
        times = []
        for event in events:
            text = json.dumps(event)
            times.append(time.monotonic())
            await self._socket.send(text)
        return times

    def _run(self, up: threading.Event) -> None:
        self._loop.run_until_complete(self._serve(up))

    async def _serve(self, up: threading.Event) -> None:
        self._stop = asyncio.Event()
        async with serve(self._attend, "127.0.0.1", 0, compression=None, max_size=None) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            self.url = f"ws://127.0.0.1:{port}/v1/realtime"
            up.set()
            await self._stop.wait()

    async def _attend(self, socket: ServerConnection) -> None:
        self._socket = socket
        await socket.send(json.dumps({"type": "session.created", "session": {"id": "s"}}))
        with contextlib.suppress(ConnectionClosed):
            async for message in socket:
                at = time.monotonic()
                event = json.loads(message)
                if event["type"] == "input_audio_buffer.append":
                    self.appended.put((at, base64.b64decode(event["audio"])))
                    continue
                if event["type"] == "session.update":
                    await socket.send(json.dumps({"type": "session.updated"}))
                    self.ready.set()
                self.received.put((at, event))
        self.ready.clear()


class Monitor:
    """Hears what the speaker plays; every sample has the time at which it could be read."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [
                *("parec", "-d", "s2s_speaker.monitor", "--format=s16le"),
                *(f"--rate={pcm.RATE}", "--channels=1", f"--latency-msec={READ_MS}"),
            ],
            stdout=subprocess.PIPE,
        )
        self._lock = threading.Lock()
        self._pieces: list[bytes] = []
        self._size = 0
        self._times: list[tuple[int, float]] = []  # samples so far, when they had come
        threading.Thread(target=self._read, daemon=True).start()
        while not self._times:
            time.sleep(0.01)

    def _read(self) -> None:
        assert self._process.stdout
        fd = self._process.stdout.fileno()
        while piece := os.read(fd, pcm.size_of(READ_MS)):
            at = time.monotonic()
            with self._lock:
                self._pieces.append(piece)
                self._size += len(piece)
                self._times.append((self._size // 2, at))

    @property
    def position(self) -> int:
        """How many samples were heard."""
        with self._lock:
            return self._size // 2

    def since(self, position: int) -> Samples:
        """Return what was heard from `position` on."""
        with self._lock:
            heard = b"".join(self._pieces)[: self._size & ~1]
        return np.frombuffer(heard, "<i2")[position:]

    def time_of(self, position: int) -> float:
        """Return when the sample at `position` sounded."""
        with self._lock:
            later = [(end, at) for end, at in reversed(self._times) if end > position]
        end, at = later[-1]
        return at - (end - position) / pcm.RATE

    def forget(self) -> None:
        """Drop what was heard, but go on counting from 0."""
        with self._lock:
            self._pieces, self._size, self._times = [], 0, []

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


@contextlib.contextmanager
def sound_card(folder: Path) -> Iterator[None]:
    """Run a virtual sound card for as long as the block lasts."""
    os.environ["VA_DIR"] = str(folder)
    script = ROOT / "scripts" / "virtual-audio.sh"
    told = subprocess.run(["bash", script, "start"], stdout=subprocess.PIPE, text=True, check=True)
    for line in told.stdout.splitlines():
        for setting in line.removeprefix("export ").split():
            name, _, value = setting.partition("=")
            os.environ[name] = value.strip("'")
    try:
        yield
    finally:
        subprocess.run(["bash", script, "stop"], check=True)


OPTIONS: list[str] = []  # of the program, in every run


class Talk:
    """The program itself, talking to `url`; `spawned` is when it was started.

    With `--events -` each line can be read from `process.stdout`.
    """

    def __init__(self, url: str, *options: str, **environment: str) -> None:
        self.spawned = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "s2s", "talk", "--url", url, "--plain", *OPTIONS, *options],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if "-" in options else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


class PipeMicrophone:
    """A microphone whose every sample is known: sample n is n times 7919, as 16 bits.

    7919 is odd, so any two samples within 65536 (2.7 s) differ.
    """

    STEP = 7919
    BLOCK = pcm.RATE * READ_MS // 1000

    def __init__(self, folder: Path) -> None:
        fifo = folder / "mic.fifo"
        arguments = f"source_name=s2s_pipe file={fifo} format=s16le rate={pcm.RATE} channels=1"
        self._module = subprocess.run(
            ["pactl", "load-module", "module-pipe-source", *arguments.split()],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout.strip()
        self._fd = os.open(fifo, os.O_WRONLY)
        self._going = True
        self._written: list[float] = []  # when each block was written
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def _write(self) -> None:
        due = time.monotonic()
        number = 0
        while self._going:
            first = number * self.BLOCK
            block = (np.arange(first, first + self.BLOCK, dtype=np.int64) * self.STEP).astype("<i2")
            due += READ_MS / 1000
            time.sleep(max(0.0, due - time.monotonic()))
            self._written.append(time.monotonic())
            os.write(self._fd, block.tobytes())
            number += 1

    def index_of(self, sample: int, before: float) -> int:
        """Return which sample this is: the newest of its value that was written before a time."""
        inverse = pow(self.STEP, -1, 1 << 16)
        low = int(sample) * inverse % (1 << 16)
        newest = len(self._written) * self.BLOCK
        index = newest - (newest - low) % (1 << 16)
        while index >= newest or self.time_of(index) > before:
            index -= 1 << 16
        return index

    def time_of(self, index: int) -> float:
        """Return when a sample would have come from a real microphone: its block was due then."""
        block, offset = divmod(index, self.BLOCK)
        return self._written[block] - (self.BLOCK - offset) / pcm.RATE

    def close(self) -> None:
        self._going = False
        self._thread.join(1)
        os.close(self._fd)
        subprocess.run(["pactl", "unload-module", self._module], check=True)
