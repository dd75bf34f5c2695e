"""Measure the offline engine: python benchmarks/offline.py [--doubt]

Needs the extra `offline` and flite. Prints how many phrases are heard, voice by voice; how many
other sentences are taken for a phrase; how long recognition takes; when speech begins.

With --doubt: what it takes for a phrase and what it doubts, of turns of every kind. Needs espeak-ng
as well, and some minutes.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
from flite import said

from s2s import pcm
from s2s.errors import S2SError
from s2s.local.engines.skills import GRAMMAR
from s2s.local.recognition import Recogniser
from s2s.local.synthesis import find_synthesiser

VOICES = ("slt", "rms", "awb", "kal16")
LISTS = Path(__file__).with_name("sentences")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--doubt", action="store_true", help="what it doubts, and what it does not")
    wanted = parser.parse_args()
    lists = {path.stem: path.read_text().splitlines() for path in sorted(LISTS.glob("*.txt"))}
    if wanted.doubt:
        from doubt import doubt

        doubt(lists)
    else:
        measure(lists)


def measure(lists: dict[str, list[str]]) -> None:
    began = time.perf_counter()
    recogniser = Recogniser(GRAMMAR)
    print(f"Loading the recogniser: {(time.perf_counter() - began) * 1000:.0f} ms\n")

    print("voice  ", *(f"{name} ({len(lines)})".rjust(18) for name, lines in lists.items()))
    times = []
    for voice in VOICES:
        counts = []
        for name, lines in lists.items():
            count = 0
            for line in lines:
                speech = said(line, voice)
                began = time.perf_counter()
                heard = recogniser.recognise(speech)
                times.append(time.perf_counter() - began)
                count += heard.sure and (heard.text == line or "phrases" not in name)
            counts.append(count)
        print(f"{voice:7}", *(str(count).rjust(18) for count in counts))
    print(
        "\nRecognition of one turn: "
        f"median {statistics.median(times) * 1000:.0f} ms, longest {max(times) * 1000:.0f} ms"
    )
    noise = np.random.default_rng(1).normal(0, 3000, 20 * pcm.RATE).astype("<i2").tobytes()
    began = time.perf_counter()
    recogniser.recognise(noise)
    print(f"Recognition of 20 s of noise: {(time.perf_counter() - began) * 1000:.0f} ms\n")

    for name in ("flite", "espeak-ng", "espeakng-loader"):
        try:
            synthesiser = find_synthesiser([name])
        except S2SError:
            continue
        firsts = []
        for _ in range(20):
            began = time.perf_counter()
            next(iter(synthesiser.speak("It is five past two.")))
            firsts.append(time.perf_counter() - began)
        print(f"First audio from {name}: median {statistics.median(firsts) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
