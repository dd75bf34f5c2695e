"""How quick `s2s talk` is, on a virtual sound card (PulseAudio) against a scripted endpoint.

    python benchmarks/talking.py [--trials 50] [--minutes 10] [--only NAME …]
    python benchmarks/talking.py --options "--echo off --barge-in instant"

One table: median and 95th percentile. The program runs as a person runs it; what its speaker plays
is recorded from the monitor, and the endpoint notes when each message comes and goes. `bare` is a
PyAudio callback with the same block size and nothing else, on the same card in the same run.

    reply    first audio delta sent -> first sample at the speaker (bare: key -> first sample)
    rest     the same after 5 s of silence, when the speaker's stream has been closed
    silence  speech_started sent -> the last sample at the speaker, and is there a click
    truncate what the endpoint was told that was heard, against the speaker's recording
    capture  sound at the microphone -> on the wire, for every 2 ms of a chunk, while somebody
             speaks and when nobody has for 5 s
    start    start of the command -> first sample captured
    long     a reply of 60 s that is delivered at once, and --minutes of capture: samples lost
    cpu      a minute of listening in a terminal, after 5 s in which nobody spoke, by turns with a
             minute of a program that sends what the microphone gives and does nothing else
    hour     memory over --hour-minutes of talking in a terminal; only when it is asked for
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import os
import pty
import random
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from processor import cpu_seconds

sys.path.insert(0, str(Path(__file__).parent / "talk"))
from rig import OPTIONS, ROOT, Endpoint, Monitor, PipeMicrophone, Talk, sound_card
from signal_in import RATE, clicks, end, onset, tone

from s2s.conversation.idle import REST_MS

DELTA_MS = 100
Json = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--short", action="store_true", help="without the minutes of capture")
    parser.add_argument("--minutes-of-listening", type=int, default=5)
    parser.add_argument("--hour-minutes", type=float, default=60)
    quick = [name for name in PARTS if name != "hour"]
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=quick)
    parser.add_argument("--options", default="", help="of the program: '--echo off …'")
    wanted = parser.parse_args()
    OPTIONS.extend(shlex.split(wanted.options))
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="s2s-") as folder, sound_card(Path(folder)):
        for name in wanted.only:
            PARTS[name](wanted, Path(folder))


# --- the speaker


def speaking(wanted: argparse.Namespace, folder: Path) -> None:
    chance = random.Random(1)
    monitor = Monitor()
    player = started_bare()
    bare = [bare_onset(monitor, player, chance) for _ in trials(wanted)]
    player.communicate()
    endpoint = Endpoint()
    talk = Talk(endpoint.url)
    endpoint.ready.wait(10)
    time.sleep(1)
    begun, silent, errors, clicked = [], [], [], 0
    for number in trials(wanted):
        monitor.forget()
        (sent, *_) = endpoint.send(*reply(number, tone(6000)))
        begun.append(1000 * (wait_for_onset(monitor) - sent))
        time.sleep(chance.uniform(0.3, 1.2))
        item = f"user_{number}"
        (spoke,) = endpoint.send(
            {"type": "input_audio_buffer.speech_started", "item_id": item, "audio_start_ms": 0}
        )
        _, cut = endpoint.next("conversation.item.truncate")
        time.sleep(0.3)
        heard = monitor.since(0)
        first, last = onset(heard), end(heard)
        assert first is not None
        silent.append(1000 * (monitor.time_of(last - 1) - spoke))
        errors.append(abs(cut["audio_end_ms"] - 1000 * (last - first) / RATE))
        clicked += clicks(heard)
        endpoint.send(
            {"type": "input_audio_buffer.speech_stopped", "item_id": item, "audio_end_ms": 1}
        )
    talk.close()
    endpoint.close()
    monitor.close()
    row("a bare PyAudio callback: told to play -> first sample", bare)
    row("first delta sent -> first sample at the speaker", begun)
    beyond = quantile(begun, 0.95) - quantile(bare, 0.95)
    print(f"{'    p95 beyond that of the bare callback (allowed: 20 ms)':66} {beyond:8.1f} ms")
    row("speech_started sent -> silence at the speaker (allowed: p95 60 ms)", silent)
    print(f"{'    clicks':66} {clicked:5d} of {len(silent)}")
    row("truncation against the recording, error (allowed: p95 10 ms)", errors)


def waking(wanted: argparse.Namespace, folder: Path) -> None:
    """Let the speaker rest before every reply: at its worst nothing announces the first delta."""
    monitor, endpoint = Monitor(), Endpoint()
    talk = Talk(endpoint.url)
    endpoint.ready.wait(10)
    begun: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * min(wanted.trials, 10)):
        announced = number % 2 == 0
        time.sleep(REST_MS / 1000 + 1)
        assert not playing_streams(), "the speaker does not rest"
        if announced:
            item = {"item_id": f"user_{number}"}
            endpoint.send(
                {"type": "input_audio_buffer.speech_started", **item, "audio_start_ms": 0},
                {"type": "input_audio_buffer.committed", **item},
            )
            time.sleep(0.3)
        monitor.forget()
        (sent, *_) = endpoint.send(*reply(number, tone(500)))
        begun[announced].append(1000 * (wait_for_onset(monitor) - sent))
        time.sleep(1)
    talk.close()
    endpoint.close()
    monitor.close()
    row("the same, the speaker rested and woke when the user spoke", begun[True])
    row("the same, the speaker rested and woke at the delta itself", begun[False])


def playing_streams() -> list[str]:
    command = ["pactl", "list", "short", "sink-inputs"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def started_bare() -> subprocess.Popen[str]:
    player = subprocess.Popen(
        [sys.executable, ROOT / "benchmarks" / "talk" / "bare_callback.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert player.stdout
    player.stdout.readline()
    time.sleep(0.5)
    return player


def bare_onset(monitor: Monitor, player: subprocess.Popen[str], chance: random.Random) -> float:
    assert player.stdin
    monitor.forget()
    time.sleep(chance.uniform(0.6, 0.7))
    monitor.forget()
    told = time.monotonic()
    player.stdin.write("\n")
    player.stdin.flush()
    return 1000 * (wait_for_onset(monitor) - told)


def wait_for_onset(monitor: Monitor) -> float:
    """Return when the first loud sample sounded, once it has."""
    deadline = time.monotonic() + 5
    while (first := onset(monitor.since(0))) is None:
        if time.monotonic() > deadline:
            raise SystemExit("nothing was heard for five seconds")
        time.sleep(0.01)
    return monitor.time_of(first)


def reply(number: int, audio: bytes) -> list[Json]:
    """Return a reply of one item, its audio first: that is what is timed."""
    named = {"response_id": f"resp_{number}", "item_id": f"item_{number}"}
    part = {**named, "output_index": 0, "content_index": 0}
    size = 2 * RATE * DELTA_MS // 1000
    pieces = [audio[at : at + size] for at in range(0, len(audio), size)]
    delta = "response.output_audio.delta"
    deltas = [{"type": delta, **part, "delta": base64.b64encode(p).decode()} for p in pieces]
    done = {"id": named["response_id"], "status": "completed", "output": []}
    return [
        *deltas,
        {"type": "response.output_audio.done", **part},
        {"type": "response.done", "response": done},
    ]


# --- the microphone


def capturing(wanted: argparse.Namespace, folder: Path) -> None:
    microphone = PipeMicrophone(folder)
    endpoint = Endpoint()
    talk = Talk(endpoint.url, PULSE_SOURCE="s2s_pipe")
    endpoint.ready.wait(10)
    time.sleep(REST_MS / 1000 + 1)
    quiet = wire_delays(wanted, microphone, endpoint)
    endpoint.send(
        {"type": "input_audio_buffer.speech_started", "item_id": "user", "audio_start_ms": 0}
    )
    time.sleep(0.1)
    row(
        "sound at the microphone -> on the wire (allowed: p95 40 ms)",
        wire_delays(wanted, microphone, endpoint),
    )
    row("    after 5 s in which nobody spoke", quiet)
    lost, samples, begun = 0, 0, time.monotonic()
    previous: int | None = None
    while time.monotonic() - begun < 60 * wanted.minutes and not wanted.short:
        _, chunk = endpoint.appended.get(timeout=5)
        values = np.frombuffer(chunk, "<i2").astype(np.int64)
        if previous is not None:
            steps = np.diff(values, prepend=previous) * pow(PipeMicrophone.STEP, -1, 1 << 16)
            lost += int(((steps - 1) % (1 << 16)).sum())
        previous = int(values[-1])
        samples += len(values)
    if samples:
        print(f"{f'samples lost of {samples:,} captured in {wanted.minutes:g} min':66} {lost:5d}")
    talk.close()
    endpoint.close()
    microphone.close()


def wire_delays(
    wanted: argparse.Namespace, microphone: PipeMicrophone, endpoint: Endpoint
) -> list[float]:
    """Return how late each of some samples came, ms, one for every 2 ms of sound."""
    while not endpoint.appended.empty():
        endpoint.appended.get()
    late = []
    for _ in range(20 * wanted.trials):
        at, chunk = endpoint.appended.get(timeout=5)
        last = int(np.frombuffer(chunk, "<i2")[-1])
        index = microphone.index_of(last, at)
        count = len(chunk) // 2
        late += [1000 * (at - microphone.time_of(index - back)) for back in range(0, count, 48)]
    return late


def starting(wanted: argparse.Namespace, folder: Path) -> None:
    microphone = PipeMicrophone(folder)
    endpoint = Endpoint()
    took = []
    for number in range(wanted.trials + 1):
        talk = Talk(endpoint.url, PULSE_SOURCE="s2s_pipe")
        at, chunk = endpoint.appended.get(timeout=10)
        first = microphone.index_of(int(np.frombuffer(chunk, "<i2")[0]), at)
        if number:  # the first run reads everything from the disk
            took.append(1000 * (microphone.time_of(first) - talk.spawned))
        talk.close()
        while not endpoint.appended.empty():
            endpoint.appended.get()
    row("start of the command -> first sample captured (allowed: median 400 ms)", took)
    endpoint.close()
    microphone.close()


def long_reply(wanted: argparse.Namespace, folder: Path) -> None:
    monitor, endpoint = Monitor(), Endpoint()
    talk = Talk(endpoint.url)
    endpoint.ready.wait(10)
    time.sleep(1)
    noise = np.random.default_rng(1).integers(-8000, 8000, 60 * RATE).astype("<i2")
    monitor.forget()
    endpoint.send(*reply(0, noise.tobytes()))
    time.sleep(62)
    heard = monitor.since(0)
    first = int(np.flatnonzero(heard)[0])
    last = int(np.flatnonzero(heard)[-1]) + 1
    exact = np.array_equal(heard[first:last], np.trim_zeros(noise))
    lost = len(np.trim_zeros(noise)) - (last - first)
    print(f"{'samples lost of a reply of 60 s delivered at once':66} {lost:5d}, exact: {exact}")
    talk.close()
    endpoint.close()
    monitor.close()


def idling(wanted: argparse.Namespace, folder: Path) -> None:
    """Take turns, since the same work costs a machine more at one minute than at another."""
    ours, bare = [], []
    for _ in range(wanted.minutes_of_listening):
        with listening_in_a_terminal() as (process, _):
            time.sleep(REST_MS / 1000)
            assert not playing_streams(), "the speaker does not rest"
            ours.append(share_of_a_core(process.pid))
        with bare_client() as process:
            bare.append(share_of_a_core(process.pid))
    for name, shares in (
        ("processor while listening, of one core (allowed: 3 %)", ours),
        ("    microphone -> WebSocket, and nothing else", bare),
    ):
        print(f"{name:66} {statistics.median(shares):8.1f} %", *(f"{each:.1f}" for each in shares))


def share_of_a_core(pid: int) -> float:
    used, begun = cpu_seconds(pid), time.monotonic()
    time.sleep(60)
    return 100 * (cpu_seconds(pid) - used) / (time.monotonic() - begun)


@contextlib.contextmanager
def bare_client() -> Iterator[subprocess.Popen[bytes]]:
    endpoint = Endpoint()
    program = ROOT / "benchmarks" / "talk" / "bare_client.py"
    with subprocess.Popen(
        [sys.executable, program, endpoint.url], stderr=subprocess.DEVNULL
    ) as process:
        endpoint.ready.wait(10)
        time.sleep(3)
        yield process
        process.terminate()
    endpoint.close()


def remembering(wanted: argparse.Namespace, folder: Path) -> None:
    """Answer every 20 s with 5 s of tone, and look at the memory."""
    with listening_in_a_terminal() as (process, endpoint):
        begun = time.monotonic()
        for number in range(int(3 * wanted.hour_minutes) + 1):
            time.sleep(max(0.0, begun + 20 * number - time.monotonic()))
            if number / 3 in (1, 10, 30, 60):
                what = f"memory after {number // 3} min, {number} replies"
                print(f"{what:66} {resident_mb(process.pid):8.1f} MB", flush=True)
            said = {"item_id": f"user_{number}"}
            endpoint.send(
                {"type": "input_audio_buffer.committed", **said},
                {
                    "type": "conversation.item.input_audio_transcription.completed",
                    **said,
                    "transcript": f"Question number {number}.",
                },
                *reply(number, tone(5000)),
            )


@contextlib.contextmanager
def listening_in_a_terminal() -> Iterator[tuple[subprocess.Popen[bytes], Endpoint]]:
    endpoint = Endpoint()
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "s2s", "talk", "--url", endpoint.url, *OPTIONS],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
    )

    def drain() -> None:
        with contextlib.suppress(OSError):
            while os.read(leader, 65536):
                pass

    threading.Thread(target=drain, daemon=True).start()
    endpoint.ready.wait(10)
    time.sleep(3)
    yield process, endpoint
    process.terminate()
    process.wait(10)
    endpoint.close()


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


# --- the table


def trials(wanted: argparse.Namespace) -> range:
    return range(wanted.trials)


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def row(name: str, values: list[float]) -> None:
    median, p95 = statistics.median(values), quantile(values, 0.95)
    print(f"{name:66} {median:8.1f} {p95:8.1f} ms  ({len(values)})", flush=True)


PARTS: dict[str, Callable[[argparse.Namespace, Path], None]] = {
    "speaker": speaking,
    "rest": waking,
    "microphone": capturing,
    "start": starting,
    "long": long_reply,
    "cpu": idling,
    "hour": remembering,
}

if __name__ == "__main__":
    main()
