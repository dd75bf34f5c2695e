"""`s2s send-wav` for many recordings: what it costs, and whether every file is accounted for.

    python benchmarks/batch.py cost [--files 1000] [--jobs 64] [--runs 3]
    python benchmarks/batch.py loop
    python benchmarks/batch.py memory [--files 12000] [--runs 3]
    python benchmarks/batch.py list [--files 100000]
    python benchmarks/batch.py faults [--files 10000]

cost: recordings of 3 s against the scripted endpoint; processor time of the client, less that of a
run with two files (the start-up), beside a bare `websockets` client that opens one connection per
file, reads the WAVs, sends the same events and writes the replies.
loop: files per second beside a shell's loop that runs the program for each file.
memory: what a further path costs.
list: a list of so many paths, until the first recording is sent.
faults: 2 % resets, 2 % 429, 1 % failed responses, and the run is killed twice.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RATE = 24_000
REPLY = "turns:\n  - {match: '', tone: 440/3s, delta_ms: 200}\n"
FAULTY = """seed: %d
turns:
  - {share: 0.01, fail: {status: failed, code: server_error}}
  - {match: '', tone: 440/0.1s}
faults:
  - {at: connect, http: 429, share: 0.02, retry_after: 0.1}
  - {at: output_audio.done, do: reset, share: 0.02}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", choices=["cost", "loop", "memory", "list", "faults", "bare"])
    parser.add_argument("--files", type=int)
    parser.add_argument("--jobs", type=int, default=64)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.what == "bare":
        asyncio.run(bare(wanted.url, Path(wanted.folder), wanted.files, wanted.jobs))
        return
    with tempfile.TemporaryDirectory() as folder:
        measures = {"cost": cost, "loop": loop, "memory": memory, "list": long_list}
        {**measures, "faults": faults}[wanted.what](wanted, Path(folder))


# --- what it costs


def cost(wanted: argparse.Namespace, folder: Path) -> None:
    count = wanted.files or 1000
    recordings = make(folder / "in", count, 3.0)
    few = make(folder / "few", 2, 3.0)
    ratios = []
    with server(REPLY) as url:
        for number in range(wanted.runs):
            ours, rss, took = run_ours(url, recordings, folder / f"out{number}", wanted.jobs)
            ours_begins, _, _ = run_ours(url, few, folder / f"few{number}", wanted.jobs)
            theirs, _, bare_took = run_bare(url, recordings, folder, count, wanted.jobs)
            theirs_begins, _, _ = run_bare(url, few, folder, 2, wanted.jobs)
            each = 1000 * (ours - ours_begins) / (count - 2)
            bare_each = 1000 * (theirs - theirs_begins) / (count - 2)
            ratios.append(each / bare_each)
            print(
                f"{each:.2f} ms of processor time a file, bare client {bare_each:.2f} ms: "
                f"{ratios[-1]:.2f}x; {count / took:.0f} files/s (bare {count / bare_took:.0f}); "
                f"{rss:.0f} MB"
            )
    print(f"median {statistics.median(ratios):.2f}x (allowed: 1.5x)")


def run_ours(url: str, recordings: Path, out: Path, jobs: int) -> tuple[float, float, float]:
    """Return the processor time in s, the most memory in MB, and how long it took in s."""
    used = measured(
        *s2s("send-wav", f"{recordings}/", "-o", str(out), "-j", str(jobs), "-q", "--url", url)
    )
    sent = [path for path in out.rglob("*.wav") if path.stat().st_size > 144_000]
    assert len(sent) == len(list(recordings.iterdir())), f"{len(sent)} replies"
    return used


def run_bare(
    url: str, recordings: Path, folder: Path, count: int, jobs: int
) -> tuple[float, float, float]:
    shutil.rmtree(folder / "bare", ignore_errors=True)
    (folder / "bare").mkdir()
    (folder / "bare/in").symlink_to(recordings)
    (folder / "bare/out").mkdir()
    options = ("--url", url, "--folder", str(folder / "bare"))
    counts = ("--files", str(count), "--jobs", str(jobs))
    used = measured(sys.executable, __file__, "bare", *options, *counts)
    assert len(list((folder / "bare/out").iterdir())) == count
    return used


async def bare(url: str, folder: Path, count: int, jobs: int) -> None:
    """Send the same as `s2s send-wav` does, with nothing around it."""
    from websockets.asyncio.client import connect

    waiting = iter(sorted((folder / "in").iterdir())[:count])
    pcm_format = {"type": "audio/pcm", "rate": RATE}
    audio: dict[str, Any] = {
        "input": {"format": pcm_format, "turn_detection": None},
        "output": {"format": pcm_format, "voice": "marin"},
    }
    session = {"type": "realtime", "output_modalities": ["audio"], "audio": audio}
    transcription = {"input": {"transcription": {"model": "gpt-transcribe"}}}

    async def send(path: Path) -> None:
        async with connect(url, compression=None, max_size=None) as socket:
            reply, numbers = bytearray(), iter(range(10_000))

            async def say(kind: str, **fields: Any) -> None:
                event = {"type": kind, "event_id": f"bare_{next(numbers)}", **fields}
                await socket.send(json.dumps(event))

            async def until(*kinds: str) -> None:
                left = set(kinds)
                while left:
                    event = json.loads(await socket.recv())
                    left.discard(event["type"])
                    if event["type"] == "response.output_audio.delta":
                        reply.extend(base64.b64decode(event["delta"]))

            with wave.open(str(path)) as file:
                pcm = file.readframes(file.getnframes())
            await until("session.created")
            await say("session.update", session=session)
            await until("session.updated")
            only = {"type": "realtime", "audio": transcription}
            await say("session.update", session=only)
            await until("session.updated")
            for at in range(0, len(pcm), 2 * RATE):
                coded = base64.b64encode(pcm[at : at + 2 * RATE]).decode()
                await say("input_audio_buffer.append", audio=coded)
            await say("input_audio_buffer.commit")
            await until("input_audio_buffer.committed")
            await say("response.create")
            await until("response.done")
            with wave.open(str(folder / "out" / path.name), "wb") as file:
                file.setparams((1, 2, RATE, 0, "NONE", ""))
                file.writeframes(bytes(reply))

    async def job() -> None:
        for path in waiting:
            await send(path)

    await asyncio.gather(*(job() for _ in range(jobs)))


def loop(wanted: argparse.Namespace, folder: Path) -> None:
    recordings = make(folder / "in", wanted.files or 1000, 3.0)
    (folder / "answers").mkdir()
    paths = sorted(recordings.iterdir())
    with server(REPLY) as url:
        _, _, took = run_ours(url, recordings, folder / "out", wanted.jobs)
        begun = time.perf_counter()
        for path in paths[:20]:
            line = s2s("send-wav", str(path), "-o", str(folder / "answers" / path.name), "-q")
            subprocess.run([*line, "--url", url, "--json"], check=True, stdout=subprocess.DEVNULL)
        each = (time.perf_counter() - begun) / 20
    rate = len(paths) / took
    print(f"{rate:.0f} files/s, the loop {1 / each:.2f} files/s: {rate * each:.0f}x (at least 10x)")


def memory(wanted: argparse.Namespace, folder: Path) -> None:
    count = wanted.files or 12_000
    each = []
    sizes = (count // 3, count)  # what is allocated once has been by then
    few, many = (make(folder / f"in{files}", files, 0.2, linked=True) for files in sizes)
    with server("turns:\n  - {match: '', tone: 440/0.1s}\n") as url:
        for number in range(wanted.runs):
            used = []
            for recordings in (few, many):
                out = folder / f"out{number}{recordings.name}"
                line = s2s("send-wav", f"{recordings}/", "-o", str(out), "-j", str(wanted.jobs))
                used.append(measured(*line, "-q", "--url", url)[1])
                shutil.rmtree(out)
            each.append(2**20 * (used[1] - used[0]) / (sizes[1] - sizes[0]))
            print(
                f"{sizes[0]} files: {used[0]:.1f} MB, {sizes[1]} files: {used[1]:.1f} MB: "
                f"{each[-1]:.0f} bytes a further path"
            )
    print(f"median {statistics.median(each):.0f} bytes (allowed: 300)")


# --- a long list


def long_list(wanted: argparse.Namespace, folder: Path) -> None:
    count = wanted.files or 100_000
    recordings = make(folder / "in", 100, 3.0)
    names = [f"{recordings.name}/{path.name}" for path in sorted(recordings.iterdir())]
    names += [f"somewhere/else/{number:06}/recording-{number:06}.wav" for number in range(count)]
    (folder / "list.txt").write_text("\n".join(names[:count]) + "\n")
    times = sorted(asyncio.run(until_sent(folder)) for _ in range(wanted.runs))
    print(
        f"{count} paths: the first is sent after {times[0]:.2f} to {times[-1]:.2f} s (allowed: 2)"
    )


async def until_sent(folder: Path) -> float:
    """Return the seconds from the start of the program to the first sound."""
    from websockets.asyncio.server import ServerConnection, serve
    from websockets.exceptions import ConnectionClosed

    arrived = asyncio.Event()

    async def attend(socket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await socket.send('{"type":"session.created","session":{"id":"s","model":"m"}}')
            async for message in socket:
                if "append" in message[:60]:
                    arrived.set()
                elif "session.update" in message[:60]:
                    await socket.send('{"type":"session.updated","session":{}}')

    async with serve(attend, "127.0.0.1", 0, max_size=None) as listening:
        port = next(iter(listening.sockets)).getsockname()[1]
        begun = time.perf_counter()
        line = s2s("send-wav", "@list.txt", "-o", "out", "-q", "--url", f"ws://127.0.0.1:{port}")
        program = await asyncio.create_subprocess_exec(*line, cwd=folder)
        await arrived.wait()
        took = time.perf_counter() - begun
        program.kill()
        await program.wait()
        shutil.rmtree(folder / "out")
        return took


# --- faults


def faults(wanted: argparse.Namespace, folder: Path) -> None:
    count, chance = wanted.files or 10_000, random.Random(1)
    recordings = make(folder / "in", count, 0.2, linked=True)
    out = folder / "out"
    objects = []
    with server(FAULTY % 1) as url:
        line = s2s("send-wav", f"{recordings}/", "-o", str(out), "-j", "32", "-q", "--json")
        for killed in (True, True, False):
            goal = done(out) + round(count * chance.uniform(0.2, 0.3))
            with (folder / "said").open("wb") as said:
                program = subprocess.Popen([*line, "--url", url], stdout=said)
                while killed and program.poll() is None and done(out) < goal:
                    time.sleep(0.2)
                if killed:
                    program.kill()
                program.wait()
            for text in (folder / "said").read_text().splitlines():
                with contextlib.suppress(ValueError):  # torn by the kill
                    objects.append(json.loads(text))
            print(f"{'killed' if killed else 'ended'}: {done(out)} of {count} replies")
    check(out, recordings, objects[-1], count)


def done(out: Path) -> int:
    return sum(1 for path in out.glob("*.wav")) if out.is_dir() else 0


def check(out: Path, recordings: Path, summary: dict[str, Any], count: int) -> None:
    """Every file is done or has failed, once, as the manifest, the folder and the list say."""
    lines = (out / "s2s-manifest.jsonl").read_bytes().splitlines()
    written: Counter[str] = Counter()
    for line in lines:
        with contextlib.suppress(ValueError):
            told = json.loads(line)
            if told.get("state") == "done":
                written[told["output"]] += 1
    replies = {path.name for path in out.glob("*.wav")}
    listed = out / "s2s-failed.txt"
    failed = {Path(each.split("\t")[0]).name for each in listed.read_text().splitlines()} if (
        listed.exists()
    ) else set()  # fmt: skip
    names = {path.name for path in recordings.iterdir()}
    twice = sum(each - 1 for each in written.values())
    print(
        f"{len(written)} done, {len(failed)} failed, {twice} sent twice (at most 64 in flight); "
        f"the last run: {summary['skipped']} done before, {summary['done']} sent"
    )
    assert summary["total"] == count == summary["done"] + summary["skipped"] + summary["failed"]
    assert set(written) | failed == names
    assert not set(written) & failed
    assert set(written) == {each for each in replies if ".partial" not in each}
    assert twice <= 64
    print("every file is accounted for exactly once")


# --- around it


def s2s(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "s2s", *arguments]


def measured(*line: str) -> tuple[float, float, float]:
    """Run a program; return its processor time in s, most memory in MB, and how long it took."""
    begun = time.perf_counter()
    program = subprocess.Popen(line)
    _, status, used = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    assert program.returncode == 0, f"ended with {program.returncode}"
    took = time.perf_counter() - begun
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, took


def make(folder: Path, count: int, seconds: float, *, linked: bool = False) -> Path:
    """Make recordings of noise; `linked`: one by many names."""
    import numpy as np

    folder.mkdir()
    noise = np.random.default_rng(1)
    first = folder / "q000000.wav"
    for number in range(count):
        path = folder / f"q{number:06}.wav"
        if linked and number:
            path.hardlink_to(first)
            continue
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(noise.normal(0, 3000, int(RATE * seconds)).astype("<i2").tobytes())
    return folder


@contextlib.contextmanager
def server(script: str) -> Iterator[str]:
    """Run `s2s serve` with a script; gives its URL."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(script)
        file.flush()
        line = s2s("serve", "--script", file.name, "--until-stdin-closes", "--max-sessions", "500")
        serving = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert serving.stdin and serving.stdout
        try:
            yield serving.stdout.readline().decode().strip()
        finally:
            serving.stdin.close()
            serving.wait()


if __name__ == "__main__":
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 65_536), limit))
    main()
