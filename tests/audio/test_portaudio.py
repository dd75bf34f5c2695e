"""The sound card through PyAudio: one in software, spoken to and heard from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from alignment import is_whole, noise
from fakes import tone, write_wav
from virtual_audio import Inbox, SoundCard, once, sound_card_or_skip

from s2s import pcm
from s2s.audio.devices.choice import Device, choose
from s2s.audio.devices.portaudio import SoundSystem
from s2s.audio.devices.protocols import PCM
from s2s.audio.events import (
    AudioCaptured,
    AudioPlayed,
    DeviceLost,
    PartPlayed,
    PartStarted,
    PlayoutCleared,
)
from s2s.audio.live.chain import Chain
from s2s.conversation.events import Part
from s2s.errors import SoundError

LIVE = Path(__file__).parent / "live.py"
PART = Part("response", "item", 0, 0)
LATER = Part("response", "item", 0, 1)


def default(system: SoundSystem) -> Device:
    return choose(system.devices(), None, "microphone")


def test_what_is_said_into_the_microphone_arrives_whole(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    said = noise(1500)
    question = write_wav(tmp_path / "said.wav", said)

    def attempt() -> bool:
        inbox = Inbox()
        with SoundSystem() as system:
            microphone = system.microphone(default(system))
            microphone.start(inbox.post)
            inbox.wait_for(AudioCaptured)
            sound_card.say(question)
            more = len(inbox.events) + 20
            inbox.wait_for(AudioCaptured, lambda chunks: len(chunks) >= more)
            assert microphone.opening == PCM
            microphone.close()
        chunks = inbox.all(AudioCaptured)
        assert {len(chunk.pcm) for chunk in chunks} == {pcm.size_of(20)}
        assert not any(chunk.overrun for chunk in chunks)
        return is_whole(said, inbox.captured)

    assert once(attempt)


def test_what_is_played_is_heard_whole_in_its_order(sound_card: SoundCard) -> None:
    first, second = noise(800, seed=1), noise(400, seed=2)

    def attempt() -> bool:
        inbox = Inbox()
        with SoundSystem() as system, sound_card.listen() as listener:
            speaker, chain = system.speaker(default(system)), Chain(inbox.post)
            speaker.start(chain, inbox.post)
            chain.play(PART, first)
            chain.end(PART)
            chain.play(LATER, second)
            chain.end(LATER)
            assert [played.ms for played in inbox.wait_for(PartPlayed, lambda p: len(p) == 2)]
            heard = listener.hear(300)
            speaker.close()
        assert [played.ms for played in inbox.all(PartPlayed)] == [800, 400]
        assert is_whole(first + second, inbox.played)
        return is_whole(first + second, heard)

    assert once(attempt)


def test_a_clear_falls_silent_and_tells_how_much_was_heard(sound_card: SoundCard) -> None:
    def attempt() -> bool:
        inbox = Inbox()
        with SoundSystem() as system, sound_card.listen() as listener:
            speaker, chain = system.speaker(default(system)), Chain(inbox.post)
            speaker.start(chain, inbox.post)
            chain.play(PART, tone(5000, level=0.9))
            inbox.wait_for(AudioPlayed, lambda played: bool(played[-1:] and is_past(played, 300)))
            chain.clear()
            told = inbox.all(PlayoutCleared)[0].heard[0]
            heard = listener.hear(400)
            speaker.close()
        sounded = [abs(sample) > 1000 for sample in memoryview(heard).cast("h")]
        last = len(sounded) - sounded[::-1].index(True)
        sounded_ms = (last - sounded.index(True)) / (pcm.RATE / 1000)
        assert told.part == PART
        return abs(sounded_ms - told.ms) <= 10 and not any(sounded[-pcm.RATE // 5 :])

    assert once(attempt)


def test_a_speaker_that_rests_leaves_the_card_alone_and_plays_whole_when_it_wakes(
    sound_card: SoundCard,
) -> None:
    said = noise(800)

    def attempt() -> bool:
        inbox = Inbox()
        with SoundSystem() as system, sound_card.listen() as listener:
            speaker, chain = system.speaker(default(system)), Chain(inbox.post)
            speaker.start(chain, inbox.post)
            inbox.wait_for(AudioPlayed)
            assert sound_card.playing == 1
            speaker.rest()
            sound_card.wait_until_silent()
            speaker.wake()
            chain.play(PART, said)
            chain.end(PART)
            inbox.wait_for(PartPlayed)
            heard = listener.hear(300)
            speaker.close()
        assert not inbox.all(DeviceLost)
        assert is_whole(said, inbox.played)
        return is_whole(said, heard)

    assert once(attempt)


def test_a_speaker_that_cannot_wake_is_lost(sound_card: SoundCard) -> None:
    inbox = Inbox()
    with SoundSystem() as system:
        speaker, chain = system.speaker(default(system)), Chain(inbox.post)
        speaker.start(chain, inbox.post)
        inbox.wait_for(AudioPlayed)
        speaker.rest()
        sound_card.wait_until_silent()
        sound_card.signal_server(signal.SIGKILL)
        speaker.wake()
        (lost,) = inbox.wait_for(DeviceLost)
        speaker.close()
    assert lost.side == "speaker"


def test_who_leaves_while_the_speaker_wakes_leaves_nothing_open(sound_card: SoundCard) -> None:
    inbox = Inbox()
    with SoundSystem() as system:
        speaker, chain = system.speaker(default(system)), Chain(inbox.post)
        speaker.start(chain, inbox.post)
        for _ in range(20):
            speaker.rest()
            speaker.wake()
        speaker.close()
        sound_card.wait_until_silent()
    assert not inbox.all(DeviceLost)


def is_past(played: list[AudioPlayed], ms: int) -> bool:
    heard = played[-1].heard
    return heard is not None and heard.ms >= ms


@pytest.mark.parametrize("only", ["44100:2", "48000:2"])
def test_a_device_that_takes_only_its_own_rate_in_stereo(only: str, tmp_path: Path) -> None:
    """Three resamplers in a row (PulseAudio's twice, ours) leave the signal alike, not the same."""
    card = sound_card_or_skip(VA_ONLY=only)
    environment = {**os.environ, **card.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
    signal_out = noise(1500)
    wav = write_wav(tmp_path / "signal.wav", signal_out)

    def captured() -> bool:
        command = [sys.executable, str(LIVE), "capture", "3"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as capturing:
            assert capturing.stdout
            first = capturing.stdout.read(pcm.size_of(200))
            card.say(wav)
            rest = capturing.stdout.read()
        assert capturing.returncode == 0
        return is_whole(signal_out, first + rest, alike=0.98, drift=2)

    def played() -> bool:
        with card.listen() as listener:
            command = [sys.executable, str(LIVE), "play", str(wav)]
            subprocess.run(command, env=environment, check=True, timeout=60)
            return is_whole(signal_out, listener.hear(100), alike=0.98, drift=2)

    try:
        assert once(captured)
        assert once(played)
    finally:
        card.stop()


def test_a_sound_server_that_dies_is_a_lost_device(sound_card: SoundCard) -> None:
    inbox = Inbox()
    with SoundSystem() as system:
        microphone, speaker = system.microphone(default(system)), system.speaker(default(system))
        chain = Chain(inbox.post)
        microphone.start(inbox.post)
        speaker.start(chain, inbox.post)
        inbox.wait_for(AudioCaptured)
        inbox.wait_for(AudioPlayed)
        sound_card.signal_server(signal.SIGKILL)
        lost = inbox.wait_for(DeviceLost, lambda lost: len(lost) == 2)
        microphone.close()
        speaker.close()
    assert {each.side for each in lost} == {"microphone", "speaker"}
    assert "default has stopped" in lost[0].error.message
    with SoundSystem() as system:
        assert system.devices() == []


def test_nothing_is_posted_after_a_close(sound_card: SoundCard) -> None:
    inbox = Inbox()
    with SoundSystem() as system:
        microphone, speaker = system.microphone(default(system)), system.speaker(default(system))
        chain = Chain(inbox.post)
        speaker.start(chain, inbox.post)
        microphone.start(inbox.post)
        inbox.wait_for(AudioCaptured)
        chain.play(PART, tone(500))
        inbox.wait_for(PartStarted)
        microphone.close()
        speaker.close()
        chain.clear()
        posted = len(inbox.events)
    assert len(inbox.events) == posted


def test_a_device_keeps_its_name_when_its_index_changes(sound_card: SoundCard) -> None:
    with SoundSystem() as system:
        listed = {device.name: device for device in system.devices()}
    another = 'pcm.before { type pulse hint { show on description "Another" } }\n'
    card = sound_card.configuration
    card.write_text(another + card.read_text())
    os.utime(card, (0, 0))  # ALSA reads it anew when its time has changed
    inbox = Inbox()
    with SoundSystem() as system:
        now = {device.name: device for device in system.devices()}
        microphone = system.microphone(listed["default"])
        microphone.start(inbox.post)
        inbox.wait_for(AudioCaptured)
    assert now["default"].index != listed["default"].index


@pytest.mark.parametrize("index", [-1, 999])
def test_a_device_that_is_gone_is_told_and_crashes_nothing(
    index: int, sound_card: SoundCard
) -> None:
    gone = Device(index, "Yeti", "ALSA", inputs=1, outputs=0, rate=48_000)
    with SoundSystem() as system, pytest.raises(SoundError, match="Yeti is not there any more"):
        system.microphone(gone).start(Inbox().post)


def test_without_a_sound_server_there_is_no_device_and_a_reason(
    sound_card: SoundCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_SERVER", "unix:/nowhere")
    with SoundSystem() as system:
        devices = system.devices()
    assert devices == []
    with pytest.raises(SoundError, match="PULSE_SERVER names, unix:/nowhere"):
        choose(devices, None, "microphone")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_sound_libraries_print_nothing_and_a_server_that_hangs_holds_nobody(
    number: signal.Signals, sound_card: SoundCard
) -> None:
    """Neither at start, with all that ALSA's own configuration tries, nor when a device is lost."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    del environment["ALSA_CONFIG_PATH"]
    command = [sys.executable, str(LIVE), "capture", "60"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, **pipes) as capturing:  # type: ignore[call-overload]
        capturing.stdout.read(pcm.size_of(100))
        sound_card.signal_server(number)
        told = capturing.communicate(timeout=60)[1].decode()
    assert told == "The microphone is lost: default has stopped.\n"


def test_a_configuration_that_alsa_cannot_read_is_told_in_a_sentence(
    sound_card: SoundCard,
) -> None:
    sound_card.configuration.write_text("pcm.!default {")
    with pytest.raises(SoundError, match="does not work"), SoundSystem():
        pass


def test_a_sound_system_that_does_not_start_again_is_told_and_tried_again(
    sound_card: SoundCard,
) -> None:
    configuration, inbox = sound_card.configuration.read_text(), Inbox()
    with SoundSystem() as system:
        microphone = system.microphone(default(system))
        microphone.start(inbox.post)
        inbox.wait_for(AudioCaptured)
        sound_card.configuration.write_text("pcm.!default {")
        os.utime(sound_card.configuration, (0, 0))  # ALSA reads it anew when its time has changed
        with pytest.raises(SoundError, match="does not work"):
            system.restart()
        (lost,) = inbox.wait_for(DeviceLost)
        assert "does not start again" in lost.error.message
        sound_card.configuration.write_text(configuration)
        os.utime(sound_card.configuration, (1, 1))
        another = system.microphone(default(system))
        heard = len(inbox.all(AudioCaptured))
        another.start(inbox.post)
        inbox.wait_for(AudioCaptured, lambda chunks: len(chunks) > heard)
