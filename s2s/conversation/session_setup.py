"""Setting a session up in separable updates: what must hold first, then each option alone.

They are sent at once, and answered in order: an endpoint that names the update it refuses is
taken at its word, of one that does not the oldest unanswered update is meant.
"""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation.events import ErrorReported
from s2s.conversation.session_config import TalkWishes

Update = do.ConfigureSession | do.ConfigureOption | do.ConfigureTranscription

_EARLY = (do.SendAudio, do.CommitAudio, do.ClearInput, do.CreateUserText, do.CreateResponse)


class Setup:
    """Knows which updates the endpoint has still to answer."""

    def __init__(self, wishes: TalkWishes) -> None:
        self._wishes = wishes
        self._unanswered: list[Update] = []
        self._transcribers = list(wishes.transcription)
        self._held: list[do.Command] = []  # for the endpoint, until the session stands
        self.stands = False  # what must hold was taken
        self.transcribes = False

    def start(self) -> list[do.Command]:
        """Ask for everything."""
        self._unanswered = [self._wishes.session, *self._wishes.options, *self._transcribers[:1]]
        return list(self._unanswered)

    def hold_back(self, commands: list[do.Command]) -> list[do.Command]:
        """Keep what is meant for the endpoint until the session stands: no word is lost."""
        if self.stands:
            return commands
        self._held += [each for each in commands if isinstance(each, _EARLY)]
        return [each for each in commands if not isinstance(each, _EARLY)]

    def held(self) -> list[do.Command]:
        """Return what was kept back."""
        held, self._held = self._held, []
        return held

    def taken(self) -> None:
        """Note that the endpoint has taken the oldest unanswered update."""
        if not self._unanswered:
            return
        update = self._unanswered.pop(0)
        self.stands = self.stands or isinstance(update, do.ConfigureSession)
        self.transcribes = self.transcribes or isinstance(update, do.ConfigureTranscription)

    def refused(self, error: ErrorReported) -> Update | None:
        """Return the update that `error` refuses, if it refuses one."""
        for update in self._unanswered:
            if not error.order or error.order == do.purpose(update):
                self._unanswered.remove(update)
                return update
        return None

    def instead_of(self, update: Update, why: str) -> list[do.Command]:
        """Return what to try, or to say, after an optional `update` was refused."""
        if isinstance(update, do.ConfigureOption):
            return [do.Warn(f"The endpoint refused {update.name}: {why}")]
        self._transcribers.pop(0)
        if not self._transcribers:
            return [do.Warn("No transcript of your words: the endpoint took no such setting.")]
        self._unanswered.append(self._transcribers[0])
        return [self._transcribers[0]]
