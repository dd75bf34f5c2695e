"""What a device is, what a microphone and a speaker do, and how one is chosen by a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from s2s.conversation.events import Event, Part

CHUNK_MS = 20  # of capture: quick enough for turn detection, rare enough to be cheap

Post = Callable[[Event], None]  # hands an event over, from any thread


@dataclass(frozen=True, slots=True)
class Device:
    """One entry of the sound system's list, as it was when the list was made."""

    index: int
    name: str
    host_api: str
    inputs: int  # channels
    outputs: int  # channels
    rate: int  # Hz, the one the device likes best
    default_input: bool = False
    default_output: bool = False
    loopback: bool = False  # a monitor: hears what a speaker plays


class Microphone(Protocol):
    """Posts `AudioCaptured` from `start` to `close`; `DeviceLost` if it stops by itself."""

    def start(self, post: Post) -> None:
        """Begin to capture. Raises `SoundError` if the device cannot be opened."""

    def close(self) -> None:
        """Stop, at once and for good; nothing is posted afterwards."""


class Speaker(Protocol):
    """Plays parts in order and posts what of them is heard, from `start` to `close`."""

    @property
    def latency_ms(self) -> float:
        """From the moment when a sample is taken to the moment when it sounds."""

    def start(self, post: Post) -> None:
        """Begin to play. Raises `SoundError` if the device cannot be opened."""

    def play(self, part: Part, audio: bytes) -> None:
        """Queue PCM behind what is queued already."""

    def end(self, part: Part) -> None:
        """No more audio comes for this part."""

    def clear(self) -> None:
        """Fall silent; posts `PlayoutCleared` before it returns."""

    def close(self) -> None:
        """Stop, at once and for good; nothing is posted afterwards."""
