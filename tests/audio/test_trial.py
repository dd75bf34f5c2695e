"""A microphone and a speaker tried out together, without either."""

from __future__ import annotations

import pytest

from s2s import pcm
from s2s.audio.check.echo_measurement import SOUND_MS, chirps
from s2s.audio.check.loopback_test import Trial
from s2s.audio.devices.protocols import CHUNK_MS, PCM, Post, Pull, Source
from s2s.audio.events import AudioCaptured, DeviceLost, Part, Times
from s2s.audio.live.chain import Chain
from s2s.errors import SoundError


class Room:
    """Where the speaker is heard `delay_ms` later; time passes as the microphone gives chunks."""

    def __init__(self, delay_ms: float, *, says: bytes = b"", lost: bool = False) -> None:
        self.delay_ms = delay_ms
        self.says = says
        self.lost = lost
        self.happened: list[str] = []
        self.now_s = 1000.0
        self.post: Post = print
        self.pull: Pull

    def now(self) -> float:
        return self.now_s

    def hear(self, audio: bytes) -> None:
        for start in range(0, len(audio), pcm.size_of(CHUNK_MS)):
            chunk = audio[start : start + pcm.size_of(CHUNK_MS)]
            self.now_s += pcm.seconds(len(chunk))
            self.post(AudioCaptured(chunk))

    def play(self) -> None:
        self.happened.append("plays")
        self.hear(pcm.silence(200))
        self.now_s += 0.007  # the speaker takes its first block between two chunks
        audio = self.pull(pcm.RATE * SOUND_MS // 1000, Times(0))
        if self.lost:
            self.post(DeviceLost("speaker", SoundError("The speaker is lost.")))
        self.now_s -= 0.007
        # The chunk after `PartStarted` began 7 ms before it.
        self.hear(pcm.silence(self.delay_ms + 7) + audio + pcm.silence(2000))


class RoomMicrophone:
    def __init__(self, room: Room) -> None:
        self.room = room

    def start(self, post: Post) -> None:
        self.room.happened.append("microphone opens")
        self.room.post = post
        self.room.hear(self.room.says)

    def close(self) -> None:
        self.room.happened.append("microphone closes")


class RoomSpeaker:
    latency_ms = 0.0

    def __init__(self, room: Room) -> None:
        self.room = room

    def start(self, source: Source, post: Post) -> None:
        self.room.happened.append("speaker opens")
        self.room.pull = source.opened(PCM)

    def close(self) -> None:
        self.room.happened.append("speaker closes")


def trial_in(room: Room) -> Trial:
    class RoomChain(Chain):
        """What is queued is heard at once."""

        def end(self, part: Part) -> None:
            super().end(part)
            room.play()

    return Trial(RoomMicrophone(room), RoomSpeaker(room), room.now, RoomChain)


@pytest.mark.parametrize("delay_ms", [10, 55, 131, 400])
def test_the_delay_is_from_the_speakers_taking_to_the_microphones_giving(delay_ms: float) -> None:
    with trial_in(Room(delay_ms)) as trial:
        echo = trial.echo()
    assert echo.delay_ms == pytest.approx(delay_ms, abs=0.5)
    assert echo.coupling_db == pytest.approx(0, abs=0.5)


def test_a_second_try_finds_the_same() -> None:
    with trial_in(Room(131)) as trial:
        trial.echo()
        assert trial.echo().delay_ms == pytest.approx(131, abs=0.5)


def test_nothing_is_played_while_the_voice_is_listened_to() -> None:
    room = Room(50, says=b"\1\0" * 24_000)
    with trial_in(room) as trial:
        heard = b"".join(trial.listen(1000))
        room.happened.append("has listened")
        trial.echo()
    assert heard == room.says
    assert chirps()[:1000] not in heard
    assert room.happened == [
        "speaker opens", "microphone opens", "has listened", "plays",
        "microphone closes", "speaker closes",
    ]  # fmt: skip


def test_a_device_that_is_lost_ends_the_trial_with_its_own_sentence() -> None:
    with pytest.raises(SoundError, match="The speaker is lost"), trial_in(Room(5, lost=True)) as t:
        t.echo()


def test_a_microphone_that_does_not_open_leaves_no_speaker_open() -> None:
    room = Room(5)

    class Busy(RoomMicrophone):
        def start(self, post: Post) -> None:
            raise SoundError("It is in use.")

    with pytest.raises(SoundError, match="in use"), Trial(Busy(room), RoomSpeaker(room)):
        pass
    assert room.happened[-1] == "speaker closes"


def test_a_speaker_that_takes_no_sound_is_told_of() -> None:
    class Deaf(Room):
        def play(self) -> None:
            self.hear(pcm.silence(11_000))

    with pytest.raises(SoundError, match="takes no sound"), trial_in(Deaf(5)) as trial:
        trial.echo()
