"""What callbacks do and what becomes of a stream that stops, without a sound system."""

from __future__ import annotations

import logging

import pytest
from fakes import tone

from s2s import pcm
from s2s.audio.devices.choice import Device
from s2s.audio.devices.protocols import PCM, Opening, Post, Pull
from s2s.audio.devices.streams import Callback, PortAudioMicrophone, PortAudioSpeaker, Stream
from s2s.audio.events import AudioCaptured, DeviceLost, PartStarted, PlayoutCleared, Times
from s2s.audio.live.capturing import AsWanted
from s2s.audio.live.chain import Chain
from s2s.conversation.events import Event, Part
from s2s.errors import Bug

DEVICE = Device(0, "Yeti", "Core Audio", 2, 2, 48_000)
PART = Part("response", "item", 0, 0)
CONTINUE, ABORT = 0, 2
OVERFLOWED = 2


class OpenedStream:
    def __init__(self) -> None:
        self.active = True
        self.closed = False

    def is_active(self) -> bool:
        if self.closed:
            raise OSError(-9988, "Stream closed")  # as PyAudio's does
        return self.active

    def close(self) -> None:
        self.closed = True


class FakeSystem:
    """Opens a stream in one way, and lets the test call back."""

    def __init__(self, opening: Opening = PCM) -> None:
        self.opened = OpenedStream()
        self._opening = opening
        self._callback: Callback

    def open_stream(self, stream: Stream, wanted: Opening, post: Post) -> None:
        self.opened = OpenedStream()
        self._callback = stream.callback(self._opening)
        stream.attach(self.opened, post)

    def close_stream(self, stream: Stream, *, wait: bool = True) -> None:
        if opened := stream.detach():
            opened.close()

    def reopen_stream(self, stream: Stream, wanted: Opening, post: Post) -> None:
        self.open_stream(stream, wanted, post)

    def call_back(
        self,
        captured: bytes | None = None,
        frames: int = 480,
        flags: int = 0,
        times: dict[str, float] | None = None,
    ) -> tuple[bytes | None, int]:
        return self._callback(captured, frames, times or {}, flags)


def started(
    system: FakeSystem, post: Post, device: Device = DEVICE
) -> tuple[PortAudioSpeaker, Chain]:
    speaker, chain = PortAudioSpeaker(system, device), Chain(post, prebuffer_ms=0)
    speaker.start(chain, post)
    return speaker, chain


def lost(events: list[Event]) -> list[DeviceLost]:
    return [event for event in events if isinstance(event, DeviceLost)]


def test_a_chunk_before_which_samples_were_lost_says_so() -> None:
    system, events = FakeSystem(), list[Event]()
    microphone = PortAudioMicrophone(system, DEVICE, PCM)
    microphone.start(events.append)
    for flags in (0, OVERFLOWED, 0):
        assert system.call_back(tone(20), flags=flags) == (None, CONTINUE)
    assert events == [AudioCaptured(tone(20), overrun) for overrun in (False, True, False)]


@pytest.mark.parametrize("rate", [pcm.RATE, 48_000])
def test_every_block_knows_its_first_frame_and_when_that_was_captured(rate: int) -> None:
    opening = Opening(rate, 1)
    system, events = FakeSystem(opening), list[Event]()
    microphone = PortAudioMicrophone(system, DEVICE, PCM)
    microphone.start(events.append)
    for n in range(4):
        if n == 2:
            microphone.rest()
        system.call_back(bytes(rate // 25), times={"input_buffer_adc_time": 7.0 + n})
    captured = [each for each in events if isinstance(each, AudioCaptured)]
    size = rate // 50
    assert [each.times for each in captured] == [
        Times(0, 7.0),
        Times(size, 8.0),
        Times(2 * size, 9.0),  # the last two are one
    ]
    assert {each.opening for each in captured} == {None if rate == pcm.RATE else opening}
    assert [each.ms for each in captured] == [20, 20, 40]


@pytest.mark.parametrize("rate", [pcm.RATE, 48_000])
def test_every_block_that_is_pulled_knows_its_first_frame_and_when_it_will_sound(rate: int) -> None:
    pulled: list[tuple[int, Times]] = []

    class Silent(Chain):
        def opened(self, opening: Opening) -> Pull:
            def pull(frames: int, times: Times) -> bytes:
                pulled.append((frames, times))
                return bytes(2 * frames * opening.channels)

            return pull

    system = FakeSystem(Opening(rate, 1))
    PortAudioSpeaker(system, DEVICE).start(Silent(print), print)
    for n in range(3):
        system.call_back(frames=rate // 100, times={"output_buffer_dac_time": 5.0 + n})
    assert pulled == [(rate // 100, Times(n * rate // 100, 5.0 + n)) for n in range(3)]


def test_an_overrun_waits_for_the_chunk_that_follows_it() -> None:
    """The resampler holds the first piece back for less than a chunk."""
    system, events = FakeSystem(Opening(48_000, 1)), list[Event]()
    PortAudioMicrophone(system, DEVICE, PCM).start(events.append)
    system.call_back(bytes(1920), flags=OVERFLOWED)
    system.call_back(bytes(1920))
    as_wanted, chunks = AsWanted(), list[AudioCaptured]()
    for event in events:
        assert isinstance(event, AudioCaptured)
        chunks += as_wanted.convert(event)
    assert chunks == [AudioCaptured(bytes(960), overrun=True)]


def test_a_microphone_whose_callbacks_stop_is_lost_once_after_a_second_of_looks() -> None:
    system, events = FakeSystem(), list[Event]()
    microphone = PortAudioMicrophone(system, DEVICE, PCM)
    microphone.start(events.append)
    for _ in range(20):
        system.call_back(tone(20))
        microphone.look()
    for _ in range(3):
        microphone.look()
    assert not lost(events)
    for _ in range(20):
        microphone.look()
    assert [(each.side, each.error.exit_status) for each in lost(events)] == [("microphone", 4)]
    assert "Yeti" in lost(events)[0].error.message


def test_a_headset_that_wakes_slowly_is_given_five_seconds() -> None:
    system, events = FakeSystem(), list[Event]()
    speaker, _ = started(system, events.append)
    for _ in range(19):
        speaker.look()
    assert not lost(events)
    speaker.look()
    assert lost(events)


def test_a_stream_that_pyaudio_has_closed_is_lost_at_once() -> None:
    system, events = FakeSystem(), list[Event]()
    microphone = PortAudioMicrophone(system, DEVICE, PCM)
    microphone.start(events.append)
    system.opened.closed = True
    microphone.look()
    assert [each.side for each in lost(events)] == ["microphone"]


def test_a_stream_that_says_it_has_ended_is_lost_at_once() -> None:
    system, events = FakeSystem(), list[Event]()
    speaker, _ = started(system, events.append)
    system.call_back(frames=240)
    system.opened.active = False
    speaker.look()
    assert [each.side for each in lost(events)] == ["speaker"]


def test_a_callback_that_fails_stops_the_stream_and_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    system, events = FakeSystem(), list[Event]()

    def post(event: Event) -> None:
        if isinstance(event, AudioCaptured):
            raise ZeroDivisionError
        events.append(event)

    microphone = PortAudioMicrophone(system, DEVICE, PCM)
    microphone.start(post)
    assert system.call_back(tone(20)) == (None, ABORT)
    with caplog.at_level(logging.ERROR, "s2s.sound"):
        microphone.look()
    error = lost(events)[0].error
    assert isinstance(error, Bug)
    assert isinstance(error.__cause__, ZeroDivisionError)
    assert "Traceback" in caplog.text


def test_a_closed_microphone_posts_nothing_more_not_even_its_loss() -> None:
    system, events = FakeSystem(), list[Event]()
    microphone = PortAudioMicrophone(system, DEVICE, PCM)
    microphone.start(events.append)
    microphone.close()
    assert system.opened.closed
    assert system.call_back(tone(20)) == (None, CONTINUE)
    for _ in range(30):
        microphone.look()
    assert events == []


def test_a_speaker_gets_exactly_what_it_asks_for_then_silence_after_a_clear() -> None:
    system, events = FakeSystem(), list[Event]()
    _, chain = started(system, events.append)
    chain.play(PART, tone(100))
    assert system.call_back(frames=240) == (tone(100)[:480], CONTINUE)
    chain.clear()
    fade, _ = system.call_back(frames=240)
    assert fade
    assert len(fade) == 480
    assert system.call_back(frames=240) == (bytes(480), CONTINUE)
    assert [type(event) for event in events] == [PartStarted, PlayoutCleared]


def test_a_stereo_speaker_of_another_rate_gets_whole_frames_on_both_sides() -> None:
    system = FakeSystem(Opening(44_100, 2))
    _, chain = started(system, lambda event: None)
    chain.play(PART, tone(1000))
    for _ in range(50):
        filled = system.call_back(frames=441)[0] or b""
        left, right = filled[0::4] + filled[1::4], filled[2::4] + filled[3::4]
        assert len(filled) == 441 * 4
        assert left == right
    assert pcm.peak(filled) == pytest.approx(0.3, abs=0.01)


def test_a_resting_microphone_posts_two_chunks_at_once_and_loses_none() -> None:
    system, events = FakeSystem(), list[Event]()
    microphone = PortAudioMicrophone(system, DEVICE, PCM)
    microphone.start(events.append)
    chunks = [tone(20, level=n / 10) for n in range(1, 7)]
    microphone.rest()
    for chunk in chunks[:3]:
        system.call_back(chunk)
    assert events == [AudioCaptured(chunks[0] + chunks[1])]
    microphone.wake()
    for chunk in chunks[3:5]:
        system.call_back(chunk)
    assert events[1:] == [AudioCaptured(chunks[2] + chunks[3]), AudioCaptured(chunks[4])]


def test_an_overrun_is_not_forgotten_by_a_microphone_that_rests() -> None:
    system, events = FakeSystem(), list[Event]()
    microphone = PortAudioMicrophone(system, DEVICE, PCM)
    microphone.start(events.append)
    microphone.rest()
    system.call_back(tone(20), flags=OVERFLOWED)
    system.call_back(tone(20))
    assert events == [AudioCaptured(tone(20) + tone(20), overrun=True)]


def test_a_resting_speaker_runs_no_stream_and_goes_on_where_it_was_when_it_wakes() -> None:
    system, events = FakeSystem(), list[Event]()
    speaker, chain = started(system, events.append)
    system.call_back(frames=240)
    speaker.rest()
    assert system.opened.closed
    for _ in range(30):
        speaker.look()
    assert not lost(events), "a stream that was closed on purpose is not lost"
    chain.play(PART, tone(100))
    speaker.wake()
    assert not system.opened.closed
    assert system.call_back(frames=240) == (tone(100)[:480], CONTINUE)


def test_a_speaker_that_wakes_is_watched_again_and_may_take_its_time() -> None:
    system, events = FakeSystem(), list[Event]()
    speaker, _ = started(system, events.append)
    system.call_back(frames=240)
    speaker.rest()
    speaker.wake()
    for _ in range(19):
        speaker.look()
    assert not lost(events)
    speaker.look()
    assert lost(events)


@pytest.mark.parametrize("name", ["HDA Intel: ALC257 (hw:0,0)", "hdmi", "front"])
def test_a_card_that_another_program_could_take_meanwhile_is_kept(name: str) -> None:
    system = FakeSystem()
    card = Device(0, name, "ALSA", 0, 2, 48_000)
    speaker, _ = started(system, lambda event: None, card)
    first = system.opened
    speaker.rest()
    speaker.wake()
    assert system.opened is first
    assert not first.closed


def test_a_speaker_that_was_closed_does_not_wake() -> None:
    system = FakeSystem()
    speaker, _ = started(system, lambda event: None)
    speaker.rest()
    speaker.close()
    speaker.wake()
    assert system.opened.closed


def test_a_speaker_that_is_to_be_opened_again_pulls_nothing_until_then() -> None:
    system = FakeSystem()
    speaker, chain = started(system, print)
    chain.play(PART, tone(500))
    assert speaker.runs
    speaker.pause()
    assert system.call_back(frames=240) == (pcm.silence(10), CONTINUE)
    system.open_stream(speaker, PCM, print)
    assert system.call_back(frames=240) == (tone(500)[: pcm.size_of(10)], CONTINUE)
