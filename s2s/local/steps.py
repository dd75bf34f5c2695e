"""What a reply consists of, step by step: what an engine gives, and a script describes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Say:
    """Words to be spoken by the synthesiser, or shown when the reply is text only."""

    text: str


@dataclass(frozen=True, slots=True)
class Sound:
    """Audio to be sent as it is (24 kHz PCM), with the words that stand for it."""

    pcm: bytes
    text: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """Words that are only shown, even in a reply that could be spoken."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function the model wants called."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing happens for a while."""

    ms: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How what follows is cut into deltas and how fast they leave."""

    delta_ms: int = 260  # what OpenAI sends, captured on the wire
    speed: float | None = None  # times real time; None: as fast as the socket takes it
    jitter_ms: float = 0.0  # each delta is late by up to so much


@dataclass(frozen=True, slots=True)
class Fail:
    """The response ends here, failed or incomplete."""

    status: Literal["failed", "incomplete"] = "failed"
    code: str = "server_error"  # for `incomplete`: its reason, max_output_tokens or content_filter
    message: str = "The server had an error while processing your request."


Step = Say | Sound | Write | Call | Wait | Pace | Fail
