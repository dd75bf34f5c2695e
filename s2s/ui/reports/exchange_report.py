"""What an exchange came to: the one object `--json` prints, and the summary line.

The object is described in docs/json.md; `SCHEMA` grows when a field changes its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.errors import S2SError
from s2s.ui.reports.cost import cost_as_json, cost_in_short
from s2s.version import __version__

SCHEMA = 1


@dataclass
class ExchangeReport:
    """Watches one exchange and adds it up. Times are seconds on the session's clock."""

    started: float = 0.0
    input: dict[str, Any] = field(default_factory=dict)
    output: str | None = None
    model: str = ""
    endpoint: str = ""
    warnings: list[str] = field(default_factory=list)
    sent: int = 0  # bytes of PCM
    received: int = 0  # bytes of PCM
    user_text: str = ""
    assistant_text: str = ""
    usage: list[Mapping[str, Any]] = field(default_factory=list)
    transcription_usage: Mapping[str, Any] | None = None
    cost: do.ShowCost = field(default_factory=lambda: do.ShowCost(Decimal(0)))
    ids: dict[str, str] = field(default_factory=dict)
    _marks: dict[str, float] = field(default_factory=dict)
    _status: str = ""

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Take note of an event or a command that concerns the report."""
        if isinstance(happening, on.SessionStarted):
            self._mark("connected", at)
            self.ids["session"] = happening.session_id
            self.model = happening.model or self.model
        elif isinstance(happening, do.StartUpload):
            self._mark("configured", at)
        elif isinstance(happening, on.Uploaded):
            self.sent = happening.size
        elif isinstance(happening, on.InputCommitted):
            self._mark("uploaded", at)
            self.ids["input_item"] = happening.item_id
        elif isinstance(happening, do.CreateResponse):
            self._marks["asked"] = at
        elif isinstance(happening, on.ResponseStarted):
            self.ids["response"] = happening.response_id
        elif isinstance(happening, do.WriteAudio):
            self._mark("first_audio", at)
            self.received += len(happening.pcm)
        elif isinstance(happening, do.RestartReply):
            self.received, self.assistant_text = 0, ""
            self._marks.pop("first_audio", None)
            self._marks.pop("first_text", None)
        elif isinstance(happening, do.ShowText):
            self._take_text(at, happening)
        elif isinstance(happening, on.ResponseEnded):
            self._status = happening.status
            if happening.response_id:  # not everybody announces a response
                self.ids["response"] = happening.response_id
            if happening.usage:
                self.usage.append(happening.usage.raw)
        elif isinstance(happening, on.UserTranscribed):
            self.transcription_usage = happening.usage.raw if happening.usage else None
            self.user_text = max(self.user_text, happening.text, key=len)  # it may come again
        elif isinstance(happening, do.ShowCost):
            self.cost = happening
        elif isinstance(happening, do.Warn):
            self.warnings.append(happening.message)
        elif isinstance(happening, do.End):
            self._mark("ended", at)

    def _take_text(self, at: float, shown: do.ShowText) -> None:
        if shown.role == "user":
            self.user_text = shown.text
        elif shown.text:
            self._mark("first_text", at)
            self.assistant_text += shown.text

    def _mark(self, name: str, at: float) -> None:
        self._marks.setdefault(name, at)

    def _between(self, start: str, end: str) -> float | None:
        begun = self.started if start == "started" else self._marks.get(start)
        done = self._marks.get(end)
        return None if begun is None or done is None else round(max(0.0, done - begun), 4)

    @property
    def timings(self) -> dict[str, float | None]:
        """Seconds; None for what was not reached. The first three are stages, one after another."""
        return {
            "connect": self._between("started", "connected"),
            "configure": self._between("connected", "configured"),
            "upload": self._between("configured", "uploaded"),
            "first_text": self._between("asked", "first_text"),
            "first_audio": self._between("asked", "first_audio"),
            "total": self._between("started", "ended"),
        }

    def as_json(self, error: S2SError | None, kept: str | None) -> dict[str, Any]:
        """Return the object `--json` prints; `kept` is where a failed reply's audio lies."""
        path = kept if error else self.output
        return {
            "schema": SCHEMA,
            "s2s": __version__,
            "status": self._status or ("failed" if error else "completed"),
            "exit_status": error.exit_status if error else 0,
            "error": {"message": error.message, "hint": error.hint} if error else None,
            "warnings": self.warnings,
            "input": {**self.input, "seconds_sent": round(pcm.seconds(self.sent), 3)},
            "output": {
                "path": path,
                "seconds": round(pcm.seconds(self.received), 3),
                "complete": error is None,
            },
            "transcripts": {"user": self.user_text, "assistant": self.assistant_text},
            "ids": {name: self.ids.get(name) for name in ("session", "input_item", "response")},
            "model": self.model,
            "endpoint": self.endpoint,
            "usage": {"responses": self.usage, "transcription": self.transcription_usage},
            **_cost(self.cost),
            "timings": self.timings,
        }

    def summary(self) -> str:
        """Return one line for a person: what came and how long it took."""
        times = self.timings
        came = f"{pcm.seconds(self.received):.1f} s of audio" if self.received else "text only"
        where = f"{self.output}: " if self.output else ""
        first = times["first_audio"] if self.received else times["first_text"]
        stages = [
            ("connect", times["connect"]),
            ("configure", times["configure"]),
            ("upload", times["upload"]),
            ("first reply", first),
            ("total", times["total"]),
        ]
        spent = ", ".join(f"{name} {spent:.2f}" for name, spent in stages if spent is not None)
        cost = f", {cost_in_short(self.cost)}" if self.usage else ""
        return f"{where}{came}{cost} ({spent} s)"


def _cost(shown: do.ShowCost) -> dict[str, Any]:
    whole = cost_as_json(shown)
    return {"cost": whole.pop("cost"), "cost_details": whole}
