"""What becomes of the connection beside what the endpoint says: facts, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionExpires:
    """The session that has started lasts so long, by the endpoint's word."""

    ms: float


@dataclass(frozen=True, slots=True)
class NextConnected:
    """The connection beside the one that stands has a session, and waits to take over."""


@dataclass(frozen=True, slots=True)
class NextFailed:
    """There is no connection beside the one that stands, or not any more."""

    why: str


@dataclass(frozen=True, slots=True)
class AudioDropped:
    """The user's voice is too old to be sent: the oldest that waited is left out."""

    ms: int
    late: bool = False
    """It came late from the microphone, more of it at once than time had passed: it is not the
    network that is slow. A program that stood still finds what its system has kept meanwhile."""
