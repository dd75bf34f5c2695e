"""Whether the phrase that fits best is what was said: how well it fits a turn from end to end.

Another sentence is made to fit by letting a word or a silence swallow what is left of it: "goodbye"
and a second of nothing for "goodbye yellow brick road". The recogniser thinks well of both. What
was said over a reply fits badly too, but at its beginning alone: that is what a canceller damages.
The numbers were chosen, and are measured, with `benchmarks/offline.py`: see docs/offline.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SURE = -2.5  # fit

_BEGINNING = 40  # frames of 10 ms after which nothing of a damaged beginning is left
_SHARE = 0.3  # of a frame in it, beside one that is not
_WORD, _PHONE = 40, 12  # frames that a word may last: in slow speech, and with the pause behind it
_SILENCE = 30  # frames; a turn is trimmed to its speech, and 100 ms around it
_SWALLOWED = -6.0  # of a frame that nothing accounts for: as one of another sentence has


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or a silence as it was laid over the turn; a frame is 10 ms."""

    begins: int
    """Frames since the turn began."""
    frames: int
    score: float
    """A logarithm, summed over its frames: 0 if every sound was the likeliest one."""
    phones: int
    """0 in a silence."""


def fit(pieces: Sequence[Piece]) -> float:
    """Return how well a phrase fits a turn, per frame: 0 at best."""
    words = [each for each in pieces if each.phones]
    if not words:
        return float("-inf")
    begun = words[0].begins + _BEGINNING
    total = counted = 0.0
    for piece in pieces:
        longest = _WORD + _PHONE * piece.phones if piece.phones else _SILENCE
        spoken = min(piece.frames, longest)
        swallowed = piece.frames - spoken
        total += swallowed * _SWALLOWED
        counted += swallowed
        if piece.phones:
            early = min(max(begun - piece.begins, 0), piece.frames)
            share = 1 - (1 - _SHARE) * early / piece.frames
            total += share * spoken * piece.score / piece.frames
            counted += share * spoken
    return total / counted
