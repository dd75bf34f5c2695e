"""The engine that plays your own voice back: for latency, for echo, for files without speech."""

from __future__ import annotations

from collections.abc import Iterator

from s2s import pcm
from s2s.local.engines import Turn
from s2s.local.steps import Sound, Step, Write

_PIECE = pcm.size_of(1_000)  # a long turn is passed on second by second


class EchoEngine:
    """Gives every spoken turn back as it came, and typed words as words."""

    name = "echo"
    instant = True

    def hear(self, pcm: bytes) -> str:
        return ""  # it has no recogniser and does not pretend to

    def reply(self, turn: Turn) -> Iterator[Step]:
        if not turn.pcm:
            yield Write(turn.text or "(nothing to echo)")
            return
        said = f"(your own voice, {pcm.seconds(len(turn.pcm)):.1f} s)"
        for start in range(0, len(turn.pcm), _PIECE):
            yield Sound(turn.pcm[start : start + _PIECE], "" if start else said)
