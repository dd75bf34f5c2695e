"""The settings of a command are read, the log is set up as they say, and what is amiss is told."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping

from s2s.cli import logs, options
from s2s.config import Sources, path_of, read_sources
from s2s.ui.transcript import tell

log = logging.getLogger("s2s.config")


def tell_warning(warning: str) -> None:
    """Tell a warning on standard error."""
    tell(f"Warning: {warning}")


def read(
    flags: Mapping[str, str | None],
    env_file: str | None,
    verbose: int,
    warn: Callable[[str], None] = tell_warning,
) -> Sources:
    """Return the sources of settings; `flags` are by environment name. Raises `UsageError`."""
    env_file = env_file or os.environ.get("S2S_ENV_FILE")
    sources = read_sources(flags, options.FLAG_NAMES, env_file)
    for warning in sources.warnings:
        warn(warning)
    found = sources.find("S2S_LOG_FILE")
    logs.set_up(verbose, str(path_of(found.text)) if found else None)
    for line in sources.passed_over:
        log.info("= %s", line)
    return sources
