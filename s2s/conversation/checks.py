"""Is it of use? The recording before it is committed, the formats that hold, the response."""

from __future__ import annotations

from dataclasses import dataclass, field

from s2s import pcm
from s2s.conversation.calls import Call, key, wants
from s2s.conversation.events import ErrorReported, ResponseEnded, SessionConfigured, UploadEnded
from s2s.conversation.refusals import is_fatal, refusal
from s2s.errors import RefusedError, ResponseError, S2SError, SoundError, UsageError
from s2s.printable import printable

MIN_AUDIO_MS = 100  # the API refuses to commit less
_ENDED = {"": "ended without a known status", "failed": "failed", "cancelled": "was cancelled"}


def fault_of_recording(ended: UploadEnded) -> S2SError | None:
    """Return why the recording is not worth committing, if it is not."""
    if ended.size < pcm.size_of(MIN_AUDIO_MS):
        length = f"{pcm.duration_ms(ended.size)} ms" if ended.size else "nothing"
        return UsageError(
            f"The recording holds {length}; at least {MIN_AUDIO_MS} ms are needed.",
            "Is it the right file?",
            code="too_short",
        )
    if ended.peak == 0.0:
        return SoundError(
            "The recording holds only zeros: not a sound in it.",
            "Was the microphone muted, or the wrong one chosen?",
            code="only_zeros",
        )
    return None


def fault_of_formats(configured: SessionConfigured) -> S2SError | None:
    """Return why the formats that the endpoint says it uses will not do, if they will not."""
    for direction in ("input", "output"):
        held = getattr(configured, f"{direction}_format")
        if held and held != f"audio/pcm {pcm.RATE}":
            return RefusedError(
                f"The endpoint insists on {held} as its {direction} format, not 24 kHz PCM.",
                "Use an endpoint that takes audio/pcm at 24000 Hz.",
            )
    return None


@dataclass(slots=True)
class Brought:
    """What a response has brought."""

    audio_size: int = 0  # bytes of PCM
    words: bool = False
    damage: str = ""  # what could not be read of it
    calls: dict[str, Call] = field(default_factory=dict)

    @property
    def something(self) -> bool:
        return bool(self.audio_size or self.words)

    def call(self, call: Call) -> bool:
        """Note what the model wants done by others; return whether it was not noted before."""
        new = key(call) not in self.calls
        self.calls.setdefault(key(call), call)
        return new


def fault_of_response(
    ended: ResponseEnded, brought: Brought, *, wants_audio: bool
) -> S2SError | None:
    """Return what is wrong with a response that has ended, if anything."""
    why = printable((ended.message or ended.code.replace("_", " ")).rstrip("."))
    refused = ErrorReported("", ended.code, ended.message, cause=ended.cause)
    if ended.status != "completed" and is_fatal(refused):
        return refusal(refused, "replying")
    if ended.status == "incomplete":
        return ResponseError(
            f"The reply is incomplete: {why or 'no reason given'}.",
            "A shorter question, or other instructions, may help.",
            code="incomplete",
        )
    if ended.status != "completed":
        return ResponseError(
            f"The model's response {_ENDED[ended.status]}{f': {why}' if why else ''}.",
            "Run it again.",
            code="failed_reply",
        )
    if brought.damage and not brought.audio_size and wants_audio:
        return ResponseError(
            f"Nothing of the reply's audio could be read: {brought.damage}.",
            "Run it again.",
            code="unreadable_reply",
        )
    if brought.damage:
        return ResponseError(f"The reply may have a hole: {brought.damage}.", "Run it again.")
    if brought.calls and not brought.something:
        return ResponseError(
            f"The reply only asks for {wants(brought.calls.values())}.",
            "Ask for something that needs no tools, or use a session without them.",
        )
    if not brought.something:
        return ResponseError("The reply is empty.", "Run it again.", code="empty_reply")
    if wants_audio and not brought.audio_size:
        hint = "Does the endpoint only write? Then ask for that."
        return ResponseError("The reply holds no audio, only words.", hint, code="silent_reply")
    return None
