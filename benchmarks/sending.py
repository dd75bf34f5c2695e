"""How fast `s2s send-wav` sends: read, resample, encode and send, to an endpoint that only counts.

    python benchmarks/sending.py [--minutes 180] [--runs 3]

Prints, for each kind of recording, how many times real time the upload took (as `--json` reports
it) and by how much the program's resident memory grew from the first second of the upload to its
end. The endpoint is a process of its own; it answers what a manual turn needs and does not decode
the audio.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

FORMATS = {"24 kHz mono": (24_000, 1), "44.1 kHz stereo": (44_100, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=180)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.serve:
        asyncio.run(serve())
        return
    counter = subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert counter.stdin and counter.stdout
    url = counter.stdout.readline().decode().strip()
    print(f"{wanted.minutes:g} minutes of audio, {wanted.runs} runs")
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name, (rate, channels) in FORMATS.items():
                path = Path(folder) / "in.wav"
                make_recording(path, rate, channels, wanted.minutes * 60)
                runs = [send(path, url) for _ in range(wanted.runs)]
                speeds = sorted(speed for speed, _ in runs)
                growth = max(grown for _, grown in runs)
                print(
                    f"{name:16} median {statistics.median(speeds):6.0f} x real time "
                    f"({speeds[0]:.0f} to {speeds[-1]:.0f}), memory +{growth:.1f} MB"
                )
    finally:
        counter.stdin.close()
        counter.wait()


def make_recording(path: Path, rate: int, channels: int, seconds: float) -> None:
    """Write noise, second by second, as 16-bit WAV."""
    import numpy as np
    import soundfile

    noise = np.random.default_rng(1).normal(0, 3000, (rate, channels)).astype("<i2")
    with soundfile.SoundFile(path, "w", rate, channels, "PCM_16") as file:
        for _ in range(int(seconds)):
            file.write(noise)


def send(path: Path, url: str) -> tuple[float, float]:
    """Return the speed in times real time, and the growth of resident memory in MB."""
    program = subprocess.Popen(
        [sys.executable, "-m", "s2s", "send-wav", str(path), "--url", url, "--text-only", "--json"],
        stdout=subprocess.PIPE,
    )
    sizes: list[float] = []
    watcher = threading.Thread(target=watch, args=(program, sizes), daemon=True)
    watcher.start()
    out, _ = program.communicate()
    watcher.join()
    told = json.loads(out)
    assert told["exit_status"] == 0, told["error"]
    return told["input"]["seconds_sent"] / told["timings"]["upload"], max(sizes) - sizes[0]


def watch(program: subprocess.Popen[bytes], sizes: list[float]) -> None:
    """Note the resident memory (Linux), from one second after the start on."""
    status = Path(f"/proc/{program.pid}/statm")
    time.sleep(1)
    while program.poll() is None:
        try:
            sizes.append(int(status.read_text().split()[1]) * 4096 / 1e6)
        except (OSError, IndexError):
            break
        time.sleep(0.05)
    sizes.append(sizes[-1] if sizes else 0.0)


async def serve() -> None:
    """Answer what a manual turn needs; count and forget the audio."""
    from websockets.asyncio.server import ServerConnection
    from websockets.asyncio.server import serve as listen

    async def attend(socket: ServerConnection) -> None:
        async def say(kind: str, **fields: object) -> None:
            await socket.send(json.dumps({"type": kind, "event_id": "e", **fields}))

        await say("session.created", session={"id": "s", "model": "counter"})
        async for message in socket:
            assert isinstance(message, str)
            if message.startswith('{"type":"input_audio_buffer.append"'):
                continue
            kind = json.loads(message)["type"]
            if kind == "session.update":
                await say("session.updated", session={})
            elif kind == "input_audio_buffer.commit":
                name = "conversation.item.input_audio_transcription"
                await say("input_audio_buffer.committed", item_id="i")
                await say(f"{name}.completed", item_id="i", transcript="")
            elif kind == "response.create":  # an empty reply would be a failure
                await say("response.output_text.delta", response_id="r", item_id="o", delta="Yes.")
                await say("response.done", response={"id": "r", "status": "completed"})

    async with listen(attend, "127.0.0.1", 0, compression=None, max_size=None) as server:
        print(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    main()
