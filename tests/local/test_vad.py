"""The detectors: is this chunk speech?"""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

from s2s import pcm
from s2s.local.synthesis import find_synthesiser
from s2s.local.vad import Detector, EnergyDetector, SileroDetector, best_detector


def sound(ms: float, sample: Callable[[int], float]) -> bytes:
    return array("h", (int(sample(i)) for i in range(pcm.size_of(ms) // 2))).tobytes()


def tone(ms: float, loudness: float = 8000) -> bytes:
    return sound(ms, lambda i: loudness * math.sin(2 * math.pi * 440 * i / pcm.RATE))


def noise(ms: float, rms: float) -> bytes:
    chance = random.Random(1)
    return sound(ms, lambda i: chance.gauss(0, rms))


def verdicts(detector: Detector, heard: bytes) -> list[bool]:
    size = pcm.size_of(detector.chunk_ms)
    whole = len(heard) // size * size
    return [detector.is_speech(heard[at : at + size]) for at in range(0, whole, size)]


def test_digital_silence_is_no_speech() -> None:
    assert not any(verdicts(EnergyDetector(), pcm.silence(2000)))


def test_low_steady_noise_is_no_speech_at_any_threshold() -> None:
    for threshold in (0.0, 0.5, 1.0):
        assert not any(verdicts(EnergyDetector(threshold), noise(2000, rms=33)))


def test_a_tone_out_of_silence_is_heard_for_ten_seconds() -> None:
    detector = EnergyDetector()
    verdicts(detector, pcm.silence(500))
    assert all(verdicts(detector, tone(10_000)))


def test_a_fan_that_starts_is_forgotten_after_a_while() -> None:
    heard = verdicts(EnergyDetector(), noise(20_000, rms=330))
    assert heard[0]
    assert not any(heard[-50:])


def test_speech_is_heard_again_soon_after_something_loud() -> None:
    detector = EnergyDetector()
    verdicts(detector, tone(10_000, loudness=30_000) + pcm.silence(1000))
    assert all(verdicts(detector, tone(200, loudness=1000)))


def test_a_higher_threshold_hears_less() -> None:
    faint = noise(100, rms=90)
    assert all(verdicts(EnergyDetector(0.2), faint))
    assert not any(verdicts(EnergyDetector(0.8), faint))


def test_after_a_reset_the_background_is_unknown_again() -> None:
    detector = EnergyDetector()
    fan = noise(20_000, rms=330)
    verdicts(detector, fan)
    detector.reset()
    assert verdicts(detector, fan)[0]


@pytest.mark.offline
def test_the_network_hears_speech_and_neither_tones_nor_noise() -> None:
    spoken = b"".join(find_synthesiser(["flite"]).speak("what time is it in the morning"))
    heard = verdicts(SileroDetector(), pcm.silence(500) + spoken + pcm.silence(500))
    assert heard.count(True) > len(heard) / 4
    assert not any(heard[:10])
    assert not heard[-1]
    assert not any(verdicts(SileroDetector(), noise(2000, rms=1000)))
    assert not any(verdicts(SileroDetector(), tone(2000)[pcm.size_of(500) :]))


LOUD_CHUNKS = """
import os
import numpy, soxr
from s2s.local.vad import SileroDetector

def threads():
    return len(os.listdir("/proc/self/task"))

before = threads()
detectors = [SileroDetector(), SileroDetector()]
for detector in detectors * 5:
    detector.is_speech(bytes(range(256)) * 6)
print(threads() - before, os.environ["OMP_THREAD_LIMIT"])
"""


@pytest.mark.offline
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted on Linux")
def test_the_network_brings_no_threads_and_leaves_the_environment_as_it_was() -> None:
    command = [sys.executable, "-c", LOUD_CHUNKS]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "7"}
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert told.stdout.split() == ["0", "7"]


@pytest.mark.offline
def test_the_best_detector_is_the_network_where_it_is_installed() -> None:
    assert isinstance(best_detector(0.5), SileroDetector)
