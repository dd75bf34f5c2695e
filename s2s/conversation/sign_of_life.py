"""An endpoint that answers pings and says nothing more is asked for a sign of life.

One that hears a turn says so, soon after its end. One that does not may have found no turn in what
it heard; or it hears nobody any more, and another session is of use.
"""

from __future__ import annotations

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Timer
from s2s.conversation.refusals import silence
from s2s.conversation.session_config import TalkWishes
from s2s.conversation.session_setup import Setup
from s2s.errors import S2SError

UNHEARD_MS = 2_000.0  # that an endpoint may say nothing, once a pause was long enough for it
SIGN_MS = 5_000.0  # to give a sign in
_LOUD = 0.02  # what stays below is no speech
_FALLS = 0.25  # of its loudest, and speech is over
_SHORTEST_MS = 100  # of speech; shorter ones are clicks

_OF_A_TURN = (on.SpeechStarted, on.SpeechStopped, on.InputCommitted, on.ItemAdded,
              on.ResponseStarted)  # fmt: skip
_WORDS = (
    *_OF_A_TURN, on.SessionConfigured, on.UserTextReceived, on.UserTranscribed,
    on.UserTranscriptionFailed, on.AudioReceived, on.AudioEnded, on.TextReceived, on.TextEnded,
    on.FunctionCalled, on.ApprovalRequested, on.ResponseEnded, on.RateLimitsUpdated,
    on.ErrorReported, on.MessageUnreadable, on.Ignored,
)  # fmt: skip


class SignOfLife:
    """Hears what is sent, and what the endpoint says to it."""

    def __init__(self, wishes: TalkWishes, setup: Setup) -> None:
        self._setup = setup
        self._listens = not wishes.by_key  # a turn of the key is owed an answer anyway
        self._pause = pcm.size_of(wishes.pause_ms + UNHEARD_MS)
        self._sign_ms = min(SIGN_MS, wishes.timeout_ms)
        self._loudest, self._spoken, self._quiet = 0.0, 0, 0  # bytes
        self._awaited = False
        self._doubted = False  # the one before gave none, and this one has not heard a turn yet

    @property
    def unheard(self) -> bool:
        """Whether something was said that the endpoint may not have heard."""
        return self._awaited or self._spoken > 0

    def hear(self, sound: bytes) -> list[do.Command]:
        """So much is sent."""
        if not self._listens:
            return []
        loud = pcm.peak(sound[: len(sound) & ~1])
        if loud >= max(_LOUD, self._loudest * _FALLS):
            self._loudest = max(self._loudest, loud)
            self._spoken, self._quiet = self._spoken + len(sound), 0
            return []
        self._quiet += len(sound)
        if not self._spoken or self._quiet < self._pause:
            return []
        spoken = self._spoken
        self._answered()
        return self.ask() if spoken >= pcm.size_of(_SHORTEST_MS) else []

    def ask(self) -> list[do.Command]:
        """Return how to ask for a sign; nothing where that would tell nothing."""
        if self._doubted or self._awaited:
            return []
        self._awaited = True
        sign = self._setup.update(do.AskForSign())
        return [*sign, do.StartTimer(Timer.SIGN, self._sign_ms)]

    def given(self, event: on.Event) -> bool:
        """Whether `event` is the sign that was waited for: anything that the endpoint says."""
        if not isinstance(event, _WORDS):
            return False
        if not isinstance(event, on.SpeechStarted):  # of which the end is to come
            self._answered()
        if isinstance(event, _OF_A_TURN):
            self._doubted = False
        awaited, self._awaited = self._awaited, False
        return awaited

    def missed(self) -> S2SError | None:
        """The time for a sign is over; return what that means if it was still waited for."""
        if not self._awaited:
            return None
        self._doubted = True
        return silence(self._sign_ms / 1000, missing="a sign that it is still there")

    def forget(self) -> None:
        """Another session is to hear what was said."""
        self._awaited = False
        self._answered()

    def _answered(self) -> None:
        self._loudest, self._spoken, self._quiet = 0.0, 0, 0
