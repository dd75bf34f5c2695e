"""What becomes of the sound on its way to the endpoint: facts, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass

from s2s.errors import S2SError


@dataclass(frozen=True, slots=True)
class Uploaded:
    """So much of the recording has been handed to the network."""

    size: int  # bytes of PCM, in all


@dataclass(frozen=True, slots=True)
class UploadEnded:
    """The recording has been read and sent to its end."""

    size: int  # bytes of PCM, in all
    peak: float  # the loudest sample, 0.0 to 1.0


@dataclass(frozen=True, slots=True)
class UploadStalled:
    """The network has taken nothing for as long as the user wants to wait."""


@dataclass(frozen=True, slots=True)
class UploadFailed:
    """The recording could not be read on."""

    error: S2SError


@dataclass(frozen=True, slots=True)
class SendingStalled:
    """The network has not taken what waits to be sent, `ms` of audio."""

    ms: int
