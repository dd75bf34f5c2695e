"""What a recording came to: the one object `--json` prints, and the summary line.

The object is described in docs/record.md; `SCHEMA` grows when a field changes its meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from s2s.audio.devices.choice import Device
from s2s.audio.level.meter import decibels
from s2s.audio.recorder import Gap, Recorder
from s2s.errors import S2SError
from s2s.version import __version__

SCHEMA = 1


@dataclass(slots=True)
class RecorderReport:
    """What is known so far."""

    recorder: Recorder
    device: Device | None = None
    kept: Path | None = None  # the file that holds what was recorded
    complete: bool = False  # and it has the name that was asked for
    ended_by: str | None = None
    warnings: list[str] = field(default_factory=list)

    def summary(self, name: str) -> str:
        """Return the recording in a line; `name` is where it went."""
        recorder, config = self.recorder, self.recorder.config
        channels = {1: "mono", 2: "stereo"}.get(config.channels, f"{config.channels} channels")
        gaps = f", {_gaps(recorder.gaps)} of silence without a microphone" if recorder.gaps else ""
        end = ", ended by --max-minutes" if recorder.end == "max-minutes" else ""
        return (
            f"{name}: {recorder.seconds:.1f} s, {config.rate / 1000:g} kHz {channels}, "
            f"peak {round(decibels(recorder.peak))} dB{gaps}{end}"
        )

    def as_json(self, error: S2SError | None) -> dict[str, Any]:
        """Return the object of docs/record.md."""
        recorder, device = self.recorder, self.device
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
                "seconds": recorder.seconds,
                "samples": recorder.frames,
                "rate": recorder.config.rate,
                "channels": recorder.config.channels,
            },
            "ended_by": self.ended_by,
            "peak_dbfs": round(decibels(recorder.peak), 1),
            "clipped_samples": recorder.clipped,
            "overruns": recorder.overruns,
            "gaps": [
                {"at": round(gap.at, 3), "seconds": round(gap.seconds, 3)} for gap in recorder.gaps
            ],
        }


def _gaps(gaps: list[Gap]) -> str:
    seconds = sum(gap.seconds for gap in gaps)
    return f"{seconds:.1f} s in {len(gaps)} gap{'' if len(gaps) == 1 else 's'}"
