"""What the user wants of an exchange, and of a conversation."""

from __future__ import annotations

from dataclasses import dataclass, field

from s2s.conversation.commands import (
    ConfigureOption,
    ConfigureSession,
    ConfigureTranscription,
)

_EAGERNESS_MS = {"low": 8_000, "high": 2_000}  # the API's longest wait for a turn's end; else 4 s


@dataclass(frozen=True, slots=True)
class Wishes:
    """The session's settings, those that may fail, and how long the endpoint may take."""

    session: ConfigureSession = field(default_factory=ConfigureSession)
    transcription: tuple[ConfigureTranscription, ...] = ()  # tried in turn until one is taken
    timeout_ms: float = 30_000.0  # how long the endpoint may be silent while we wait for it


@dataclass(frozen=True, slots=True)
class TalkWishes(Wishes):
    """The same for a conversation; its turns are in `session.turn_detection`, None: by key."""

    options: tuple[ConfigureOption, ...] = ()
    greet: bool = False  # the model speaks first
    half_duplex: bool = False  # nothing is sent while the assistant speaks
    max_ms: float | None = None  # how long the conversation may last
    recorded: bool = False  # a recording stands in for the microphone: it wants its answers

    @property
    def by_key(self) -> bool:
        """Whether the user begins and ends the turns."""
        return self.session.turn_detection is None

    @property
    def pause_ms(self) -> int:
        """Return the longest silence after which the endpoint takes a turn for over."""
        detection = self.session.turn_detection or {}
        if detection.get("type") == "semantic_vad":
            return _EAGERNESS_MS.get(detection.get("eagerness", ""), 4_000)
        return int(detection.get("silence_duration_ms", 500))
