"""The toolbar: what the conversation is doing, how loud the microphone is, how long all takes."""

from __future__ import annotations

import math

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.session_config import ByKey
from s2s.ui.reports.latency import Latency
from s2s.ui.reports.summary import clock
from s2s.ui.screen.wrapping import Fragment, Row, cells

METER_CELLS = 10
_DB_PER_CELL = 6  # so that an empty meter is quieter than -60 dBFS
_CLIPPED = 32_700 / 32_768  # beyond that, samples lie flat
_STEPS = bytes(min(high, 255 - high) for high in range(256))  # a high byte's magnitude, 0 to 127
_CLIP_SHOWN_S = 1.5
_GAP = 2  # cells between fields
_FIRST_CELL = 1 - METER_CELLS * _DB_PER_CELL

_STYLES = {
    "listening": "class:listening",
    "hearing you": "class:hearing",
    "thinking": "class:thinking",
    "speaking": "class:speaking",
    "muted": "class:muted",
}
_STATE_CELLS = len("hearing you")


class Status:
    """Watches a conversation; `row` is what the toolbar shows of it."""

    def __init__(self, speaker_ms: float = 0.0, *, ascii_only: bool = False) -> None:
        self.by_key = False  # the user begins and ends the turns
        self._latency = Latency(speaker_ms)
        self._shown = do.ShowState("connecting")
        self._signs = ("*", "#", "-") if ascii_only else ("●", "█", "·")
        self._peak = 0  # of 32768, since the last tick
        self._meter = 0  # cells
        self._clipped_at = -math.inf
        self._start: float | None = None
        self._at = 0.0
        self._underruns = self._overruns = 0

    @property
    def shown(self) -> do.ShowState:
        return self._shown

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Take note of what the toolbar tells."""
        self._start = at if self._start is None else self._start
        self._at = at
        if isinstance(happening, on.AudioCaptured):
            self._hear(happening)
            return
        self._latency.observe(at, happening)
        if isinstance(happening, do.ShowState):
            self._shown = happening
        elif isinstance(happening, on.PlayoutUnderrun):
            self._underruns += 1
        elif isinstance(happening, do.ConfigureSession):
            self.by_key = isinstance(happening.turn_detection, ByKey)

    def _hear(self, captured: on.AudioCaptured) -> None:
        peak = _about_peak(captured.pcm)
        self._peak = max(self._peak, peak)
        if peak >= 32_767 and pcm.peak(captured.pcm) >= _CLIPPED:
            self._clipped_at = self._at
        self._overruns += captured.overrun

    def tick(self) -> None:
        """Let the meter follow: up at once, down a cell at a time, so that it is calm to see."""
        db = 20 * math.log10(self._peak / 32768) if self._peak else -math.inf
        reached = 0 if db < _FIRST_CELL else METER_CELLS - int(-db // _DB_PER_CELL)
        self._meter = max(reached, self._meter - 1)
        self._peak = 0

    @property
    def glance(self) -> tuple[int, bool, int]:
        """Return what changes by itself: the meter, whether it clips, the seconds."""
        start = self._at if self._start is None else self._start
        return self._meter, self._at - self._clipped_at < _CLIP_SHOWN_S, int(self._at - start)

    def row(self, width: int) -> Row:
        """Return the toolbar as wide as fits: the least important goes first."""
        fields = [self._state(), self._microphone(), self._time()]
        if "speaker" in self._shown.gone:
            fields.append([("class:muted", "no speaker")])
        if latency := self._latency.last:
            fields.append([("class:quiet", f"answered in {latency:.1f} s")])
        if lost := self._lost():
            fields.append([("class:warning", lost)])
        fields += [[("class:quiet", hint)] for hint in self._hints()]
        row: Row = [("", " ")]
        used = 1
        for field in fields:
            size = sum(cells(text) for _, text in field)
            gap = _GAP if used > 1 else 0
            if used + gap + size > width - 1:
                break
            row += [("", " " * gap), *field]
            used += gap + size
        return row

    def _state(self) -> Row:
        muted = self._shown.muted and self._shown.state in ("listening", "hearing you")
        state = "muted" if muted else self._shown.state
        style = _STYLES.get(state, "class:quiet")
        return [(style, f"{self._signs[0]} "), ("class:state", state.ljust(_STATE_CELLS))]

    def _microphone(self) -> Row:
        label: Fragment = ("class:quiet", "mic ")
        if self._shown.muted:
            return [label, ("class:muted", "off".ljust(METER_CELLS))]
        if "microphone" in self._shown.gone:
            return [label, ("class:muted", "gone".ljust(METER_CELLS))]
        _, full, empty = self._signs
        clip = "clip" if self._at - self._clipped_at < _CLIP_SHOWN_S else ""
        room = METER_CELLS - len(clip)
        meter = min(self._meter, room)
        return [
            label,
            ("class:meter", full * meter),
            ("class:quiet", empty * (room - meter)),
            ("class:warning", clip),
        ]

    def _time(self) -> Row:
        start = self._at if self._start is None else self._start
        return [("class:quiet", clock(self._at - start).rjust(5))]

    def _lost(self) -> str:
        counted = (("underrun", self._underruns), ("overrun", self._overruns))
        return ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for name, n in counted if n)

    def _hints(self) -> list[str]:
        if self._shown.talking:
            return ["space ends your turn"]
        return ["space to talk", "? keys"] if self.by_key else ["? keys"]


def _about_peak(samples: bytes) -> int:
    """Return the largest magnitude of 16-bit samples, at most 255 too large, and quickly.

    Fifty times a second every sample would cost three times as much as its high byte. Where all of
    those are 0 or 255, the low byte of a sample is its magnitude, or what that lacks to 255.
    """
    high = samples[1::2]
    if step := max(high.translate(_STEPS), default=0):
        return 256 * step + 255
    signs, low = int.from_bytes(high, "little"), int.from_bytes(samples[0::2], "little")
    return max((signs ^ low).to_bytes(len(high), "little"), default=0)
