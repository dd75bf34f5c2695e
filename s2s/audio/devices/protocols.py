"""What a microphone and a speaker are: they give and pull blocks of samples, and know no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from s2s import pcm
from s2s.audio.events import Event, Times
from s2s.audio.events import Opening as Opening  # noqa: PLC0414 - devices know it from here
from s2s.audio.events import Side as Side  # noqa: PLC0414

CHUNK_MS = 20  # of capture: quick enough for turn detection, rare enough to be cheap
BLOCK_MS = 10  # of playout: what is pulled at once

Post = Callable[[Event], None]  # hands an event over, from any thread
Pull = Callable[[int, Times], bytes]  # so many frames, in the format of who pulls; never waits


PCM = Opening(pcm.RATE, 1)


class Microphone(Protocol):
    """Posts `AudioCaptured` from `start` to `close`; `DeviceLost` if it stops by itself.

    What a device gives in another format than is wanted says so: `AudioCaptured.opening`.
    """

    def start(self, post: Post) -> None:
        """Begin to capture. Raises `SoundError` if the device cannot be opened."""

    def close(self) -> None:
        """Stop, at once and for good; nothing is posted afterwards."""


class Source(Protocol):
    """Where a speaker's sound comes from."""

    def opened(self, opening: Opening) -> Pull:
        """A stream begins: return what to fill it from. Nothing else is pulled from any more."""

    def rests(self) -> None:
        """Nothing is pulled until a stream is opened again."""


class Speaker(Protocol):
    """Pulls from `start` to `close`; posts `DeviceLost` if it stops by itself."""

    @property
    def latency_ms(self) -> float:
        """From the moment when a sample is taken to the moment when it sounds."""

    def start(self, source: Source, post: Post) -> None:
        """Begin to pull. Raises `SoundError` if the device cannot be opened."""

    def close(self) -> None:
        """Stop, at once and for good; nothing is pulled or posted afterwards."""


class Restful(Protocol):
    """Costs less while nobody speaks, and misses nothing."""

    def rest(self) -> None:
        """Until `wake` nobody is in a hurry, and nothing is to be played."""

    def wake(self) -> None:
        """Be as quick as possible again; posts `DeviceLost` if that cannot be."""


class LiveMicrophone(Microphone, Restful, Protocol):
    """What a conversation listens with."""


class LiveSpeaker(Speaker, Restful, Protocol):
    """What a conversation is heard from."""
