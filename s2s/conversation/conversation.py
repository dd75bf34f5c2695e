"""The rules of a live conversation: facts go in, orders come out.

    connecting > configuring > talking > ended

What concerns the user's sound is in `capture`, what the speaker holds in `interruption`, the
replies in `replies`, the session's settings in `setup`.
"""

from __future__ import annotations

from functools import singledispatchmethod

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.capture import Capture
from s2s.conversation.checks import fault_of_formats
from s2s.conversation.error_policy import Complaints
from s2s.conversation.half_duplex import ECHO, HalfDuplex
from s2s.conversation.hearing import SETTLE, Hearing
from s2s.conversation.idle import REST, Rest
from s2s.conversation.patience import ANSWER, Patience
from s2s.conversation.playing import Playing
from s2s.conversation.refusals import is_fatal, loss, refusal, silence, stall
from s2s.conversation.responses import RETRY, Replies
from s2s.conversation.session_config import TalkWishes
from s2s.conversation.session_setup import Setup
from s2s.conversation.shutdown import GRACE, GRACE_MS, LAST, Departure
from s2s.errors import Stopped

SIGINT = 2
SETUP, LIMIT = "setup", "limit"  # timers

_OF_A_TURN = (
    on.SpeechStarted, on.SpeechStopped, on.InputCommitted, on.ResponseStarted, on.AudioReceived,
    on.TextReceived, on.TextEnded, on.FunctionCalled, on.ApprovalRequested, on.ResponseEnded,
)  # fmt: skip


class Conversation:
    """`handle` takes a fact and returns what to do about it; after `End`, nothing."""

    def __init__(self, wishes: TalkWishes) -> None:
        self.phase = "connecting"
        self._wishes = wishes
        self._setup = Setup(wishes)
        self._capture = Capture(by_key=wishes.by_key)
        self._playing = Playing()
        self._replies = Replies(wants_audio=not wishes.session.text_only)
        self._patience = Patience(wishes.timeout_ms)
        self._hearing = Hearing()
        self._half_duplex = HalfDuplex(wanted=wishes.half_duplex)
        self._departure = Departure(
            wishes, self._hearing, self._capture, self._replies, self._playing
        )
        self._rest = Rest()
        self._complaints = Complaints(self._setup, self._replies)

    def start(self) -> list[do.Command]:
        return [*self._show(), do.StartTimer(SETUP, self._wishes.timeout_ms)]

    def handle(self, event: on.Event) -> list[do.Command]:
        """Return what `event` asks for."""
        if self.phase == "ended":
            return []
        if isinstance(event, on.AudioCaptured) and not self._capture.in_turn:
            sent = self._captured(event.pcm)  # fifty times a second, all alike
            return self._setup.hold_back(sent)
        if self._departure.lost and isinstance(event, _OF_A_TURN):
            return []
        waited = self._replies.pending
        commands = self._on(event)
        if any(isinstance(command, do.End) for command in commands):
            self.phase = "ended"
            return commands
        if self._replies.sounds and not waited:  # an answer to what nobody said was over
            self._hearing.over()
        asked = any(isinstance(each, do.CreateResponse) for each in commands)
        pause_ms = self._wishes.pause_ms if self._hearing.speech else 0.0
        if self.phase == "talking":  # before that, what was said waits for the session
            missing = self._departure.missing
            commands += self._patience.consider(event, missing, asked=asked, pause_ms=pause_ms)
            commands += self._departure.consider()
        return self._setup.hold_back([*commands, *self._show()])

    @singledispatchmethod
    def _on(self, event: on.Event) -> list[do.Command]:
        return []

    # --- the session

    @_on.register
    def _(self, event: on.SessionStarted) -> list[do.Command]:
        if self.phase != "connecting":
            return []
        self.phase = "configuring"
        return [*self._setup.start(), do.StartTimer(SETUP, self._wishes.timeout_ms)]

    @_on.register
    def _(self, event: on.SessionConfigured) -> list[do.Command]:
        if wrong := fault_of_formats(event):
            return [do.End(wrong)]
        self._setup.taken()
        if self.phase != "configuring" or not self._setup.stands:
            return []
        self.phase = "talking"
        commands: list[do.Command] = [do.CancelTimer(SETUP)]
        if self._wishes.max_ms is not None:
            commands.append(do.StartTimer(LIMIT, self._wishes.max_ms))
        commands += self._setup.held()
        return commands + (self._replies.ask() if self._wishes.greet else [])

    # --- the user's sound

    @_on.register
    def _(self, event: on.AudioCaptured) -> list[do.Command]:
        return self._captured(event.pcm)

    def _captured(self, chunk: bytes) -> list[do.Command]:
        closed = self._half_duplex.closed(playing=bool(self._playing))
        if self._departure.deaf or (closed and not self._capture.in_turn):
            return self._capture.skip(chunk)
        commands = self._capture.take(chunk)
        return commands + self._asked_by(commands)

    def _asked_by(self, commands: list[do.Command]) -> list[do.Command]:
        """Ask for the answer to a turn of the key, if it is over."""
        if not commands or not isinstance(commands[-1], do.CommitAudio):
            return []
        self._hearing.given()
        return self._replies.ask()

    @_on.register
    def _(self, event: on.CaptureEnded) -> list[do.Command]:
        self._departure.recording_is_over()
        if self._capture.in_turn:
            self._capture.end_turn()
        return []

    @_on.register
    def _(self, event: on.SpeechStarted) -> list[do.Command]:
        self._hearing.started()
        commands = self._interrupt(by_user=False)
        if self._departure.deaf or self._capture.muted:  # its end would never come
            commands += self._end_of_speech()
        return commands

    @_on.register
    def _(self, event: on.SpeechStopped) -> list[do.Command]:
        self._hearing.stopped()
        return []

    @_on.register
    def _(self, event: on.InputCommitted) -> list[do.Command]:
        if not self._hearing.committed(event.item_id):
            return []
        if not self._wishes.by_key:
            self._replies.expect()
        return self._hearing.transcribes(event.item_id) if self._setup.transcribes else []

    @_on.register
    def _(self, event: on.UserTranscribed) -> list[do.Command]:
        self._hearing.transcribed(event.item_id)
        return []

    @_on.register
    def _(self, event: on.UserTranscriptionFailed) -> list[do.Command]:
        self._hearing.transcribed(event.item_id)
        why = f": {event.message}" if event.message else ""
        return [do.Warn(f"Your words could not be transcribed{why}")]

    # --- keys

    @_on.register
    def _(self, event: on.TalkPressed) -> list[do.Command]:
        if not self._wishes.by_key:
            return [do.Warn("Turns end by themselves here; for push-to-talk use --turns manual.")]
        if self._capture.muted:
            return [do.Warn("Muted: nothing is sent until you press m.")]
        if self._capture.in_turn:
            self._capture.end_or_resume_turn()
            return []
        if self._departure.deaf:
            return self._interrupt(by_user=True)
        return [*self._interrupt(by_user=True), *self._capture.begin_turn()]

    @_on.register
    def _(self, event: on.MutePressed) -> list[do.Command]:
        commands = self._capture.mute()
        return [*commands, *self._end_of_speech()] if self._capture.muted else commands

    def _end_of_speech(self) -> list[do.Command]:
        """Send the pause for which the endpoint waits before it answers what it has heard."""
        if not self._hearing.speech:
            return []
        return [do.SendAudio(pcm.silence(self._wishes.pause_ms + GRACE_MS))]

    @_on.register
    def _(self, event: on.TextEntered) -> list[do.Command]:
        if self._departure.deaf or not event.text.strip():
            return []
        self._hearing.given()
        said = do.CreateUserText(event.text.strip())
        return [*self._interrupt(by_user=True), said, *self._replies.ask()]

    @_on.register
    def _(self, event: on.InterruptPressed) -> list[do.Command]:
        return self._interrupt(by_user=True)

    @_on.register
    def _(self, event: on.StopPressed) -> list[do.Command]:
        if self._playing.audible:
            return self._interrupt(by_user=True)
        return [do.End(Stopped(SIGINT))]

    @_on.register
    def _(self, event: on.QuitPressed) -> list[do.Command]:
        return [do.End(self._departure.error)]

    # --- replies

    @_on.register
    def _(self, event: on.ResponseStarted) -> list[do.Command]:
        return self._replies.started(event.response_id)

    @_on.register
    def _(self, event: on.AudioReceived) -> list[do.Command]:
        response = self._replies.takes(event.part)
        if response is None:
            return []
        response.given.add(event.part.item_id)
        response.brought.audio_size += len(event.pcm)
        return self._playing.give(event.part, event.pcm, response)

    @_on.register
    def _(self, event: on.AudioEnded) -> list[do.Command]:
        return self._playing.end(event.part)

    @_on.register(on.TextReceived)
    @_on.register(on.TextEnded)
    def _(self, event: on.TextReceived | on.TextEnded) -> list[do.Command]:
        response = self._replies.takes(event.part)
        if response is None:
            return []
        response.brought.words |= bool(event.text)
        if self._wishes.session.text_only:
            response.given.add(event.part.item_id)
        return []

    @_on.register(on.FunctionCalled)
    @_on.register(on.ApprovalRequested)
    def _(self, event: on.FunctionCalled | on.ApprovalRequested) -> list[do.Command]:
        return self._replies.called(event)

    @_on.register
    def _(self, event: on.ResponseEnded) -> list[do.Command]:
        refused = on.ErrorReported("", event.code, event.message, cause=event.cause)
        if event.status == "failed" and is_fatal(refused):
            return self._departure.lose(refusal(refused, "replying"))
        response = self._replies.over(event.response_id)
        if response is None:
            return []
        commands = self._playing.end_all_of(response)
        return commands + self._replies.ended(response, event, speech=self._hearing.speech)

    # --- the speaker

    @_on.register
    def _(self, event: on.PartStarted) -> list[do.Command]:
        self._playing.started(event.part)
        return self._departure.sounds()

    @_on.register
    def _(self, event: on.PartPlayed) -> list[do.Command]:
        self._playing.played(event.part, event.ms)
        return self._half_duplex.played(playing=bool(self._playing))

    @_on.register
    def _(self, event: on.PlayoutCleared) -> list[do.Command]:
        forget = self._playing.cleared(event.heard)
        return [
            *self._replies.forget(forget),
            *self._half_duplex.played(playing=bool(self._playing)),
        ]

    def _interrupt(self, *, by_user: bool) -> list[do.Command]:
        """Fall silent; let the endpoint stop too where it does not do so by itself."""
        commands: list[do.Command] = [do.ClearPlayout()] if self._playing else []
        return commands + self._replies.interrupt(cancel=by_user)

    # --- what goes wrong

    @_on.register
    def _(self, event: on.ErrorReported) -> list[do.Command]:
        commands = self._complaints.answer(event, self.phase)
        ends = [each.error for each in commands if isinstance(each, do.End)]
        return self._departure.lose(ends[0]) if ends and ends[0] else commands

    @_on.register
    def _(self, event: on.MessageUnreadable) -> list[do.Command]:
        if event.lossy:
            self._replies.damaged(event.why)
        return self._complaints.tell_once(f"Unreadable: {event.why}")

    @_on.register
    def _(self, event: on.ConnectionLost) -> list[do.Command]:
        return self._departure.lose(loss(event, self.phase))

    @_on.register
    def _(self, event: on.SendingStalled) -> list[do.Command]:
        return self._departure.lose(stall(event))

    @_on.register
    def _(self, event: on.MicrophoneDead) -> list[do.Command]:
        return self._capture.explain(f"{event.error.message} {event.error.hint}")

    @_on.register
    def _(self, event: on.DeviceLost) -> list[do.Command]:
        return [do.End(event.error)]

    @_on.register
    def _(self, event: on.TimerFired) -> list[do.Command]:
        if event.name == SETUP:
            return [do.End(silence(self._wishes.timeout_ms / 1000, self.phase))]
        if event.name == LIMIT:
            cut_off = self._capture.cut_off()
            said = [*cut_off, *(self._asked_by(cut_off) if cut_off else self._end_of_speech())]
            return [*self._departure.time_is_up(), *said]
        if event.name == ECHO:
            self._half_duplex.quiet()
        elif event.name == REST:
            return self._rest.begin()
        elif event.name == SETTLE:
            self._hearing.settle()
        elif event.name == RETRY:
            return self._replies.retry()
        elif event.name == ANSWER:
            return self._departure.lose_patience()
        elif event.name == LAST:
            return self._departure.leave_at_last()
        elif event.name == GRACE:
            return self._departure.leave()
        return []

    # --- what is shown

    def _show(self) -> list[do.Command]:
        return self._rest.show(
            do.ShowState(self._state, self._capture.muted, self._capture.in_turn)
        )

    @property
    def _state(self) -> do.State:
        if self.phase in ("connecting", "configuring"):
            return "connecting"
        if self._hearing.speech or self._capture.in_turn:
            return "hearing you"
        if self._playing.audible:
            return "speaking"
        return "thinking" if self._playing or self._replies.pending else "listening"
