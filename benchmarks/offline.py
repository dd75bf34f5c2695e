"""Measure the offline engine: python benchmarks/offline.py

Needs the extra `offline` and flite. Prints how many phrases are heard, voice by voice; how many
other sentences are taken for a phrase; how long recognition takes; when speech begins.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
import soxr

from s2s import pcm
from s2s.errors import S2SError
from s2s.local.engines.skills import GRAMMAR
from s2s.local.recognition import Recogniser
from s2s.local.synthesis import find_synthesiser

VOICES = ("slt", "rms", "awb", "kal16")
LISTS = Path(__file__).with_name("sentences")


def main() -> None:
    began = time.perf_counter()
    recogniser = Recogniser(GRAMMAR)
    print(f"Loading the recogniser: {(time.perf_counter() - began) * 1000:.0f} ms\n")

    lists = {path.stem: path.read_text().splitlines() for path in sorted(LISTS.glob("*.txt"))}
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
                count += heard.sure and (heard.text == line or name != "phrases")
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


def said(text: str, voice: str) -> bytes:
    """Return the sentence as flite says it, in the silence that a turn is cut out with."""
    with tempfile.TemporaryDirectory() as folder:
        wav = str(Path(folder) / "speech.wav")
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", wav], check=True)
        speech, rate = soundfile.read(wav, dtype="float32")
    resampled = soxr.resample(speech * 32767, rate, pcm.RATE).round().clip(-32768, 32767)
    spoken: bytes = resampled.astype("<i2").tobytes()
    return pcm.silence(300) + spoken + pcm.silence(500)


if __name__ == "__main__":
    main()
