"""The settings of a command are read, the log is set up as they say, and what is amiss is told."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping

from s2s.cli import logs, options
from s2s.config import Sources, path_of, read_sources
from s2s.ui.terminal import tell

log = logging.getLogger("s2s.config")


def tell_warning(warning: str) -> None:
    """Tell a warning on standard error."""
    tell(f"Warning: {warning}")


def read(
    flags: Mapping[str, str | None],
    env_file: str | None,
    verbose: int,
    warn: Callable[[str], None] = tell_warning,
    outputs: Mapping[str, str | None] | None = None,
    given: str | None = None,
) -> Sources:
    """Return the sources of settings; `flags` are by environment name.

    Raises `UsageError`, also if two of `outputs` (by option) and the log, or one of them and what
    is read from `given`, are one file.
    """
    env_file = env_file or os.environ.get("S2S_ENV_FILE")
    sources = read_sources(flags, options.FLAG_NAMES, env_file)
    for warning in sources.warnings:
        warn(warning)
    found = sources.find("S2S_LOG_FILE")
    log_file = str(path_of(found.text)) if found else None
    if given or any((outputs or {}).values()):  # else `talk` loses no time until its microphone
        from s2s.app.outputs import check_apart

        check_apart({**(outputs or {}), "--log-file": log_file}, given)
    logs.set_up(verbose, log_file)
    for line in sources.passed_over:
        log.info("= %s", line)
    return sources


def read_for_sound(
    env_file: str | None,
    log_file: str | None,
    verbose: int = 0,
    mic: str | None = None,
    speaker: str | None = None,
    warn: Callable[[str], None] = tell_warning,
) -> Sources:
    """Read the settings, and set up the log as they say. Raises `UsageError`."""
    flags = {"S2S_LOG_FILE": log_file, "S2S_MIC": mic, "S2S_SPEAKER": speaker}
    return read(flags, env_file, verbose, warn)
