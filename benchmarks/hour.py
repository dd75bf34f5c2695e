"""An hour of conversation at real time, on a sound card in software (PulseAudio).

    python benchmarks/hour.py [--minutes 60] [--save FOLDER]

`s2s talk` runs in a terminal, as a person runs it, against `s2s serve`, which understands words and
has a model's name that costs money. Every 20 s somebody asks one of a few questions aloud. Prints
memory as it goes and, at the end, the summary of the program; how many questions were answered;
how far what was captured and what was played have moved apart, from the journal; underruns and
overruns; and whether the saved recording is as long as the conversation was.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import pty
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from aloud import PROGRAM, endpoint, spoken
from fakes import clean_environment
from virtual_audio import SoundCard

EVERY_S = 20.0
QUESTIONS = ("What time is it?", "Tell me a joke.", "What day is it?", "What can you do?")
SHOWN = (1, 10, 30, 60)
MODEL = "gpt-realtime-2.1"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--save", type=Path, help="keep what was recorded in this folder")
    wanted = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    card = SoundCard()
    card.start()
    try:
        with tempfile.TemporaryDirectory(prefix="s2s-") as folder:
            kept = wanted.save or Path(folder) / "kept"
            kept.mkdir(parents=True, exist_ok=True)
            with endpoint(Path(folder), "--model", MODEL) as url:
                converse(card, Path(folder), kept, wanted.minutes, url)
            report(kept)
    finally:
        card.stop()


def converse(card: SoundCard, folder: Path, kept: Path, minutes: float, url: str) -> None:
    questions = [spoken(text, folder / f"{number}.wav") for number, text in enumerate(QUESTIONS)]
    leader, follower = pty.openpty()
    asked = ["talk", "--url", url, "--model", MODEL, "--save", str(kept / "saved")]
    talk = subprocess.Popen(
        [*PROGRAM, *asked, "--events", str(kept / "events.jsonl")],
        env=clean_environment(folder, **card.environment, TERM="xterm"),
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    )
    os.close(follower)
    screen = bytearray()
    threading.Thread(target=read_all, args=(leader, screen), daemon=True).start()
    begun = time.monotonic() + 5
    shown = iter(SHOWN)
    due = next(shown)
    for number, question in zip(itertools.count(), itertools.cycle(questions), strict=False):
        at = number * EVERY_S
        if at >= 60 * minutes:
            break
        time.sleep(max(0.0, begun + at - time.monotonic()))
        card.say(question)
        if at >= 60 * due:
            told = f"after {due} min: {resident_mb(talk.pid):.1f} MB, {number + 1} questions"
            print(f"{told}, load average {os.getloadavg()[0]:.1f}", flush=True)
            due = next(shown, 1_000_000)
    time.sleep(EVERY_S)
    print(f"at the end: {resident_mb(talk.pid):.1f} MB, {number} questions")
    talk.send_signal(signal.SIGTERM)
    print(f"status {talk.wait(10)} (a signal's)")
    (kept / "screen.txt").write_bytes(bytes(screen))


def read_all(descriptor: int, into: bytearray) -> None:
    try:
        while read := os.read(descriptor, 1 << 16):
            into += read
    except OSError:  # nobody writes to it any more
        return


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def report(kept: Path) -> None:
    lines = (kept / "events.jsonl").read_text().split("\n")[:-1]
    events: list[dict[str, Any]] = [json.loads(line) for line in lines]
    count = Counter(event.get("type") for event in events)
    captured = played = 0.0
    apart: list[tuple[float, float]] = []
    for event in events:
        if event.get("type") == "audio_captured":
            captured += event["ms"]
        elif event.get("type") == "audio_played":
            played += event["ms"]
            apart.append((played, captured - played))
    ended = [event for event in events if event.get("type") == "response_ended"]
    cuts = count["playout_cleared"]
    print(f"turns {count['input_committed']}, responses {len(ended)}, cut {cuts}")
    print(f"status of responses: {dict(Counter(event.get('status') for event in ended))}")
    print(f"holds {count['playout_held']}, underruns {count['playout_underrun']}", end=", ")
    overruns = sum(event.get("overruns", 0) for event in events)
    print(f"overruns {overruns}, connections lost {count['connection_lost']}")
    print(f"captured {captured / 1000:.1f} s, played {played / 1000:.1f} s")
    for at in (0, played / 2, played - 300_000):  # ms
        some = [each for when, each in apart if at <= when <= at + 300_000]
        if some:
            told = f"captured less played, five minutes from {at / 60_000:.0f}"
            print(f"{told}: {statistics.median(some):.0f} ms")
    for path in sorted(kept.rglob("*.wav")):
        with wave.open(str(path), "rb") as file:
            print(f"{path.name}: {file.getnframes() / file.getframerate():.1f} s")
    costs = [event for event in events if event.get("type") == "show_cost"]
    print(f"cost: {costs[-1] if costs else 'none'}")


if __name__ == "__main__":
    main()
