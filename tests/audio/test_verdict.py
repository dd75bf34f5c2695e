"""What a microphone gave while somebody spoke, in one word and a sentence."""

from __future__ import annotations

import array
import functools
import random

from fakes import tone

from s2s import pcm
from s2s.audio.check.microphone_check import Listening, MicrophoneVerdict, judge
from s2s.audio.level.meter import measure
from s2s.local.synthesis import find_synthesiser


def heard(recording: bytes) -> Listening:
    listening, size = Listening(), pcm.size_of(20)
    for start in range(0, len(recording), size):
        listening.hear(measure(recording[start : start + size]))
    return listening


def verdict(recording: bytes) -> MicrophoneVerdict:
    return judge(heard(recording))


def louder(recording: bytes, factor: float) -> bytes:
    samples = memoryview(recording).cast("h")
    return array.array(
        "h", (max(-32768, min(32767, round(sample * factor))) for sample in samples)
    ).tobytes()


def noise(seconds: float, level: float) -> bytes:
    generator = random.Random(1)
    count = round(seconds * pcm.RATE)
    return array.array(
        "h", (round(generator.gauss(0, level * 32768)) for _ in range(count))
    ).tobytes()


def mixed(one: bytes, other: bytes) -> bytes:
    pairs = zip(memoryview(one).cast("h"), memoryview(other).cast("h"), strict=False)
    return array.array("h", (max(-32768, min(32767, a + b)) for a, b in pairs)).tobytes()


@functools.cache
def speech() -> bytes:
    """Return three seconds of somebody speaking, -25 dBFS or so, with pauses."""
    spoken = b"".join(find_synthesiser(["flite"]).speak("Hello there. Can you hear me?", "alloy"))
    return louder(pcm.silence(500) + spoken + pcm.silence(500), 0.25)


def test_a_muted_microphone_is_called_dead() -> None:
    told = verdict(pcm.silence(4000))
    assert told.word == "dead"
    assert told.sentence == "Dead: nothing but zeros came."


def test_a_last_bit_that_flickers_is_dead_too() -> None:
    assert verdict(array.array("h", [0, 1, 0, -1] * 24_000).tobytes()).word == "dead"


def test_two_bits_of_noise_are_alive_but_quiet() -> None:
    assert verdict(array.array("h", [0, 2, 0, -2] * 24_000).tobytes()).word == "quiet"


def test_speech_is_good_and_its_figures_are_told() -> None:
    told = verdict(mixed(speech(), noise(5, 0.001)))
    assert told.word == "good"
    assert told.remedy == ""
    assert "room -60 dBFS" in told.sentence
    assert "nothing clipped" in told.sentence


def test_one_short_word_in_ten_seconds_is_enough() -> None:
    told = verdict(noise(5, 0.001) + mixed(tone(600, level=0.1), noise(1, 0.001)) + noise(4, 0.001))
    assert told.word == "good"
    assert "arrives at -23 dBFS" in told.sentence


def test_speech_from_afar_is_quiet_and_the_remedy_is_named() -> None:
    told = verdict(louder(speech(), 0.02))
    assert told.word == "quiet"
    assert "raise the input level" in told.remedy


def test_a_room_where_nobody_speaks_is_quiet() -> None:
    told = verdict(noise(4, 0.001))
    assert told.word == "quiet"
    assert told.remedy.startswith("Did you speak?")


def test_speech_that_is_too_loud_clips_and_the_samples_are_counted() -> None:
    told = verdict(louder(speech(), 30))
    assert told.word == "clipping"
    assert int(told.sentence.split()[1]) > 100
    assert "lower the input level" in told.remedy


def test_a_knock_on_the_table_is_no_clipping_yet_it_is_told() -> None:
    told = verdict(mixed(speech(), noise(5, 0.001)) + b"\xff\x7f" * 20)
    assert told.word == "good"
    assert "20 samples clipped" in told.sentence


def test_a_voice_that_hardly_stands_out_of_the_noise_is_called_noisy() -> None:
    told = verdict(noise(4, 0.05))
    assert told.word == "noisy"
    assert "stand only 1 dB above the room" in told.sentence


def test_no_chunk_at_all_is_dead() -> None:
    assert judge(Listening()).word == "dead"
