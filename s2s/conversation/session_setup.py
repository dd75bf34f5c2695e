"""Setting a session up in separable updates: what must hold first, then each option alone.

They are answered in order: an endpoint that names the update it refuses is taken at its word, of
one that does not the oldest unanswered update is meant.
"""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation.checks import fault_of_formats
from s2s.conversation.events import ErrorReported, SessionConfigured
from s2s.conversation.session_config import TurnDetection
from s2s.errors import S2SError

Update = (
    do.ConfigureSession | do.ConfigureOption | do.ConfigureTranscription | do.ConfigureTurns
    | do.AskForSign
)  # fmt: skip


class Setup:
    """Knows which updates the endpoint has still to answer."""

    def __init__(
        self,
        session: do.ConfigureSession,
        transcription: tuple[do.ConfigureTranscription, ...],
        options: tuple[do.ConfigureOption, ...] = (),
    ) -> None:
        self._session, self._options = session, list(options)
        self._transcribers = list(transcription)
        self._unanswered: list[Update] = []
        self.turns: TurnDetection = session.turn_detection  # as the endpoint last took it
        self.refuses_turns = False  # to have them taken differently later on
        self.stands = False  # what must hold was taken
        self.transcribes = False

    @property
    def waits(self) -> bool:
        """Whether an update was not answered yet."""
        return bool(self._unanswered)

    @property
    def transcriber(self) -> str:
        """The model that was last asked to write down the user's words; "": none."""
        return self._transcribers[0].model if self._transcribers else ""

    def again(self) -> None:
        """Another session is to be set up, as far as the one before it was."""
        self._unanswered.clear()
        self.stands = False
        self.turns = self._session.turn_detection

    def ask(self) -> list[do.Command]:
        """Ask for what must hold."""
        return self._send(self._session)

    def ask_for_options(self) -> list[do.Command]:
        """Ask for what may be refused, and for the first way to transcribe."""
        return self._send(*self._options, *self._transcribers[:1])

    def _send(self, *updates: Update) -> list[do.Command]:
        self._unanswered += updates
        return list(updates)

    def update(self, update: do.ConfigureTurns | do.AskForSign) -> list[do.Command]:
        """Ask for something later on; it is answered in its turn."""
        return self._send(update)

    def taken(self, configured: SessionConfigured) -> S2SError | None:
        """Note that the oldest unanswered update was taken; return what is wrong with how."""
        if wrong := fault_of_formats(configured):
            return wrong
        if self._unanswered:
            update = self._unanswered.pop(0)
            self.stands = self.stands or isinstance(update, do.ConfigureSession)
            self.transcribes = self.transcribes or isinstance(update, do.ConfigureTranscription)
            if isinstance(update, do.ConfigureTurns | do.ConfigureSession):
                self.turns = update.turn_detection
        return None

    def refused(self, error: ErrorReported) -> Update | None:
        """Return the update that `error` refuses, if it refuses one."""
        for update in self._unanswered:
            if not error.order or error.order == do.purpose(update):
                self._unanswered.remove(update)
                return update
        return None

    def instead_of(self, update: Update, why: str) -> list[do.Command]:
        """Return what to try, or to say, after an optional `update` was refused."""
        if isinstance(update, do.AskForSign):
            return []
        if isinstance(update, do.ConfigureTurns):
            self.refuses_turns = True
            return []
        if isinstance(update, do.ConfigureOption):
            self._options.remove(update)
            return [do.Warn(f"The endpoint refused {update.name}: {why}")]
        self._transcribers.pop(0)
        if not self._transcribers:
            return [do.Warn("No transcript of your words: the endpoint took no such setting.")]
        return self._send(self._transcribers[0])


class Gate:
    """Keeps what is meant for the endpoint until the session stands: no word is lost."""

    _KEPT = (do.SendAudio, do.CommitAudio, do.ClearInput, do.CreateUserText, do.CreateResponse)

    def __init__(self) -> None:
        self._kept: list[do.Command] = []

    def keep(self, commands: list[do.Command]) -> list[do.Command]:
        """Return those that need not wait."""
        self._kept += [each for each in commands if isinstance(each, self._KEPT)]
        return [each for each in commands if not isinstance(each, self._KEPT)]

    def open(self) -> list[do.Command]:
        """Return what was kept back, in order."""
        kept, self._kept = self._kept, []
        return kept
