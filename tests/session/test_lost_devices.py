"""Devices that are lost and opened again: queue and playhead stay with the session."""

from __future__ import annotations

import pytest
from fakes import tone

from s2s import pcm
from s2s.audio.devices.protocols import PCM, Post, Pull, Source
from s2s.audio.events import (
    AudioCaptured,
    DeviceLost,
    Event,
    Heard,
    PartPlayed,
    PartStarted,
    PlayoutCleared,
    Times,
)
from s2s.errors import SoundError
from s2s.session.devices import Devices

PART = "the reply"
LOST = DeviceLost("speaker", SoundError("The speaker is lost."))


class Card:
    """A speaker, or a microphone, that the test turns by hand; it may go on after it was closed."""

    latency_ms = 25.0

    def __init__(self, error: SoundError | None = None) -> None:
        self.error, self.state = error, "closed"
        self.heard = b""
        self.post: Post
        self._pull: Pull

    def sound(self, ms: int) -> bytes:
        """What is heard of it in so many ms."""
        return b"".join(self._pull(240, Times(240 * n)) for n in range(ms // 10))

    def rest(self) -> None:
        self.state = "resting"

    def wake(self) -> None:
        self.state = "open"

    def close(self) -> None:
        self.state = "closed"


class SpeakerCard(Card):
    def start(self, source: Source, post: Post) -> None:
        if self.error:
            raise self.error
        self.post, self._pull, self.state = post, source.opened(PCM), "open"


class MicrophoneCard(Card):
    def start(self, post: Post) -> None:
        self.post, self.state = post, "open"


class Session:
    def __init__(self) -> None:
        self.posted: list[Event] = []
        self.devices = Devices(self.posted.append)
        self.speaker, self.microphone = SpeakerCard(), MicrophoneCard()
        self.devices.open_microphone(self.microphone)
        self.devices.open_speaker(self.speaker)

    def of(self, kind: type) -> list[Event]:
        return [each for each in self.posted if isinstance(each, kind)]


def test_a_speaker_that_is_lost_in_the_middle_of_a_reply_loses_no_queue_and_no_playhead() -> None:
    session = Session()
    session.devices.chain.play(PART, tone(2000))
    session.devices.chain.end(PART)
    heard = session.speaker.sound(700)
    session.speaker.post(LOST)
    assert session.posted[-1] == LOST
    for _ in range(50):  # a second in which nothing sounds
        session.microphone.post(AudioCaptured(pcm.silence(20)))
    another = SpeakerCard()
    session.devices.open_speaker(another)
    heard += another.sound(600)
    assert heard == tone(2000)[: pcm.size_of(1300)], "it goes on where it stopped"
    session.devices.chain.clear()
    (cleared,) = session.of(PlayoutCleared)
    assert isinstance(cleared, PlayoutCleared)
    assert cleared.heard == (Heard(PART, 1310),), "both have been heard, and a fade"
    assert len(session.of(PartStarted)) == 1


def test_a_reply_that_arrives_while_there_is_no_speaker_is_heard_whole_from_the_next() -> None:
    session = Session()
    session.devices.close_speaker()
    session.devices.chain.play(PART, tone(500))
    session.devices.chain.end(PART)
    session.microphone.post(AudioCaptured(pcm.silence(20)))
    another = SpeakerCard()
    session.devices.open_speaker(another)
    assert another.sound(600) == tone(500) + pcm.silence(100)
    assert session.of(PartPlayed) == [PartPlayed(PART, 500)]


def test_a_speaker_that_was_replaced_steals_no_sound_and_its_loss_is_nothing() -> None:
    session = Session()
    former = session.speaker
    session.devices.open_speaker(SpeakerCard())
    assert former.state == "closed"
    session.devices.chain.play(PART, tone(500))
    assert former.sound(100) == pcm.silence(100)
    former.post(LOST)
    assert not session.of(DeviceLost)


def test_a_speaker_that_does_not_open_leaves_the_queue_to_another() -> None:
    session = Session()
    session.devices.chain.play(PART, tone(500))
    busy = SpeakerCard(SoundError("It is in use."))
    with pytest.raises(SoundError, match="in use"):
        session.devices.open_speaker(busy)
    another = SpeakerCard()
    session.devices.open_speaker(another)
    assert another.sound(500) == tone(500)


def test_a_microphone_that_was_replaced_says_nothing_more() -> None:
    session = Session()
    another = MicrophoneCard()
    session.devices.open_microphone(another)
    session.microphone.post(AudioCaptured(tone(20)))
    another.post(AudioCaptured(pcm.silence(20)))
    assert session.of(AudioCaptured) == [AudioCaptured(pcm.silence(20))]


def test_both_rest_and_wake_and_none_does_once_it_is_closed() -> None:
    session = Session()
    session.devices.rest()
    assert (session.microphone.state, session.speaker.state) == ("resting", "resting")
    session.devices.wake()
    assert (session.microphone.state, session.speaker.state) == ("open", "open")
    assert session.devices.latency_ms == 25.0
    session.devices.close_microphone()
    session.devices.close_speaker()
    session.devices.wake()
    assert (session.microphone.state, session.speaker.state) == ("closed", "closed")
