"""What an endpoint says that a response or a transcription has used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one direction, by kind."""

    total: int = 0
    """All of them."""
    text: int = 0
    """Of words."""
    audio: int = 0
    """Of sound."""
    cached: int = 0
    """Those that had been read before, and cost less; they are of the others."""
    image: int = 0
    """Of pictures."""
    cached_text: int = 0
    """Of `cached`, those of words; what an endpoint does not tell by kind is in none of these."""
    cached_audio: int = 0
    """Of `cached`, those of sound."""
    cached_image: int = 0
    """Of `cached`, those of pictures."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used; 0 for what the endpoint does not say."""

    input: Tokens = Tokens()
    """What the model was given."""
    output: Tokens = Tokens()
    """What it gave."""
    seconds: float = 0.0
    """Of sound, where a transcription is paid by that."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The endpoint's own object, for a report; nobody reads it."""
