"""One manual turn: a recording goes up, is committed, and one reply comes back."""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.awaited_reply import AwaitedReply
from s2s.conversation.budget import Spending
from s2s.conversation.dispatch import IGNORED_BY_AN_EXCHANGE, Handlers, ignore
from s2s.conversation.error_policy import Once
from s2s.conversation.hearing import Words
from s2s.conversation.patience import Patience
from s2s.conversation.phases import Course, Phase, Timer
from s2s.conversation.question import Question
from s2s.conversation.refusals import is_fatal, loss, refusal, silence
from s2s.conversation.session_config import Wishes

# Here the endpoint has nothing to answer: we are busy reading, or waiting on purpose.
_OWES_NOTHING = {Phase.UPLOADING, Phase.PAUSING, Phase.SETTLING, Phase.ENDED}
# In these one request of ours is under way, so a complaint is about it.
_LOCKSTEP = {Phase.CONNECTING, Phase.CONFIGURING, Phase.COMMITTING, Phase.ASKING}


class Exchange:
    """The rules of one manual turn: `handle` takes a fact and returns what to do about it."""

    def __init__(self, wishes: Wishes, *, text: str = "") -> None:
        """With `text` that is what is asked, instead of a recording."""
        words = Words()
        self._wishes = wishes
        self._course = Course()
        self._reply = reply = AwaitedReply(wishes, self._course, words)
        self._question = question = Question(wishes, self._course, words, reply.ask, text)
        self._spending = Spending(wishes.money, lambda: question.transcriber, reply.spend_no_more)
        self._patience = Patience(Timer.SILENCE, wishes.timeout_ms)
        self._once = Once()
        self.handlers: Handlers = {
            on.SessionStarted: question.session_started,
            on.SessionConfigured: question.session_configured,
            on.UploadEnded: question.upload_ended,
            on.UploadStalled: question.upload_stalled,
            on.UploadFailed: question.upload_failed,
            on.InputCommitted: reply.input_committed,
            on.ResponseStarted: reply.response_started,
            on.AudioReceived: reply.piece_came,
            on.AudioEnded: reply.piece_came,
            on.TextReceived: reply.piece_came,
            on.TextEnded: reply.piece_came,
            on.FunctionCalled: reply.called,
            on.ApprovalRequested: reply.called,
            on.ResponseEnded: reply.response_ended,
            on.RateLimitsUpdated: reply.limits_updated,
            on.UserTextReceived: reply.user_text_received,
            on.UserTranscribed: reply.user_transcribed,
            on.UserTranscriptionFailed: reply.user_transcription_failed,
            on.ErrorReported: self._error_reported,
            on.MessageUnreadable: self._message_unreadable,
            on.ConnectFailed: self._connect_failed,
            on.ConnectionLost: self._connection_lost,
            on.TimerFired: self._timer_fired,
            **dict.fromkeys(IGNORED_BY_AN_EXCHANGE, ignore),
        }

    @property
    def phase(self) -> Phase:
        return self._course.phase

    @property
    def timeout_s(self) -> float:
        return self._wishes.timeout_ms / 1000

    def start(self) -> list[do.Command]:
        return [do.Connect(), *self._patience.begin(self.phase)]

    def handle(self, event: on.Event) -> list[do.Command]:
        """Return what `event` asks for; after `End` nothing more is asked for."""
        before, requests = self.phase, self._reply.requests
        if before == Phase.ENDED:
            return []
        commands = self._spending.note(event) + self.handlers[type(event)](event)
        if self._reply.requests > requests:
            self._patience.forget()
        missing = "" if self.phase in _OWES_NOTHING else self.phase
        waits = self._patience.consider(event, missing, anew=self.phase != before)
        if self.phase == Phase.ENDED:
            commands += [
                *self._reply.last_words(),
                *self._spending.closed(),
                do.End(self._wishes.advised(self._course.error)),
            ]
        return [*waits, *commands]

    # --- what goes wrong

    def _error_reported(self, event: on.ErrorReported) -> list[do.Command]:
        if self.phase == Phase.SETTLING:
            return self._reply.without_words(event.message or event.code)
        if is_fatal(event):
            return self._course.end(refusal(event, self.phase))
        dealt_with = self._question.refused(event)
        if dealt_with is None:
            dealt_with = self._reply.refused(event)
        if dealt_with is not None:
            return dealt_with
        if self.phase in _LOCKSTEP:
            return self._course.end(refusal(event, self.phase))
        return self._once.complains(event)

    def _message_unreadable(self, event: on.MessageUnreadable) -> list[do.Command]:
        if event.lossy:
            self._reply.damaged(event.why)
        return self._once.unreadable(event.why)

    def _connect_failed(self, event: on.ConnectFailed) -> list[do.Command]:
        return self._course.end(event.error)

    def _connection_lost(self, event: on.ConnectionLost) -> list[do.Command]:
        if self.phase == Phase.SETTLING:
            return self._reply.without_words("the connection ended")
        return self._course.end(loss(event, self.phase))

    # --- the clock

    def _timer_fired(self, event: on.TimerFired) -> list[do.Command]:
        if event.name == Timer.PAUSE:
            return self._reply.pause_is_over()
        if event.name == Timer.OPTION:
            return self._question.option_is_late()
        if event.name == Timer.SETTLE and self.phase == Phase.SETTLING:
            return self._reply.without_words()
        if event.name == Timer.SILENCE and self.phase not in _OWES_NOTHING:
            return self._course.end(silence(self.timeout_s, self.phase))
        return []
