"""What a conversation came to, told at its end."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Any

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.ui.reports.latency import Latency


class Summary:
    """Watches a conversation and adds it up."""

    def __init__(self, speaker_ms: float = 0.0) -> None:
        self.turns = self.interruptions = self.overruns = self.underruns = self.underrun_ms = 0
        self.input: Counter[str] = Counter()  # tokens: all, audio, text, cached
        self.output: Counter[str] = Counter()
        self.transcription: Counter[str] = Counter()  # tokens: in, out; or seconds
        self._latency = Latency(speaker_ms)
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
        if isinstance(happening, on.InputCommitted | do.CreateUserText):
            self.turns += 1
        elif isinstance(happening, on.PlayoutCleared):
            self.interruptions += bool(happening.heard)
        elif isinstance(happening, on.PlayoutUnderrun):
            self.underruns += 1
            self.underrun_ms += happening.ms
        elif isinstance(happening, on.ResponseEnded):
            self._count_response(happening.usage or {})
        elif isinstance(happening, on.UserTranscribed):
            self._count_transcription(happening.usage or {})
        elif isinstance(happening, do.End):
            self._over = True

    def _count_response(self, usage: dict[str, Any]) -> None:
        for counter, side in ((self.input, "input"), (self.output, "output")):
            details = usage.get(f"{side}_token_details")
            details = details if isinstance(details, dict) else {}
            counter["all"] += _number(usage.get(f"{side}_tokens"))
            for kind in ("audio", "text", "cached"):
                counter[kind] += _number(details.get(f"{kind}_tokens"))

    def _count_transcription(self, usage: dict[str, Any]) -> None:
        for name in ("input_tokens", "output_tokens", "seconds"):
            self.transcription[name] += _number(usage.get(name))

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
        if self.overruns:
            told.append(_count(self.overruns, "overrun"))
        lines = [" · ".join(told)]
        if self.input["all"] or self.output["all"]:
            lines.append(f"Tokens: {_tokens(self.input, 'in')}, {_tokens(self.output, 'out')}")
        used = self.transcription
        if used["input_tokens"] or used["output_tokens"]:
            lines.append(
                f"Transcription: {used['input_tokens']:,} in, {used['output_tokens']:,} out"
            )
        elif used["seconds"]:
            lines.append(f"Transcription: {used['seconds']:.0f} s")
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


def _number(value: object) -> int:
    """Return a count that an endpoint sent, 0 for anything that is none."""
    return int(value) if isinstance(value, int | float) and 0 <= value < 1e12 else 0
