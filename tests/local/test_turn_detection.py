"""Turns found in speech, in noise, and in no speech at all: a detector and the endpointer.

The speech is made by flite as the tests run; every noise comes from a seeded generator.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from s2s import pcm
from s2s.local.endpointing import Endpointer, SpeechStarted
from s2s.local.synthesis import find_synthesiser
from s2s.local.vad import Detector, EnergyDetector, SileroDetector

Samples = npt.NDArray[np.float64]
VOICES = {"slt": "alloy", "rms": "ash"}  # flite's, by a name of the API's that stands for it
SENTENCES = (
    "what time is it",
    "spell elephant please",
    "the birch canoe slid on the smooth planks",
    "a large size in stockings is hard to sell",
)
PAUSES_MS = (1500, 1000, 800, 1500)  # the shortest: the 500 ms that end a turn, and what is late
TALKING = 1500.0  # RMS of somebody who talks into a headset, -27 dBFS
PREFIX_MS, SILENCE_MS = 300, 500  # the API's own defaults


@dataclass(frozen=True)
class Talk:
    """Sentences with pauses, and where each begins and ends."""

    samples: Samples
    spans: tuple[tuple[float, float], ...]  # ms

    def with_noise(self, noise: Samples, snr_db: float) -> Samples:
        """Mix noise in, through the pauses too; the ratio is that to the speech alone."""
        spoken = [self.samples[at(begin) : at(end)] for begin, end in self.spans]
        wanted = rms(np.concatenate(spoken)) / 10 ** (snr_db / 20)
        return self.samples + noise[: len(self.samples)] * (wanted / rms(noise))


def at(ms: float) -> int:
    return round(ms * pcm.RATE / 1000)


def rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2)))


@functools.cache
def sentence(text: str, voice: str) -> Samples:
    """Return what flite says, from its first sound to its last."""
    spoken = b"".join(find_synthesiser(["flite"]).speak(text, VOICES[voice]))
    samples = np.frombuffer(spoken, "<i2").astype(np.float64)
    loud = np.flatnonzero(np.abs(samples) > 300)
    cut: Samples = samples[loud[0] : loud[-1] + 1]
    return cut


def talk(
    voice: str = "slt",
    pauses_ms: tuple[int, ...] = PAUSES_MS,
    level: float = TALKING,
) -> Talk:
    parts: list[Samples] = [np.zeros(at(1000))]
    spans = []
    for text, pause_ms in zip(SENTENCES, pauses_ms, strict=False):
        spoken = sentence(text, voice)
        begin = sum(map(len, parts)) * 1000 / pcm.RATE
        spans.append((begin, begin + len(spoken) * 1000 / pcm.RATE))
        parts += [spoken * (level / rms(spoken)), np.zeros(at(pause_ms))]
    return Talk(np.concatenate(parts), tuple(spans))


def turns(detector: Detector, samples: Samples, **settings: Any) -> list[tuple[int, int]]:
    """Return the turns found, (start, end) in ms, in audio that comes in pieces of 20 ms."""
    audio = samples.round().clip(-32768, 32767).astype("<i2").tobytes()
    endpointer = Endpointer(detector, settings)
    found = []
    starts = []
    for begin in range(0, len(audio), pcm.size_of(20)):
        for event in endpointer.feed(audio[begin : begin + pcm.size_of(20)]):
            if isinstance(event, SpeechStarted):
                starts.append(event.start_ms)
            else:
                found.append((starts[-1], event.end_ms))
    assert len(starts) == len(found), "a turn has not ended"
    return found


# --- noises; each is 20 s and is scaled by whoever uses it

COUNT = at(20_000)
TIME = np.arange(COUNT) / pcm.RATE


def white(seed: int = 1) -> Samples:
    return np.random.default_rng(seed).normal(size=COUNT)


def pink(seed: int = 1) -> Samples:
    spectrum = np.fft.rfft(white(seed))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[:20] = 0  # below 1 Hz there is no sound
    return np.fft.irfft(spectrum, COUNT)


def hum(hz: int) -> Samples:
    """Return mains hum: the tone and the odd overtones that a bad cable brings along."""
    overtones = [np.sin(2 * np.pi * hz * n * TIME) / n for n in (1, 2, 3, 5, 7)]
    return np.asarray(sum(overtones), dtype=np.float64)


def fan() -> Samples:
    """Return a fan: dull noise, the whirr of its blades, and a slow beat."""
    air: Samples = np.convolve(pink(3), np.ones(12) / 12, "same").astype(np.float64)
    whirr = 0.3 * np.sin(2 * np.pi * 120 * TIME) + 0.2 * np.sin(2 * np.pi * 83 * TIME)
    turning: Samples = (air / rms(air) + whirr) * (1 + 0.1 * np.sin(2 * np.pi * 2 * TIME))
    return turning / rms(turning)


def key_clicks(per_second: float, level: float) -> Samples:
    """Return typing: bursts of 5 to 15 ms that die away, at uneven distances."""
    chance = np.random.default_rng(int(per_second))
    typed, second = np.zeros(COUNT), 0.5
    while second < 19.5:
        size = at(chance.uniform(5, 15))
        decay = np.exp(-np.arange(size) / (size / 3))
        typed[at(1000 * second) :][:size] += chance.normal(size=size) * level * decay
        second += chance.uniform(0.5, 1.5) / per_second
    return typed


NOISES: dict[str, Callable[[], Samples]] = {
    "pink": pink,
    "white": white,
    "hum 50 Hz": lambda: hum(50),
    "hum 60 Hz": lambda: hum(60),
}

# --- speech

# The network sees 32 ms at a time and wants two of them before a turn begins; in the clear it is
# right to within two of its windows.
CLEAN_MS = 64
# Noise at 10 dB hides soft first consonants (the "wh" of "what") and makes the network let go of
# the last vowel late. What begins late is still within the prefix padding; what ends late delays
# the answer, and not by a turn's own pause.
LATE_MS = 300


def assert_found(found: list[tuple[int, int]], spoken: Talk, late_ms: int) -> None:
    """Each sentence is a turn, and the turn holds the whole of it."""
    assert len(found) == len(spoken.spans)
    for (start, end), (begun, ended) in zip(found, spoken.spans, strict=True):
        assert -CLEAN_MS <= start + PREFIX_MS - begun <= late_ms
        assert -CLEAN_MS <= end - SILENCE_MS - ended <= late_ms


@pytest.mark.offline
@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("detector", [SileroDetector, EnergyDetector])
def test_sentences_in_silence_are_found_one_by_one(
    voice: str, detector: Callable[[], Detector]
) -> None:
    spoken = talk(voice)
    assert_found(turns(detector(), spoken.samples), spoken, CLEAN_MS)


@pytest.mark.offline
@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("noise", NOISES)
def test_the_network_finds_the_same_sentences_in_noise_at_10_db(voice: str, noise: str) -> None:
    spoken = talk(voice)
    noisy = spoken.with_noise(NOISES[noise](), snr_db=10)
    assert_found(turns(SileroDetector(), noisy), spoken, LATE_MS)


# --- what is no speech

NO_SPEECH: dict[str, Callable[[], Samples]] = {
    "digital silence": lambda: np.zeros(COUNT),
    "the noise of a microphone": lambda: 25 * white(),
    "hum 50 Hz, faint": lambda: 150 * hum(50),
    "hum 50 Hz, loud": lambda: 3000 * hum(50),
    "hum 60 Hz, faint": lambda: 150 * hum(60),
    "hum 60 Hz, loud": lambda: 3000 * hum(60),
    "keys, somebody else's": lambda: key_clicks(6, level=300),
    "keys, slow": lambda: key_clicks(3, level=6000),
    "keys, fast": lambda: key_clicks(12, level=6000),
    "keys, below the microphone": lambda: key_clicks(6, level=15_000),
    "a fan, far": lambda: 100 * fan(),
    "a fan, near": lambda: 1500 * fan(),
}


@pytest.mark.offline
@pytest.mark.parametrize("sound", NO_SPEECH)
def test_the_network_takes_nothing_else_for_speech(sound: str) -> None:
    assert turns(SileroDetector(), NO_SPEECH[sound]()) == []


def test_without_the_network_silence_is_no_turn_and_a_tone_is_one() -> None:
    tone = 8000 * np.sin(2 * np.pi * 440 * TIME) * ((TIME >= 2) & (TIME < 4))
    assert turns(EnergyDetector(), np.zeros(COUNT)) == []
    assert turns(EnergyDetector(), 25 * white()) == []
    assert turns(EnergyDetector(), tone) == [(1700, 4500)]


@pytest.mark.offline
def test_a_tone_is_no_turn_for_the_network() -> None:
    tone = 8000 * np.sin(2 * np.pi * 440 * TIME) * ((TIME >= 2) & (TIME < 4))
    assert turns(SileroDetector(), tone) == []


# --- the settings

DETECTORS = pytest.mark.parametrize("detector", [SileroDetector, EnergyDetector])


@pytest.mark.offline
@DETECTORS
def test_a_quiet_speaker_is_heard_at_a_low_threshold_and_not_at_a_high_one(
    detector: Callable[[float], Detector],
) -> None:
    quiet, loud = talk(level=60), talk()
    assert len(turns(detector(0.1), quiet.samples)) == len(SENTENCES)
    assert len(turns(detector(0.9), quiet.samples)) < len(SENTENCES)
    assert len(turns(detector(0.9), loud.samples)) == len(SENTENCES)


@pytest.mark.offline
@DETECTORS
def test_the_prefix_padding_moves_the_start_and_nothing_else(
    detector: Callable[[], Detector],
) -> None:
    spoken = talk().samples
    bare = turns(detector(), spoken, prefix_padding_ms=0)
    for padding in (50, 100, 200):
        padded = turns(detector(), spoken, prefix_padding_ms=padding)
        assert padded == [(start - padding, end) for start, end in bare]
    # However long it is, a turn does not reach back into the one before.
    long = turns(detector(), spoken, prefix_padding_ms=5000)
    assert [start for start, _ in long] == [0, *(end for _, end in long[:-1])]


@pytest.mark.offline
@DETECTORS
def test_a_pause_of_400_ms_divides_two_turns_or_belongs_to_one(
    detector: Callable[[], Detector],
) -> None:
    hurried = talk(pauses_ms=(400, 400, 400, 1500))
    divided = turns(detector(), hurried.samples, silence_duration_ms=250)
    joined = turns(detector(), hurried.samples, silence_duration_ms=700)
    assert len(divided) == len(SENTENCES)
    assert len(joined) == 1
    begun, ended = hurried.spans[0][0], hurried.spans[-1][1]
    assert abs(joined[0][0] + PREFIX_MS - begun) <= CLEAN_MS
    assert abs(joined[0][1] - 700 - ended) <= CLEAN_MS
