"""The rules of a recorder, told as what somebody does before a microphone."""

from __future__ import annotations

import array
import random
from collections.abc import Iterator

import pytest
from fakes import tone

from s2s import pcm
from s2s.audio.level.meter import Meter, decibels, measure
from s2s.audio.recorder import PREROLL_MS, Recorder, RecorderConfig

CHUNK_MS = 20


def noise(ms: float, level: float) -> bytes:
    """A room: white noise of this level."""
    chance = random.Random(7)
    count = pcm.size_of(ms) // pcm.SAMPLE_SIZE
    return array.array("h", (round(chance.gauss(0, level) * 32767) for _ in range(count))).tobytes()


def speech(ms: float, level: float = 0.2) -> bytes:
    """Syllables of 180 ms, with 60 ms between them."""
    syllable = tone(180, 200, level * 1.4) + pcm.silence(60)
    return (syllable * (int(ms) // 240 + 1))[: pcm.size_of(ms)]


def over(room: bytes, said: bytes) -> bytes:
    """What a microphone hears of somebody who speaks in a room."""
    mixed = zip(memoryview(room).cast("h"), memoryview(said).cast("h"), strict=True)
    return array.array("h", (max(-32768, min(32767, a + b)) for a, b in mixed)).tobytes()


def chunks(sound: bytes, ms: float = CHUNK_MS, channels: int = 1) -> Iterator[bytes]:
    size = pcm.size_of(ms) * channels
    for start in range(0, len(sound), size):
        yield sound[start : start + size]


def kept(recorder: Recorder, sound: bytes) -> bytes:
    """Let the recorder hear a sound; return what it writes of it."""
    return b"".join(recorder.hear(chunk) for chunk in chunks(sound))


QUIET_ROOM = 0.0005  # -66 dBFS
NOISY_ROOM = 0.01  # -40 dBFS
ROOMS = pytest.mark.parametrize("room", [0.0, QUIET_ROOM, NOISY_ROOM])


# How long


def test_all_that_is_heard_is_kept() -> None:
    recorder = Recorder(RecorderConfig())
    said = speech(1000)
    assert kept(recorder, said) == said
    assert (recorder.seconds, recorder.end) == (1.0, None)


@pytest.mark.parametrize("chunk_ms", [7, 20, 23, 500])
@pytest.mark.parametrize("seconds", [0.0005, 0.13, 1.0])
def test_a_length_is_kept_to_the_sample(seconds: float, chunk_ms: int) -> None:
    recorder = Recorder(RecorderConfig(seconds=seconds))
    said = tone(3000)
    written = b"".join(recorder.hear(chunk) for chunk in chunks(said, chunk_ms))
    assert written == said[: round(seconds * pcm.RATE) * 2]
    assert (recorder.end, recorder.seconds) == ("seconds", seconds)


def test_a_length_in_stereo_counts_frames() -> None:
    recorder = Recorder(RecorderConfig(rate=48_000, channels=2, seconds=0.5))
    written = b"".join(recorder.hear(chunk) for chunk in chunks(tone(5000), 20, channels=4))
    assert len(written) == 24_000 * 2 * 2


def test_a_guard_ends_a_recording_that_nobody_ends() -> None:
    recorder = Recorder(RecorderConfig(max_minutes=0.05))
    assert len(kept(recorder, speech(5000))) == pcm.size_of(3000)
    assert recorder.end == "max-minutes"


def test_the_guard_counts_waiting_and_pauses() -> None:
    recorder = Recorder(RecorderConfig(max_minutes=0.05, wait_for_sound=True))
    assert kept(recorder, noise(2000, QUIET_ROOM)) == b""
    recorder.toggle_pause()
    assert kept(recorder, speech(5000)) == b""
    assert (recorder.end, recorder.frames) == ("max-minutes", 0)


def test_nothing_is_kept_after_the_end() -> None:
    recorder = Recorder(RecorderConfig(seconds=0.1))
    kept(recorder, tone(100))
    assert kept(recorder, tone(100)) == b""


# Until silence


@ROOMS
def test_silence_after_speech_ends_a_recording(room: float) -> None:
    recorder = Recorder(RecorderConfig(until_silence=1.0))
    said = over(noise(2000, room), pcm.silence(500) + speech(1500))
    assert kept(recorder, said) == said
    assert recorder.end is None
    after = kept(recorder, noise(3000, room))
    assert recorder.end == "silence"
    assert 850 <= pcm.duration_ms(len(after)) <= 1020, "the silence is kept: it may be a soft word"


@ROOMS
def test_silence_before_speech_ends_nothing(room: float) -> None:
    recorder = Recorder(RecorderConfig(until_silence=0.5))
    kept(recorder, noise(4000, room))
    assert recorder.end is None


def test_a_pause_between_words_ends_nothing() -> None:
    recorder = Recorder(RecorderConfig(until_silence=1.0))
    for _ in range(5):
        kept(recorder, speech(960) + noise(900, QUIET_ROOM))
    assert recorder.end is None


def test_a_click_is_no_speech() -> None:
    recorder = Recorder(RecorderConfig(until_silence=0.5))
    kept(recorder, noise(500, QUIET_ROOM) + tone(40) + noise(2000, QUIET_ROOM))
    assert recorder.end is None


def test_a_click_does_not_prolong_the_silence() -> None:
    recorder = Recorder(RecorderConfig(until_silence=1.0))
    kept(recorder, speech(960))
    kept(recorder, noise(700, QUIET_ROOM) + tone(40) + noise(400, QUIET_ROOM))
    assert recorder.end == "silence"


def test_speech_from_the_first_sample_on_is_speech() -> None:
    recorder = Recorder(RecorderConfig(until_silence=1.0))
    kept(recorder, over(noise(2000, QUIET_ROOM), speech(2000)) + noise(1500, QUIET_ROOM))
    assert recorder.end == "silence"


def test_a_note_held_for_long_is_no_silence() -> None:
    recorder = Recorder(RecorderConfig(until_silence=1.0))
    kept(recorder, tone(20_000))
    assert recorder.end is None


def test_a_fan_that_starts_becomes_silence() -> None:
    recorder = Recorder(RecorderConfig(until_silence=1.0))
    kept(recorder, noise(1000, QUIET_ROOM) + speech(1000) + noise(8000, NOISY_ROOM))
    assert recorder.end == "silence"


def test_a_soft_voice_in_a_quiet_room_is_heard() -> None:
    recorder = Recorder(RecorderConfig(until_silence=1.0))
    kept(recorder, noise(500, QUIET_ROOM) + speech(1000, level=0.006) + noise(1500, QUIET_ROOM))
    assert recorder.end == "silence"


def test_a_soft_note_after_digital_silence_is_a_sound() -> None:
    recorder = Recorder(RecorderConfig(until_silence=0.5))
    kept(recorder, pcm.silence(600) + tone(1000, level=0.005) + pcm.silence(600))
    assert recorder.end == "silence"


def test_a_device_that_begins_with_zeros_does_not_make_noise_a_sound() -> None:
    recorder = Recorder(RecorderConfig(until_silence=0.5))
    kept(recorder, pcm.silence(300) + noise(3000, NOISY_ROOM))
    assert recorder.end is None


# Wait for a sound


@ROOMS
def test_a_recording_that_waits_begins_just_before_the_sound(room: float) -> None:
    recorder = Recorder(RecorderConfig(wait_for_sound=True))
    assert kept(recorder, noise(3000, room)) == b""
    assert not recorder.began
    said = speech(1000)
    written = kept(recorder, said)
    assert recorder.began
    assert written.endswith(said)
    before = pcm.duration_ms(len(written) - len(said))
    assert PREROLL_MS - 100 <= before <= PREROLL_MS


def test_waiting_does_not_count_as_length() -> None:
    recorder = Recorder(RecorderConfig(wait_for_sound=True, seconds=1.0))
    kept(recorder, noise(2500, QUIET_ROOM))
    assert len(kept(recorder, speech(3000))) == pcm.size_of(1000)
    assert recorder.end == "seconds"


def test_a_length_shorter_than_what_is_kept_from_before() -> None:
    recorder = Recorder(RecorderConfig(wait_for_sound=True, seconds=0.1))
    assert len(kept(recorder, noise(500, QUIET_ROOM) + speech(500))) == pcm.size_of(100)


def test_waiting_then_silence() -> None:
    recorder = Recorder(RecorderConfig(wait_for_sound=True, until_silence=0.5))
    kept(recorder, noise(2000, QUIET_ROOM) + speech(960) + noise(1000, QUIET_ROOM))
    assert recorder.end == "silence"
    assert 1.5 <= recorder.seconds <= 1.9


# Pauses


def test_a_pause_is_left_out_without_a_gap() -> None:
    recorder = Recorder(RecorderConfig(seconds=0.4))
    first, between, second = tone(200, 300), tone(500, 600), tone(500, 900)
    written = kept(recorder, first)
    recorder.toggle_pause()
    assert kept(recorder, between) == b""
    assert recorder.meter.level > 0.1, "the meter shows what would be heard"
    recorder.toggle_pause()
    written += kept(recorder, second)
    assert written == first + second[: pcm.size_of(200)]


def test_a_pause_is_no_silence() -> None:
    recorder = Recorder(RecorderConfig(until_silence=0.5))
    kept(recorder, speech(960))
    recorder.toggle_pause()
    kept(recorder, noise(5000, QUIET_ROOM))
    assert recorder.end is None


def test_nobody_begins_a_recording_by_a_sound_in_a_pause() -> None:
    recorder = Recorder(RecorderConfig(wait_for_sound=True))
    recorder.toggle_pause()
    kept(recorder, speech(1000))
    assert not recorder.began


# What is told of it


def test_nothing_but_zeros_is_noticed() -> None:
    recorder = Recorder(RecorderConfig())
    kept(recorder, pcm.silence(1000))
    assert recorder.only_zeros
    kept(recorder, b"\1\0" + pcm.silence(10))
    assert not recorder.only_zeros


def test_a_good_recording_gives_no_notice() -> None:
    recorder = Recorder(RecorderConfig())
    kept(recorder, speech(1000))
    assert recorder.notices == []


def test_a_quiet_recording_is_told_with_its_peak() -> None:
    recorder = Recorder(RecorderConfig())
    kept(recorder, tone(1000, level=0.01))
    (notice,) = recorder.notices
    assert "-40 dB" in notice


def test_a_clipped_recording_is_told_with_its_share() -> None:
    recorder = Recorder(RecorderConfig())
    loud = array.array("h", [32767, 32767, -32768, 0] * 600)
    kept(recorder, loud.tobytes())
    assert recorder.clipped == 1800
    (notice,) = recorder.notices
    assert notice.startswith("1800 of 2400 samples are clipped")


def test_what_was_not_kept_is_not_judged() -> None:
    recorder = Recorder(RecorderConfig(seconds=0.5))
    kept(recorder, tone(500, level=0.01))
    kept(recorder, b"\xff\x7f" * 480)
    recorder = Recorder(RecorderConfig())
    recorder.toggle_pause()
    kept(recorder, b"\xff\x7f" * 480)
    assert (recorder.clipped, recorder.peak) == (0, 0.0)


def test_lost_samples_are_counted_where_they_are_missing() -> None:
    recorder = Recorder(RecorderConfig(wait_for_sound=True))
    recorder.hear(noise(20, QUIET_ROOM), overrun=True)
    kept(recorder, noise(1000, QUIET_ROOM))
    assert recorder.overruns == 0
    kept(recorder, speech(480))
    recorder.hear(tone(20), overrun=True)
    assert recorder.overruns == 1
    assert recorder.notices[0].startswith("Samples were lost once")
    recorder.hear(tone(20), overrun=True)
    assert recorder.notices[0].startswith("Samples were lost 2 times")


# The meter


def test_a_meter_rises_at_once_and_falls_slowly() -> None:
    meter = Meter()
    meter.hear(measure(tone(20, level=0.7)), 20)
    risen = meter.level
    assert decibels(risen) == pytest.approx(-6, abs=0.3)
    for _ in range(50):
        meter.hear(measure(pcm.silence(20)), 20)
    assert decibels(meter.level) == pytest.approx(decibels(risen) - 20, abs=0.5)


def test_a_peak_is_held_for_a_while() -> None:
    meter = Meter()
    meter.hear(measure(tone(20, level=0.7)), 20)
    held = meter.peak
    for _ in range(70):
        meter.hear(measure(tone(20, level=0.1)), 20)
    assert meter.peak == held == pytest.approx(0.7, abs=0.01)
    for _ in range(10):
        meter.hear(measure(tone(20, level=0.1)), 20)
    assert meter.peak == pytest.approx(0.1, abs=0.01)


def test_silence_has_a_level_too() -> None:
    assert decibels(0.0) == -96
    assert decibels(1.0) == 0
    assert measure(b"") == (0.0, 0.0, 0)
    assert measure(b"\x00\x80\xff\x7f\x01\x80\x00\x00").clipped == 3
