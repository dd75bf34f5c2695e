"""What the user does beside speaking: keys, typed messages, leaving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class TalkPressed:
    """The push-to-talk key: it begins a turn, and ends it the next time."""


@dataclass(frozen=True, slots=True)
class MutePressed:
    """The mute key: nothing is sent until the next time."""


@dataclass(frozen=True, slots=True)
class InterruptPressed:
    """The user wants silence."""


@dataclass(frozen=True, slots=True)
class TextEntered:
    """The user has typed a message."""

    text: str


@dataclass(frozen=True, slots=True)
class StopPressed:
    """Ctrl-C: it silences a reply that sounds, else it leaves."""


@dataclass(frozen=True, slots=True)
class QuitPressed:
    """The user leaves, now."""


@dataclass(frozen=True, slots=True)
class DevicesAsked:
    """The user wants to choose a device, and to see which there are."""


@dataclass(frozen=True, slots=True)
class DeviceChosen:
    """The user has chosen another microphone or speaker; "default": the system's own."""

    side: Literal["microphone", "speaker"]
    name: str
