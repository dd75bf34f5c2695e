"""How soon `s2s talk` goes on after a device was lost, on sound cards in software (PulseAudio).

    python benchmarks/devices_back.py [--trials 20]

The program runs as a person runs it, in the middle of a long reply; its journal says when a device
is back. The clock starts before the sound server, or the device, is started again.

    server   the sound server is killed and comes back: both sides
    one      one side's device is pulled out and comes back as it was, by turns the microphone's
             and the speaker's
    renamed  the microphone comes back as a device that PortAudio does not know: the other side has
             a gap, measured at the monitor of its speaker
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fakes import LoudDetector, clean_environment
from virtual_audio import Listener, SoundCard

from s2s import pcm
from s2s.testing.server import RealtimeServer

ALLOWED_S, ALLOWED_MS = 3.0, 300.0
PATIENCE_S = 20.0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    wanted = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name in wanted.only:
        card = SoundCard()
        card.start()
        try:
            os.environ.update(card.environment)
            PARTS[name](card, wanted.trials)
        finally:
            card.stop()


class Talk:
    """The program in the middle of a long reply, and its journal."""

    def __init__(self, folder: Path, url: str, *arguments: str) -> None:
        self._events = folder / "events"
        command = [sys.executable, "-m", "s2s", "talk", "--greet", "--plain", "--url", url]
        self.process = subprocess.Popen(
            [*command, "--events", str(self._events), *arguments],
            env=clean_environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.wait_for("part_started", 1)

    def all(self, kind: str) -> list[dict[str, Any]]:
        if not self._events.exists():
            return []
        lines = self._events.read_text().split("\n")[:-1]
        return [json.loads(line) for line in lines if f'"type":"{kind}"' in line.replace(" ", "")]

    def wait_for(self, kind: str, count: int, side: str = "") -> float:
        """Return when so many had happened, of one side or of either."""
        began = time.monotonic()
        while len([each for each in self.all(kind) if side in ("", each.get("side"))]) < count:
            assert time.monotonic() < began + PATIENCE_S, f"waited in vain for {kind}"
            time.sleep(0.01)
        return time.monotonic()


@contextlib.contextmanager
def talking(*arguments: str) -> Iterator[Talk]:
    with (
        tempfile.TemporaryDirectory(prefix="s2s-") as folder,
        RealtimeServer(turns=[{"tone": "440/300s"}], detector=LoudDetector) as server,
    ):
        talk = Talk(Path(folder), server.url, *arguments)
        try:
            yield talk
        finally:
            talk.process.kill()
            talk.process.wait()


def server_restarts(card: SoundCard, trials: int) -> None:
    chance, back_s = random.Random(1), list[float]()
    with talking() as talk:
        for _ in range(trials):
            time.sleep(chance.uniform(0.5, 1.5))
            lost, back = (len(talk.all(kind)) for kind in ("device_lost", "device_back"))
            card.signal_server(signal.SIGKILL)
            talk.wait_for("device_lost", lost + 2)
            time.sleep(chance.uniform(0, 3))
            begun = time.monotonic()
            card.restart()
            back_s.append(talk.wait_for("device_back", back + 2) - begun)
        assert not talk.all("playout_cleared"), "the reply goes on"
    row("the sound server is back -> both devices are", back_s, "s", ALLOWED_S)


def one_side(card: SoundCard, trials: int) -> None:
    for side, option in (("microphone", "--mic"), ("speaker", "--speaker")):
        chance, back_s = random.Random(2), list[float]()
        with card.plugged("headset") as headset, talking(option, "headset") as talk:
            for number in range(1, (trials + 1) // 2 + 1):
                time.sleep(chance.uniform(0.5, 1.5))
                headset.unplug()
                talk.wait_for("device_lost", number, side)
                time.sleep(chance.uniform(0, 3))
                begun = time.monotonic()
                headset.plug()
                back_s.append(talk.wait_for("device_back", number, side) - begun)
        row(f"the {side} is plugged in again -> it is back", back_s, "s", ALLOWED_S)


def renamed(card: SoundCard, trials: int) -> None:
    chance, back_s, gaps_ms = random.Random(3), list[float](), list[float]()
    with card.plugged("headset0") as headset, talking("--mic", "headset") as talk:
        with card.listen() as monitor:
            for number in range(1, trials + 1):
                time.sleep(chance.uniform(0.5, 1.5))
                headset.unplug()
                talk.wait_for("device_lost", number, "microphone")
                time.sleep(chance.uniform(0, 3))
                heard, begun = len(monitor.heard), time.monotonic()
                headset.plug(f"headset{number}")
                back_s.append(talk.wait_for("device_back", number, "microphone") - begun)
                gaps_ms.append(longest_gap_ms(monitor, heard))
        told_ms = [each["ms"] for each in talk.all("device_paused")]
    row("a microphone that PortAudio does not know is there -> it is back", back_s, "s", ALLOWED_S)
    row("gap of the speaker, at its monitor", gaps_ms, "ms", ALLOWED_MS)
    row("the same as the program counts it (until a block is pulled)", told_ms, "ms", ALLOWED_MS)


def longest_gap_ms(monitor: Listener, since: int) -> float:
    """Return the longest silence in what the monitor gave from `since` until soon."""
    heard = memoryview(monitor.hear(500)[since // 2 * 2 :]).cast("h")
    longest = silent = 0
    for sample in heard:
        silent = silent + 1 if abs(sample) < 30 else 0
        longest = max(longest, silent)
    return longest * 1000 / pcm.RATE


def row(name: str, values: Sequence[float], unit: str, allowed: float) -> None:
    p95 = sorted(values)[math.ceil(0.95 * len(values)) - 1]
    print(
        f"{name:66} {len(values):3} x, median {statistics.median(values):6.2f}, p95 {p95:6.2f}, "
        f"most {max(values):6.2f} {unit} (allowed: p95 {allowed:g})"
    )


PARTS = {"server": server_restarts, "one": one_side, "renamed": renamed}

if __name__ == "__main__":
    main()
