"""A sentence as flite says it."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import soundfile
import soxr

from s2s import pcm


def said(text: str, voice: str, slower: float = 1.0) -> bytes:
    """Return the sentence as flite says it, in the silence that a turn is cut out with."""
    with tempfile.TemporaryDirectory() as folder:
        wav = str(Path(folder) / "speech.wav")
        how = ["-voice", voice, "--setf", f"duration_stretch={slower}"]
        subprocess.run(["flite", *how, "-t", text, "-o", wav], check=True)
        speech, rate = soundfile.read(wav, dtype="float32")
    resampled = soxr.resample(speech * 32767, rate, pcm.RATE).round().clip(-32768, 32767)
    spoken: bytes = resampled.astype("<i2").tobytes()
    return pcm.silence(300) + spoken + pcm.silence(500)
