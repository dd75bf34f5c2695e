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
    """The network is too slow for the user's voice: the oldest that waited is not sent."""

    ms: int
