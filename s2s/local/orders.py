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
    """The response is over: close the reply's iterator, whether it has come to its end or not."""

    response_id: str


Order = Send | Hear | Reply | Next | Drop
