"""One manual turn: a recording goes up, is committed, and one reply comes back.

    connecting > configuring > transcription > uploading > committing > asking > replying > settling

`transcription` asks for the user's words and may fail without harm, `settling` waits for words
that come after the reply, and a rate-limited response goes back to `asking` after a pause.
"""

from __future__ import annotations

from functools import singledispatchmethod

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.awaited import Awaited
from s2s.conversation.calls import TOO_MANY, Rounds, answer, told
from s2s.conversation.checks import fault_of_formats, fault_of_recording, fault_of_response
from s2s.conversation.progress import Progress
from s2s.conversation.refusals import is_fatal, is_rate_limit, loss, refusal, silence
from s2s.conversation.reply_assembly import Reply
from s2s.conversation.retries import Retries, given_up
from s2s.conversation.session_config import Wishes
from s2s.errors import S2SError

SETTLE_MS = 5_000.0  # how long the user's words may come after the reply
OPTION_MS = 5_000.0  # how long an endpoint may think about an optional setting

SILENCE, PAUSE, OPTION, SETTLE = "silence", "pause", "option", "settle"  # timers

# Here the endpoint has nothing to answer: we are busy reading, or waiting on purpose.
_OWES_NOTHING = {"uploading", "pausing", "settling", "ended"}


class Exchange:
    """The rules of one manual turn: `handle` takes a fact and returns what to do about it."""

    def __init__(self, wishes: Wishes, *, text: str = "") -> None:
        self.phase = "connecting"
        self.reply = Reply()
        self._wishes, self._text = wishes, text  # instead of a recording
        self._candidates = list(wishes.transcription)
        self._asked = False  # for transcription, and no answer yet
        self._transcript_due = False
        self._awaited = Awaited()
        self._retries, self._reset_s, self._rounds = Retries(), 0.0, Rounds()
        self._progress = Progress()
        self._told: set[str] = set()  # what could not be read, once for each kind

    @property
    def timeout_s(self) -> float:
        return self._wishes.timeout_ms / 1000

    def start(self) -> list[do.Command]:
        return [self._watch()]

    def handle(self, event: on.Event) -> list[do.Command]:
        """Return what `event` asks for; after `End` nothing more is asked for."""
        if self.phase == "ended":
            return []
        before = self.phase
        commands = self._on(event)
        if isinstance(event, on.TimerFired) or self.phase in _OWES_NOTHING:
            return commands
        further = self._progress.made(event) or self.phase != before
        return [self._watch(), *commands] if further else commands

    @singledispatchmethod
    def _on(self, event: on.Event) -> list[do.Command]:
        return []

    # --- before the upload

    @_on.register
    def _(self, event: on.SessionStarted) -> list[do.Command]:
        if self.phase != "connecting":
            return []
        self.phase = "configuring"
        return [self._wishes.session]

    @_on.register
    def _(self, event: on.SessionConfigured) -> list[do.Command]:
        if self.phase == "configuring":
            wrong = fault_of_formats(event)
            return self._end(wrong) if wrong else self._ask_for_transcription()
        self._transcript_due = self._transcript_due or self._asked  # it may come late
        self._asked = False
        if self.phase == "transcription":
            return [do.CancelTimer(OPTION), *self._upload()]
        return []

    def _ask_for_transcription(self) -> list[do.Command]:
        if not self._candidates:
            if not self._wishes.transcription:
                return self._upload()
            refused = do.Warn("No transcript of your words: the endpoint took no such setting.")
            return [refused, do.CancelTimer(OPTION), *self._upload()]
        self.phase = "transcription"
        self._asked = True
        patience_ms = min(OPTION_MS, self._wishes.timeout_ms / 2)
        return [self._candidates.pop(0), do.StartTimer(OPTION, patience_ms)]

    def _upload(self) -> list[do.Command]:
        if self._text:
            return [do.CreateUserText(self._text), *self._ask()]
        self.phase = "uploading"
        return [do.CancelTimer(SILENCE), do.StartUpload()]

    # --- the recording

    @_on.register
    def _(self, event: on.UploadStalled) -> list[do.Command]:
        return self._end(silence(self.timeout_s, self.phase))

    @_on.register
    def _(self, event: on.UploadFailed) -> list[do.Command]:
        return self._end(event.error)

    @_on.register
    def _(self, event: on.UploadEnded) -> list[do.Command]:
        if useless := fault_of_recording(event):
            return self._end(useless)
        self.phase = "committing"
        return [do.CommitAudio()]

    @_on.register
    def _(self, event: on.InputCommitted) -> list[do.Command]:
        return self._ask() if self.phase == "committing" else []

    def _ask(self) -> list[do.Command]:
        self.phase = "asking"
        self._awaited.asked()
        self._progress.forget()
        return [do.CreateResponse()]

    # --- the reply

    @_on.register
    def _(self, event: on.ResponseStarted) -> list[do.Command]:
        if self.phase == "asking":
            self.phase = "replying"
            self._awaited.id = event.response_id
        return []

    @_on.register
    def _(self, event: on.AudioReceived) -> list[do.Command]:
        ours = self._ours(event.part.response_id)
        return self._write(self.reply.add_audio(event.part, event.pcm)) if ours else []

    @_on.register
    def _(self, event: on.AudioEnded) -> list[do.Command]:
        ours = self._ours(event.part.response_id)
        return self._write(self.reply.end_audio(event.part)) if ours else []

    @_on.register
    def _(self, event: on.TextReceived) -> list[do.Command]:
        ours = self._ours(event.part.response_id)
        return self._show(self.reply.add_text(event.part, event.text)) if ours else []

    @_on.register
    def _(self, event: on.TextEnded) -> list[do.Command]:
        ours = self._ours(event.part.response_id)
        return self._show(self.reply.end_text(event.part, event.text)) if ours else []

    @_on.register(on.FunctionCalled)
    @_on.register(on.ApprovalRequested)
    def _(self, event: on.FunctionCalled | on.ApprovalRequested) -> list[do.Command]:
        new = self._ours(event.response_id) and self._awaited.brought.call(event)
        return [told(event)] if new else []

    def _ours(self, response_id: str) -> bool:
        """Take content of the response asked for; some endpoints never announce theirs."""
        if self.phase == "asking":
            self.phase = "replying"
        return self.phase == "replying" and self._awaited.takes(response_id)

    @_on.register
    def _(self, event: on.ResponseEnded) -> list[do.Command]:
        late = self.phase == "replying" and not self._awaited.takes(event.response_id)
        if late or self.phase not in ("asking", "replying"):
            return []
        audio, words = self.reply.end()
        commands = self._write(audio) + self._show(words)
        if not self.reply.text:
            for part, text in event.texts:
                commands += self._show(self.reply.end_text(part, text))
        if event.status == "failed" and is_rate_limit(event.code):
            return commands + self._try_again(event.message)
        if self.reply.text:
            commands.append(do.ShowText("assistant", "", ends=True))
        brought = self._awaited.brought
        brought.audio_size, brought.words = self.reply.audio_size, bool(self.reply.text)
        commands += [told(call) for call in event.calls if brought.call(call)]
        if brought.calls and event.status == "completed":
            commands += [answer(call) for call in brought.calls.values()]
            if self._rounds.another():
                return commands + self._ask()
            commands.append(TOO_MANY)
        wants_audio = not self._wishes.session.text_only
        failure = fault_of_response(event, brought, wants_audio=wants_audio)
        if failure or not self._transcript_due:
            return commands + self._end(failure)
        self.phase = "settling"
        return [*commands, do.CancelTimer(SILENCE), do.StartTimer(SETTLE, SETTLE_MS)]

    def _try_again(self, message: str) -> list[do.Command]:
        wait_s, made = self._retries.wait_s(message, self._reset_s), self._retries.made
        if not self._retries.another(wait_s):
            return self._end(given_up(message, wait_s, made))
        self.phase = "pausing"
        commands: list[do.Command] = [
            do.Warn(self._retries.told(wait_s)),
            do.CancelTimer(SILENCE),
            do.StartTimer(PAUSE, wait_s * 1000),
        ]
        if self.reply.text:
            commands.insert(0, do.ShowText("assistant", "", ends=True))
        if self.reply.text or self.reply.audio_size:
            commands.append(do.RestartReply())
        self.reply = Reply()
        return commands

    @_on.register
    def _(self, event: on.RateLimitsUpdated) -> list[do.Command]:
        self._reset_s = event.reset_s
        return []

    # --- the user's words, at any time

    @_on.register
    def _(self, event: on.UserTranscribed) -> list[do.Command]:
        shown = [do.ShowText("user", event.text, ends=True)] if event.text else []
        return [*shown, *self._settled()]

    @_on.register
    def _(self, event: on.UserTranscriptionFailed) -> list[do.Command]:
        why = f": {event.message}" if event.message else ""
        return [do.Warn(f"Your words could not be transcribed{why}"), *self._settled()]

    def _settled(self) -> list[do.Command]:
        self._transcript_due = False
        return self._end() if self.phase == "settling" else []

    # --- what goes wrong

    @_on.register
    def _(self, event: on.ErrorReported) -> list[do.Command]:
        if self.phase == "transcription" and not is_fatal(event):
            return self._ask_for_transcription()
        if self.phase == "settling":
            return self._without_transcript(event.message or event.code)
        if self.phase == "asking" and (is_rate_limit(event.code) or is_rate_limit(event.kind)):
            return self._try_again(event.message)
        # In these phases one request of ours is under way, so the complaint is about it.
        lockstep = self.phase in ("connecting", "configuring", "committing", "asking")
        if lockstep or is_fatal(event):
            return self._end(refusal(event, self.phase))
        return [do.Warn(f"The endpoint complains: {event.message or event.code}")]

    @_on.register
    def _(self, event: on.MessageUnreadable) -> list[do.Command]:
        if event.lossy and self.phase in ("asking", "replying"):
            self._awaited.brought.damage = event.why
        if event.why in self._told:
            return []
        self._told.add(event.why)
        return [do.Warn(f"Unreadable: {event.why}")]

    @_on.register
    def _(self, event: on.ConnectionLost) -> list[do.Command]:
        if self.phase == "settling":
            return self._without_transcript("the connection ended")
        return self._end(loss(event, self.phase))

    @_on.register
    def _(self, event: on.TimerFired) -> list[do.Command]:
        if event.name == PAUSE and self.phase == "pausing":
            return [*self._ask(), self._watch()]
        if event.name == OPTION and self.phase == "transcription":
            return [*self._upload(), self._watch()]
        if event.name == SETTLE and self.phase == "settling":
            return self._without_transcript("")
        if event.name == SILENCE:
            return self._end(silence(self.timeout_s, self.phase))
        return []

    def _without_transcript(self, why: str) -> list[do.Command]:
        """End a complete reply whose question will not be written down."""
        because = f": {why}" if why else ""
        return [do.Warn(f"The transcript of your words did not come{because}"), *self._end()]

    # --- shared

    def _watch(self) -> do.Command:
        return do.StartTimer(SILENCE, self._wishes.timeout_ms)

    @staticmethod
    def _write(audio: bytes) -> list[do.Command]:
        return [do.WriteAudio(audio)] if audio else []

    @staticmethod
    def _show(text: str) -> list[do.Command]:
        return [do.ShowText("assistant", text)] if text else []

    def _end(self, error: S2SError | None = None) -> list[do.Command]:
        self.phase = "ended"
        return [do.End(error)]
