"""The toolbar: what the conversation is doing, how loud the microphone is, how long all takes."""

from __future__ import annotations

import math

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.session_config import ByKey
from s2s.ui.echo_words import in_toolbar
from s2s.ui.reports.cost import cost_in_short
from s2s.ui.reports.latency import Latency
from s2s.ui.reports.summary import clock
from s2s.ui.screen.wrapping import Fragment, Row, cells

METER_CELLS = 10
_DB_PER_CELL = 6  # so that an empty meter is quieter than -60 dBFS
_CLIPPED = 32_700 / 32_768  # beyond that, samples lie flat
_STEPS = bytes(min(high, 255 - high) for high in range(256))  # a high byte's magnitude, 0 to 127
_CLIP_SHOWN_S = 1.5
_GAP = 2  # cells between fields
_WORTH_MOST = 3  # the rank up to which nothing of less worth takes a field's place
_NARROW = 60  # columns: below that, words are short
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
        self._echo: on.EchoJudged | None = None
        self._cost: do.ShowCost | None = None

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
        elif isinstance(happening, on.EchoJudged):
            self._echo = happening
        elif isinstance(happening, do.ShowCost):
            self._cost = happening
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
        fields = self._fields(narrow=width < _NARROW)
        shown: set[int] = set()
        room = width - 2  # a cell is free on either side
        for place in sorted(range(len(fields)), key=lambda each: fields[each][0]):
            needed = sum(cells(text) for _, text in fields[place][1]) + _GAP * bool(shown)
            if needed <= room:
                shown.add(place)
                room -= needed
            elif fields[place][0] <= _WORTH_MOST:
                break  # a lesser one would say less than a gap
        row: Row = [("", " ")]
        for place in sorted(shown):
            row += [*([("", " " * _GAP)] if len(row) > 1 else []), *fields[place][1]]
        return row

    def _fields(self, *, narrow: bool) -> list[tuple[int, Row]]:
        """Return the fields from left to right, each with its rank: the lowest matters most."""
        fields: list[tuple[int, Row]] = [(0, self._state()), (4, self._microphone())]
        if self._echo:
            fields.append((1, [("class:quiet", in_toolbar(self._echo, narrow=narrow))]))
        if "speaker" in self._shown.gone:
            fields.append((3, [("class:muted", "no speaker")]))
        if self._cost:
            fields.append((2, [("class:quiet", cost_in_short(self._cost))]))
        fields.append((5, self._time()))
        if latency := self._latency.last:
            fields.append((6, [("class:quiet", f"answered in {latency:.1f} s")]))
        if lost := self._lost():
            fields.append((3, [("class:warning", lost)]))
        fields += [(7, [("class:quiet", hint)]) for hint in self._hints()]
        return fields

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
