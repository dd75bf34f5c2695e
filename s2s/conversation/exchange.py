"""One manual turn: a recording goes up, is committed, and one reply comes back."""

from __future__ import annotations

from collections.abc import Callable

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.calls import TOO_MANY, Call
from s2s.conversation.causes import Cause
from s2s.conversation.checks import fault_of_recording, fault_of_response
from s2s.conversation.dispatch import Handlers, ignore
from s2s.conversation.error_policy import Once
from s2s.conversation.hearing import Words, untranscribed
from s2s.conversation.patience import Patience
from s2s.conversation.phases import Phase, Timer
from s2s.conversation.refusals import is_fatal, loss, refusal, silence
from s2s.conversation.reply_assembly import Piece, ReplyOrders
from s2s.conversation.responses import Replies
from s2s.conversation.session_config import Wishes
from s2s.conversation.session_setup import Setup
from s2s.errors import S2SError

OPTION_MS = 5_000.0  # how long an endpoint may think about an optional setting

# Here the endpoint has nothing to answer: we are busy reading, or waiting on purpose.
_OWES_NOTHING = {Phase.UPLOADING, Phase.PAUSING, Phase.SETTLING, Phase.ENDED}
_ANSWERING = {Phase.ASKING, Phase.REPLYING}
# In these one request of ours is under way, so a complaint is about it.
_LOCKSTEP = {Phase.CONNECTING, Phase.CONFIGURING, Phase.COMMITTING, Phase.ASKING}
_IGNORED = (
    on.ItemAdded, on.Ignored, on.SpeechStarted, on.SpeechStopped,
    on.Uploaded,  # only progress, and for those who watch
    on.AudioCaptured, on.CaptureEnded, on.MicrophoneDead, on.DeviceLost, on.PartStarted,
    on.PartPlayed, on.AudioPlayed, on.PlayoutUnderrun, on.PlayoutCleared,  # of a conversation:
    on.TalkPressed, on.MutePressed, on.InterruptPressed, on.TextEntered, on.StopPressed,
    on.QuitPressed, on.SendingStalled,
)  # fmt: skip


class Exchange:
    """The rules of one manual turn: `handle` takes a fact and returns what to do about it."""

    def __init__(self, wishes: Wishes) -> None:
        self.phase = Phase.CONNECTING
        self._wishes = wishes
        self._setup = Setup(wishes.session, wishes.transcription)
        self._reply = ReplyOrders()
        self._replies = Replies(wants_audio=not wishes.session.text_only)
        self._patience = Patience(Timer.SILENCE, wishes.timeout_ms)
        self._words = Words()
        self._so_far = ""  # the user's words, until they were shown
        self._said = False
        self._once = Once()
        self.handlers: Handlers = {
            on.SessionStarted: self._session_started,
            on.SessionConfigured: self._session_configured,
            on.UploadEnded: self._upload_ended,
            on.UploadStalled: self._upload_stalled,
            on.UploadFailed: self._upload_failed,
            on.InputCommitted: self._input_committed,
            on.ResponseStarted: self._response_started,
            on.AudioReceived: self._piece_came,
            on.AudioEnded: self._piece_came,
            on.TextReceived: self._piece_came,
            on.TextEnded: self._piece_came,
            on.FunctionCalled: self._called,
            on.ApprovalRequested: self._called,
            on.ResponseEnded: self._response_ended,
            on.RateLimitsUpdated: self._limits_updated,
            on.UserTextReceived: self._user_text_received,
            on.UserTranscribed: self._user_transcribed,
            on.UserTranscriptionFailed: self._user_transcription_failed,
            on.ErrorReported: self._error_reported,
            on.MessageUnreadable: self._message_unreadable,
            on.ConnectionLost: self._connection_lost,
            on.TimerFired: self._timer_fired,
            **dict.fromkeys(_IGNORED, ignore),
        }

    @property
    def timeout_s(self) -> float:
        return self._wishes.timeout_ms / 1000

    def start(self) -> list[do.Command]:
        return self._patience.begin(self.phase)

    def handle(self, event: on.Event) -> list[do.Command]:
        """Return what `event` asks for; after `End` nothing more is asked for."""
        before = self.phase
        if before == Phase.ENDED:
            return []
        commands = self.handlers[type(event)](event)
        missing = "" if self.phase in _OWES_NOTHING else self.phase
        anew = self.phase != before
        return [*self._patience.consider(event, missing, anew=anew), *commands]

    # --- before the upload

    def _session_started(self, event: on.SessionStarted) -> list[do.Command]:
        if self.phase != Phase.CONNECTING:
            return []
        self.phase = Phase.CONFIGURING
        return self._setup.ask()

    def _session_configured(self, event: on.SessionConfigured) -> list[do.Command]:
        transcribed = self._setup.transcribes
        if wrong := self._setup.taken(event):
            return self._end(wrong)
        if self._setup.transcribes and not transcribed:  # it may come late
            self._words.expect("")
        if self.phase == Phase.CONFIGURING and self._setup.stands:
            return self._set_up(self._setup.ask_for_options())
        return self._set_up([]) if self.phase == Phase.TRANSCRIPTION else []

    def _set_up(self, commands: list[do.Command]) -> list[do.Command]:
        if self._setup.waits:
            self.phase = Phase.TRANSCRIPTION
            patience_ms = min(OPTION_MS, self._wishes.timeout_ms / 2)
            return [*commands, do.StartTimer(Timer.OPTION, patience_ms)]
        self.phase = Phase.UPLOADING
        return [*commands, do.CancelTimer(Timer.OPTION), do.StartUpload()]

    # --- the recording

    def _upload_stalled(self, event: on.UploadStalled) -> list[do.Command]:
        return self._end(silence(self.timeout_s, self.phase))

    def _upload_failed(self, event: on.UploadFailed) -> list[do.Command]:
        return self._end(event.error)

    def _upload_ended(self, event: on.UploadEnded) -> list[do.Command]:
        if self.phase != Phase.UPLOADING:
            return []
        if useless := fault_of_recording(event):
            return self._end(useless)
        self.phase = Phase.COMMITTING
        return [do.CommitAudio()]

    def _input_committed(self, event: on.InputCommitted) -> list[do.Command]:
        return self._ask(self._replies.ask) if self.phase == Phase.COMMITTING else []

    def _ask(self, ask: Callable[[], list[do.Command]]) -> list[do.Command]:
        self.phase = Phase.ASKING
        self._patience.forget()
        return ask()

    # --- the reply

    def _response_started(self, event: on.ResponseStarted) -> list[do.Command]:
        if self.phase != Phase.ASKING:
            return []
        self.phase = Phase.REPLYING
        return self._replies.started(event.response_id)

    def _piece_came(self, event: Piece) -> list[do.Command]:
        ours = self.phase in _ANSWERING and self._replies.takes(event.part)
        if not ours:
            return []
        self.phase = Phase.REPLYING  # some endpoints never announce their response
        return self._reply.take(event)

    def _called(self, event: Call) -> list[do.Command]:
        return self._replies.called(event) if self.phase in _ANSWERING else []

    def _response_ended(self, event: on.ResponseEnded) -> list[do.Command]:
        response = self._replies.over(event.response_id) if self.phase in _ANSWERING else None
        if response is None:
            return []
        commands = self._reply.end(event)
        if event.status == "failed" and event.cause is Cause.RATE_LIMIT:
            return commands + self._try_again(event.message)
        commands += self._reply.end_line() + self._replies.answer_calls(response, event)
        response.brought.audio_size = self._reply.reply.audio_size
        response.brought.words = bool(self._reply.reply.text)
        if response.brought.calls and event.status == "completed":
            if self._replies.another_round():
                return commands + self._ask(self._replies.ask_again)
            commands.append(TOO_MANY)
        wants_audio = not self._wishes.session.text_only
        failure = fault_of_response(event, response.brought, wants_audio=wants_audio)
        if failure or not self._words.due:
            return commands + self._end(failure)
        self.phase = Phase.SETTLING
        return commands + self._words.wait()

    def _try_again(self, message: str) -> list[do.Command]:
        wait_s = self._replies.retries.again(message)
        if wait_s is None:
            return self._end(self._replies.retries.given_up(message))
        self.phase = Phase.PAUSING
        told = do.Warn(self._replies.retries.told(wait_s))
        pause = do.StartTimer(Timer.PAUSE, wait_s * 1000)
        return [*self._reply.end_line(), told, pause, *self._reply.restart()]

    def _limits_updated(self, event: on.RateLimitsUpdated) -> list[do.Command]:
        self._replies.retries.limits(event.reset_s)
        return []

    # --- the user's words, at any time

    def _user_text_received(self, event: on.UserTextReceived) -> list[do.Command]:
        self._so_far = event.text if event.whole else self._so_far + event.text
        if event.whole and not self._said:  # others say when the words are final
            self._words.expect("")
        return []

    def _user_transcribed(self, event: on.UserTranscribed) -> list[do.Command]:
        self._so_far = event.text or self._so_far
        return [*self._show_user(), *self._settled()]

    def _show_user(self) -> list[do.Command]:
        """Show the user's words, once, however often they come."""
        if self._said or not self._so_far.strip():
            return []
        self._said = True
        return [do.ShowText("user", self._so_far.strip(), ends=True)]

    def _user_transcription_failed(self, event: on.UserTranscriptionFailed) -> list[do.Command]:
        return [*self._show_user(), untranscribed(event), *self._settled()]

    def _settled(self) -> list[do.Command]:
        self._words.settle()
        return self._end() if self.phase == Phase.SETTLING else []

    def _without_words(self, why: str) -> list[do.Command]:
        """End a complete reply whose question will not be written down."""
        if shown := self._show_user():  # the last ones count
            return [*shown, *self._end()]
        because = f": {why}" if why else ""
        return [do.Warn(f"The transcript of your words did not come{because}"), *self._end()]

    # --- what goes wrong

    def _error_reported(self, event: on.ErrorReported) -> list[do.Command]:
        why = event.message or event.code
        fatal = is_fatal(event)
        optional = self.phase == Phase.TRANSCRIPTION and not fatal
        if optional and (update := self._setup.refused(event)):
            return self._set_up(self._setup.instead_of(update, why))
        if self.phase == Phase.SETTLING:
            return self._without_words(why)
        if self.phase == Phase.ASKING and event.cause is Cause.RATE_LIMIT:
            self._replies.forgo()
            return self._try_again(event.message)
        if self.phase in _LOCKSTEP or fatal:
            return self._end(refusal(event, self.phase))
        return self._once.complains(event)

    def _message_unreadable(self, event: on.MessageUnreadable) -> list[do.Command]:
        if event.lossy and self.phase in _ANSWERING:
            self._replies.damaged(event.why)
        return self._once.unreadable(event.why)

    def _connection_lost(self, event: on.ConnectionLost) -> list[do.Command]:
        if self.phase == Phase.SETTLING:
            return self._without_words("the connection ended")
        return self._end(loss(event, self.phase))

    def _timer_fired(self, event: on.TimerFired) -> list[do.Command]:
        if event.name == Timer.PAUSE and self.phase == Phase.PAUSING:
            return self._ask(self._replies.ask_again)
        if event.name == Timer.OPTION and self.phase == Phase.TRANSCRIPTION:
            self.phase = Phase.UPLOADING
            return [do.StartUpload()]
        if event.name == Timer.SETTLE and self.phase == Phase.SETTLING:
            return self._without_words("")
        if event.name == Timer.SILENCE:
            return self._end(silence(self.timeout_s, self.phase))
        return []

    def _end(self, error: S2SError | None = None) -> list[do.Command]:
        self.phase = Phase.ENDED
        return [*self._show_user(), do.End(error)]
