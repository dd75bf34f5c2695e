"""What becomes of a conversation whose program stood still (SIGSTOP, a laptop that slept).

    python benchmarks/stops.py [--seconds 3 10 60] [--times 3] [--save FOLDER]

`s2s talk --save` runs on a sound card in software (PulseAudio) against `s2s serve`, which
understands words. One question is asked aloud and answered. Then the program is stopped; meanwhile
somebody speaks, whom nobody hears. It goes on, and two more questions are asked. Prints what was
understood and told, how much sound was captured, sent and played, and when something sounds in the
recording, beside when it was asked.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from aloud import PROGRAM, endpoint, spoken
from fakes import clean_environment
from virtual_audio import SoundCard

BEFORE, MEANWHILE, AFTER, LAST = (
    "What time is it?",
    "Nobody should ever hear about the purple elephant.",
    "Tell me a joke.",
    "What day is it?",
)
ANSWER_S = 12.0  # for a question to be asked, and the answer to have been heard
BACK_S = 6.0  # after which one talks again


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, nargs="+", default=[3, 10, 60])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--save", type=Path, help="keep what was recorded in this folder")
    parser.add_argument("--option", action="append", default=[], help="of talk; may be repeated")
    wanted = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    for stopped_s in wanted.seconds:
        for number in range(wanted.times):
            card = SoundCard()
            card.start()
            try:
                with tempfile.TemporaryDirectory(prefix="s2s-") as folder:
                    kept = Path(folder) / "kept"
                    if wanted.save:
                        kept = wanted.save / f"{stopped_s:g}-{number + 1}"
                    kept.mkdir(parents=True)
                    print(f"--- stopped for {stopped_s:g} s, {number + 1}", flush=True)
                    with endpoint(Path(folder)) as url:
                        stand_still(card, Path(folder), kept, stopped_s, url, wanted.option)
            finally:
                card.stop()


def stand_still(
    card: SoundCard, folder: Path, kept: Path, stopped_s: float, url: str, options: list[str]
) -> None:
    texts = {"before": BEFORE, "meanwhile": MEANWHILE, "after": AFTER, "last": LAST}
    questions = {name: spoken(text, folder / f"{name}.wav") for name, text in texts.items()}
    journal = kept / "events.jsonl"
    with (kept / "screen.txt").open("wb") as screen:
        talk = subprocess.Popen(
            [
                *[*PROGRAM, "talk", "--plain", "--url", url, "--save", str(kept / "saved")],
                *["--events", str(journal), *options],
            ],
            env=clean_environment(folder, **card.environment),
            stdin=subprocess.PIPE,
            stdout=screen,
            stderr=screen,
        )
    begun = time.monotonic()
    time.sleep(5)
    asked: dict[str, float] = {}

    def ask(name: str) -> None:
        asked[name] = time.monotonic() - begun
        card.say(questions[name])

    ask("before")
    time.sleep(ANSWER_S)
    talk.send_signal(signal.SIGSTOP)
    at = time.monotonic()
    stopped_at = at - begun
    time.sleep(min(1.0, stopped_s / 3))
    if stopped_s > 4:
        ask("meanwhile")
    time.sleep(max(0.0, at + stopped_s - time.monotonic()))
    talk.send_signal(signal.SIGCONT)
    went_on_at = time.monotonic() - begun
    time.sleep(BACK_S)
    for name in ("after", "last"):
        ask(name)
        time.sleep(ANSWER_S)
    talk.send_signal(signal.SIGINT)
    ended = time.monotonic()
    time.sleep(0.3)
    if talk.poll() is None:
        talk.send_signal(signal.SIGINT)
    status = talk.wait(10)
    report(kept, journal, asked, stopped_at, went_on_at, ended - begun, status)


def report(
    kept: Path,
    journal: Path,
    asked: dict[str, float],
    stopped_at: float,
    went_on_at: float,
    ended: float,
    status: int,
) -> None:
    events: list[dict[str, Any]] = [
        json.loads(line) for line in journal.read_text().split("\n")[:-1]
    ]
    for event in events:
        if event["type"] in ("user_transcribed", "warn", "device_lost", "device_back"):
            told = {k: v for k, v in event.items() if k in ("text", "side", "message", "name")}
            print(f"  {event['t']:7.2f} {event['type']} {told}")
    ended_well = [e for e in events if e["type"] == "response_ended"]
    print(f"  status {status}; responses: {[e.get('status') for e in ended_well]}")
    for kind in ("audio_captured", "send_audio", "audio_played"):
        ms = sum(e["ms"] for e in events if e["type"] == kind)
        print(f"  {kind} {ms / 1000:.2f} s", end="")
    print(f"; conversation {ended:.2f} s, stopped at {stopped_at:.2f}, went on at {went_on_at:.2f}")
    for path in sorted(kept.rglob("*.wav")):
        with wave.open(str(path), "rb") as file:
            rate, frames = file.getframerate(), file.getnframes()
            samples = memoryview(file.readframes(frames)).cast("h")
        print(f"  {path.name}: {frames / rate:.2f} s")
        for name, track in (("user", 0), ("assistant", 1)):
            print(f"    {name}: {stretches(samples, track, rate)}")
    print(f"  asked at { ({k: round(v, 2) for k, v in asked.items()}) }", flush=True)


def stretches(samples: memoryview, track: int, rate: int) -> list[tuple[float, float]]:
    """Return from when to when something sounds, in seconds."""
    block, found = rate // 20, list[list[float]]()
    for number in range(len(samples) // 2 // block):
        piece = samples[2 * number * block + track : 2 * (number + 1) * block : 2]
        if max(*piece, -min(piece)) > 600:
            at = number * block / rate
            if found and at - found[-1][1] < 0.7:
                found[-1][1] = at + 0.05
            else:
                found.append([at, at + 0.05])
    return [(round(a, 2), round(b, 2)) for a, b in found]


if __name__ == "__main__":
    main()
