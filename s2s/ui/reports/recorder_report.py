"""What a take came to: the one object `--json` prints, and the summary line.

The object is described in docs/record.md; `SCHEMA` grows when a field changes its meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from s2s.audio.devices.choice import Device
from s2s.audio.level.meter import decibels
from s2s.audio.recorder import Gap, Take
from s2s.errors import S2SError
from s2s.version import __version__

SCHEMA = 1


@dataclass(slots=True)
class TakeReport:
    """What is known so far."""

    take: Take
    device: Device | None = None
    kept: Path | None = None  # the file that holds what was recorded
    complete: bool = False  # and it has the name that was asked for
    ended_by: str | None = None
    warnings: list[str] = field(default_factory=list)

    def summary(self, name: str) -> str:
        """Return the take in a line; `name` is where it went."""
        take, wishes = self.take, self.take.wishes
        channels = {1: "mono", 2: "stereo"}.get(wishes.channels, f"{wishes.channels} channels")
        gaps = f", {_gaps(take.gaps)} of silence without a microphone" if take.gaps else ""
        end = ", ended by --max-minutes" if take.end == "max-minutes" else ""
        return (
            f"{name}: {take.seconds:.1f} s, {wishes.rate / 1000:g} kHz {channels}, "
            f"peak {round(decibels(take.peak))} dB{gaps}{end}"
        )

    def as_json(self, error: S2SError | None) -> dict[str, Any]:
        """Return the object of docs/record.md."""
        take, device = self.take, self.device
        return {
            "schema": SCHEMA,
            "s2s": __version__,
            "exit_status": error.exit_status if error else 0,
            "error": error and {"message": error.message, "hint": error.hint},
            "warnings": self.warnings,
            "microphone": device
            and {"index": device.index, "name": device.name, "host_api": device.host_api},
            "output": {
                "path": self.kept and str(self.kept),
                "complete": self.complete,
                "seconds": take.seconds,
                "samples": take.frames,
                "rate": take.wishes.rate,
                "channels": take.wishes.channels,
            },
            "ended_by": self.ended_by,
            "peak_dbfs": round(decibels(take.peak), 1),
            "clipped_samples": take.clipped,
            "overruns": take.overruns,
            "gaps": [
                {"at": round(gap.at, 3), "seconds": round(gap.seconds, 3)} for gap in take.gaps
            ],
        }


def _gaps(gaps: list[Gap]) -> str:
    seconds = sum(gap.seconds for gap in gaps)
    return f"{seconds:.1f} s in {len(gaps)} gap{'' if len(gaps) == 1 else 's'}"
