"""What the server's rules ask their shell to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from s2s.local.engines import Turn

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Send:
    """Send this server event."""

    event: Json


@dataclass(frozen=True, slots=True)
class Hear:
    """Ask the engine what this audio says; answer with `heard`."""

    item_id: str
    pcm: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """Ask the engine for a reply and take its first step; answer with `stepped`."""

    response_id: str
    turn: Turn


@dataclass(frozen=True, slots=True)
class Next:
    """Take the reply's next step; answer with `stepped`."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Drop:
    """The reply is not wanted any more: close its iterator."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection."""

    code: int
    reason: str = ""


Order = Send | Hear | Reply | Next | Drop | Close
