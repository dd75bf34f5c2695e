"""What every reader of recordings gives: parts, each with the frames of one stream of audio."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from s2s.audio.files.conversion import Frames


class Decoder(Protocol):
    """Gives the frames of one stream of audio, in order, once."""

    @property
    def rate(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def format(self) -> str: ...
    @property
    def promised(self) -> int | None:
        """Frames that the header promises, None where it does not know."""

    @property
    def held(self) -> int | None:
        """Frames that are there, as far as can be told before reading."""

    @property
    def is_pcm(self) -> bool:
        """Whether `read_samples` gives our PCM."""

    @property
    def cut(self) -> bool:
        """Whether it was seen to break off, once it is read."""

    @property
    def notices(self) -> list[str]:
        """What else the user should know, once it is read."""

    def read(self, frames: int) -> Frames:
        """Return the next frames, at most `frames` of them, none at the end. Raises UsageError."""

    def read_samples(self, frames: int) -> bytes:
        """Return the next frames as they stand in the file; only of one that `is_pcm`."""


@dataclass
class Parts:
    """A recording: nearly always one part; more where files were joined end to end.

    The first is open, each other opens when the one before it was read.
    """

    first: Decoder
    others: Iterator[Decoder]
    seconds: float | None  # of all of them, as far as can be told before reading
    notices: list[str] = field(default_factory=list)  # of the recording as a whole

    def __iter__(self) -> Iterator[Decoder]:
        return itertools.chain([self.first], self.others)
