"""Devices behind which the system cancels echoes by itself, known by their names. Pure."""

from __future__ import annotations

import re

# PulseAudio's and PipeWire's modules ("… (echo cancelled with …)", "echo-cancel-source"), macOS's
# voice processing, and what drivers call it.
_NAMES = re.compile(r"echo[\W_]*cancel|\baec\b|voice[\W_]*processing", re.IGNORECASE)


def cancels_echo(name: str) -> bool:
    """Whether what a device of this name hears has its echo taken out already."""
    return bool(_NAMES.search(name))
