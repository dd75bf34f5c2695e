"""The devices a command works with: `--mic` and `--speaker`, `S2S_MIC` and `S2S_SPEAKER`."""

from __future__ import annotations

import os
from collections.abc import Sequence

from s2s.audio.devices import Device, Side, choose
from s2s.cli import logs, options
from s2s.config import Sources, read_sources
from s2s.errors import UsageError

SETTINGS: dict[Side, str] = {"microphone": "S2S_MIC", "speaker": "S2S_SPEAKER"}


def chosen(devices: Sequence[Device], side: Side, sources: Sources) -> Device:
    """Return the device that the settings name, else the system's own. Raises as `choose` does."""
    found = sources.find(SETTINGS[side])
    try:
        return choose(devices, found.text if found else None, side)
    except UsageError as error:
        if found and not found.source.startswith("--"):
            error.hint = f"{error.hint} It was named by {SETTINGS[side]} ({found.source})."
        raise


def settings(
    env_file: str | None,
    log_file: str | None,
    verbose: int = 0,
    mic: str | None = None,
    speaker: str | None = None,
) -> Sources:
    """Read the settings, and set up the log as they say. Raises `UsageError`."""
    flags = {"S2S_LOG_FILE": log_file, "S2S_MIC": mic, "S2S_SPEAKER": speaker}
    env_file = env_file or os.environ.get("S2S_ENV_FILE")
    sources = read_sources(flags, options.FLAG_NAMES, env_file)
    found = sources.find("S2S_LOG_FILE")
    logs.set_up(verbose, found.text if found else None)
    return sources
