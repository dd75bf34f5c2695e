"""What is said and heard in the rooms: voices of flite and espeak-ng, coughs, slams."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from room import Samples, as_pcm, speech

from s2s import pcm

ASSISTANTS = ("rms", "awb", "espeak en-us", "slt")
USERS = ("slt", "kal16", "espeak en-gb+f3", "awb", "kal")
RECOGNISED = ("slt", "awb", "kal16")  # voices that the offline engine is measured with elsewhere
SENTENCES = (
    "The birch canoe slid on the smooth planks.",
    "Glue the sheet to the dark blue background.",
    "It is easy to tell the depth of a well.",
    "These days a chicken leg is a rare dish.",
    "Rice is often served in round bowls.",
    "The juice of lemons makes fine punch.",
    "The box was thrown beside the parked truck.",
    "The hogs were fed chopped corn and garbage.",
    "Four hours of steady work faced us.",
    "A large size in stockings is hard to sell.",
    "The boy was there when the sun rose.",
    "A rod is used to catch pink salmon.",
    "The source of the huge river is the clear spring.",
)
QUESTION = "Tell me more about it."
PHRASES = [
    line
    for line in (Path(__file__).parents[1] / "sentences" / "phrases.txt").read_text().splitlines()
    if line
]


def seconds(samples: Samples) -> float:
    return len(samples) / pcm.RATE


@functools.cache
def reply(number: int, voice: str, length_s: float = 10.0) -> bytes:
    """Return the reply of that number, exactly so long; it breaks off in the middle of a word."""
    rng = np.random.default_rng(number)
    pieces: list[Samples] = []
    while sum(map(seconds, pieces)) < length_s:
        pieces.append(speech(str(rng.choice(SENTENCES)), voice))
        pieces.append(np.zeros(int(rng.uniform(0.15, 0.4) * pcm.RATE)))
    return as_pcm(np.concatenate(pieces)[: round(length_s * pcm.RATE)])


def replies(voice: str, length_s: float = 10.0) -> Callable[[int], bytes]:
    return lambda number: reply(number, voice, length_s)


def cough(seed: int, dbfs: float) -> Samples:
    """A burst and what rings after it, 100 to 350 ms."""
    rng = np.random.default_rng(seed)
    size = int(rng.uniform(0.1, 0.35) * pcm.RATE)
    t = np.arange(size) / pcm.RATE
    noise = rng.standard_normal(size)
    throat = _band(noise, rng.uniform(400, 700), rng.uniform(1800, 3000))
    burst = _band(noise, 300, 8000) * np.exp(-t / 0.015)
    rise = np.minimum(1, t / 0.004) * np.minimum(1, (size - np.arange(size)) / 240)
    return _as_loud((burst * 2 + throat * np.exp(-t / rng.uniform(0.05, 0.15))) * rise, dbfs)


def slam(seed: int, dbfs: float) -> Samples:
    """A door: low, at once, and it rings, 100 to 350 ms."""
    rng = np.random.default_rng(seed)
    size = int(rng.uniform(0.1, 0.35) * pcm.RATE)
    t = np.arange(size) / pcm.RATE
    noise = rng.standard_normal(size)
    low = _band(noise, 60, rng.uniform(200, 400)) * np.exp(-t / rng.uniform(0.04, 0.1))
    crack = _band(noise, 200, 6000) * np.exp(-t / 0.008)
    fade = np.minimum(1, (size - np.arange(size)) / 240)
    return _as_loud((low + 0.5 * crack) * fade, dbfs)


@dataclass(frozen=True)
class Short:
    """Something short that is said or heard over a reply."""

    name: str
    samples: Samples
    words: str  # as a transcript would have them


def short_sounds() -> list[Short]:
    """Return a hundred: coughs, slams and "uh-huh"s at several levels."""
    found = []
    for number in range(34):
        loud = -14.0 - 4 * (number % 5)
        found.append(Short("cough", cough(number, loud), ""))
        if number < 33:
            found.append(Short("slam", slam(number, loud), ""))
            word = ("uh-huh", "yeah", "right", "oh")[number % 4]
            voice = USERS[number % 4 if number % 4 != 2 else 0]
            said = speech(word, voice, -18.0 - 4 * (number % 4))[: pcm.RATE * 350 // 1000]
            found.append(Short("uh-huh", said, word))
    return found


def commands() -> list[Short]:
    """Return fifty: stop, no and wait by five voices."""
    return [
        Short(word, speech(word, USERS[number // 3 % 5], -18.0 - 4 * (number // 15)), word)
        for number, word in ((n, ("stop", "no", "wait")[n % 3]) for n in range(50))
    ]


def interruptions() -> list[Samples]:
    """Return a hundred of 600 ms and more."""
    said = [
        speech(phrase, USERS[number % 5], -20.0 - 3 * (number % 3))
        for number, phrase in enumerate(PHRASES * 5)
    ]
    return [each for each in said if seconds(each) >= 0.6][:100]


def _band(samples: Samples, low: float, high: float) -> Samples:
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / pcm.RATE)
    spectrum[(hz < low) | (hz > high)] = 0
    filtered: Samples = np.fft.irfft(spectrum, len(samples))
    levelled: Samples = filtered / (np.abs(filtered).max() + 1e-9)
    return levelled


def _as_loud(samples: Samples, dbfs: float) -> Samples:
    loud: Samples = samples * (10 ** (dbfs / 20) / np.sqrt((samples**2).mean()))
    return loud.clip(-0.98, 0.98)
