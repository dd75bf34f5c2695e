"""What the user wants of an exchange."""

from __future__ import annotations

from dataclasses import dataclass, field

from s2s.conversation.commands import ConfigureSession, ConfigureTranscription


@dataclass(frozen=True, slots=True)
class Wishes:
    """The session's settings, those that may fail, and how long the endpoint may take."""

    session: ConfigureSession = field(default_factory=ConfigureSession)
    transcription: tuple[ConfigureTranscription, ...] = ()  # tried in turn until one is taken
    timeout_ms: float = 30_000.0  # how long the endpoint may be silent while we wait for it
