"""What a conversation came to, told at its end."""

from __future__ import annotations

from collections import Counter
from statistics import median

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.usage import Usage
from s2s.ui.echo_words import in_toolbar
from s2s.ui.reports.cost import cost_in_full
from s2s.ui.reports.latency import Latency


class Summary:
    """Watches a conversation and adds it up."""

    def __init__(self, speaker_ms: float = 0.0) -> None:
        self.turns = self.interruptions = self.overruns = self.underruns = self.underrun_ms = 0
        self.pauses = self.paused_ms = 0  # in which the speaker stood still
        self.input: Counter[str] = Counter()  # tokens: all, audio, text, cached
        self.output: Counter[str] = Counter()
        self.transcription: Counter[str] = Counter()  # tokens: in, out; or seconds
        self.echo: on.EchoJudged | None = None
        self._latency = Latency(speaker_ms)
        self._spoken: set[str] = set()  # items of the user
        self._cost: do.ShowCost | None = None
        self._start: float | None = None
        self._end = 0.0
        self._over = False

    @property
    def seconds(self) -> float:
        """Return how long the conversation has lasted."""
        return 0.0 if self._start is None else self._end - self._start

    @property
    def latencies(self) -> list[float]:
        """Return the seconds that each answer took."""
        return self._latency.seconds

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Add up what happens until the end, or until the user leaves."""
        if self._over:
            return
        self._start = at if self._start is None else self._start
        self._end = at
        if isinstance(happening, on.AudioCaptured):
            self.overruns += happening.overrun
            return
        self._latency.observe(at, happening)
        if isinstance(happening, do.SendAudio):
            return
        if isinstance(happening, on.InputCommitted):
            self.turns += 1
            self._spoken.add(happening.item_id)
        elif isinstance(happening, do.CreateUserText):
            self.turns += 1
        elif isinstance(happening, do.DeleteItem) and happening.item_id in self._spoken:
            self._spoken.remove(happening.item_id)
            self.turns -= 1  # a noise, or no more than "mhm"
        elif isinstance(happening, on.PlayoutCleared):
            self.interruptions += bool(happening.heard)
        elif isinstance(happening, on.PlayoutUnderrun):
            self.underruns += 1
            self.underrun_ms += happening.ms
        elif isinstance(happening, on.DevicePaused) and happening.side == "speaker":
            self.pauses += 1
            self.paused_ms += happening.ms
        elif isinstance(happening, on.ResponseEnded):
            self._count_response(happening.usage or Usage())
        elif isinstance(happening, on.UserTranscribed):
            self._count_transcription(happening.usage or Usage())
        elif isinstance(happening, on.EchoJudged):
            self.echo = happening
        elif isinstance(happening, do.ShowCost):
            self._cost = happening
        elif isinstance(happening, do.End):
            self._over = True

    def _count_response(self, usage: Usage) -> None:
        for counter, used in ((self.input, usage.input), (self.output, usage.output)):
            counter["all"] += used.total
            for kind in ("audio", "text", "cached"):
                counter[kind] += getattr(used, kind)

    def _count_transcription(self, usage: Usage) -> None:
        self.transcription["in"] += usage.input.total
        self.transcription["out"] += usage.output.total
        self.transcription["seconds"] += int(usage.seconds)

    def lines(self) -> list[str]:
        """Return the summary for a person; what did not happen is not mentioned."""
        told = [f"{_count(self.turns, 'turn')} in {clock(self.seconds)}"]
        if self.latencies:
            several = f" (median; worst {max(self.latencies):.2f} s)"
            waited = f"answered after {median(self.latencies):.2f} s"
            told.append(waited + several * (len(self.latencies) > 1))
        if self.interruptions:
            told.append(_count(self.interruptions, "interruption"))
        if self.underruns:
            told.append(f"{_count(self.underruns, 'underrun')} ({self.underrun_ms} ms)")
        if self.pauses:
            told.append(f"speaker stood still {self.pauses} x ({self.paused_ms} ms)")
        if self.overruns:
            told.append(_count(self.overruns, "overrun"))
        if self.echo and self.echo.doing in ("cancelling", "headphones", "platform"):
            told.append(in_toolbar(self.echo, narrow=False))
        lines = [" · ".join(told)]
        if self.input["all"] or self.output["all"]:
            lines.append(f"Tokens: {_tokens(self.input, 'in')}, {_tokens(self.output, 'out')}")
        used = self.transcription
        if used["in"] or used["out"]:
            lines.append(f"Transcription: {used['in']:,} in, {used['out']:,} out")
        elif used["seconds"]:
            lines.append(f"Transcription: {used['seconds']:.0f} s")
        if self._cost:
            lines.append(cost_in_full(self._cost))
        return lines


def clock(seconds: float) -> str:
    """Return a duration as 0:07, 12:34 or 1:02:03."""
    minutes, rest = divmod(int(round(seconds, 3)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _tokens(counter: Counter[str], side: str) -> str:
    kinds = [f"{counter[kind]:,} {kind}" for kind in ("audio", "text", "cached") if counter[kind]]
    return f"{counter['all']:,} {side}" + (f" ({', '.join(kinds)})" if kinds else "")
