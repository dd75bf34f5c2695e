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
from s2s.conversation.complaints import Complaints
from s2s.conversation.departure import GRACE, GRACE_MS, Departure
from s2s.conversation.interruption import Playing
from s2s.conversation.refusals import is_fatal, loss, refusal, silence
from s2s.conversation.replies import ANSWER, RETRY, Replies
from s2s.conversation.rest import REST, Rest
from s2s.conversation.setup import Setup
from s2s.conversation.verdict import fault_of_formats
from s2s.conversation.wishes import TalkWishes
from s2s.errors import NetworkError, S2SError, Stopped

SIGINT = 2
SETTLE_MS = 5_000.0  # how long the user's words may come after their turn
ECHO_MS = 250.0  # half duplex: the room goes on sounding for so long

SETUP, LIMIT, SETTLE, ECHO = "setup", "limit", "settle", "echo"  # timers


class Conversation:
    """`handle` takes a fact and returns what to do about it; after `End`, nothing."""

    def __init__(self, wishes: TalkWishes) -> None:
        self.phase = "connecting"
        self._wishes = wishes
        self._setup = Setup(wishes)
        self._capture = Capture(by_key=wishes.by_key)
        self._playing = Playing()
        self._replies = Replies(wishes.timeout_ms)
        self._held: list[do.Command] = []  # for the endpoint, until the session stands
        self._speech = False  # the endpoint hears the user
        self._echoing = False  # half duplex: what was played may still be in the room
        self._untranscribed: set[str] = set()
        self._departure = Departure()
        self._rest = Rest()
        self._deaf = False  # nothing more is sent: the time is up, or nobody is there
        self._shown: do.ShowState | None = None
        self._complaints = Complaints(self._setup, self._replies)

    def start(self) -> list[do.Command]:
        return [*self._show(), do.StartTimer(SETUP, self._wishes.timeout_ms)]

    def handle(self, event: on.Event) -> list[do.Command]:
        """Return what `event` asks for."""
        if self.phase == "ended":
            return []
        if isinstance(event, on.AudioCaptured) and not self._capture.in_turn:
            return self._hold_back(self._captured(event.pcm))  # fifty times a second, all alike
        commands = self._on(event)
        if any(isinstance(command, do.End) for command in commands):
            self.phase = "ended"
            return commands
        return self._hold_back([*commands, *self._leave(), *self._show()])

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
        held, self._held = self._held, []
        commands += held
        return commands + (self._replies.ask() if self._wishes.greet else [])

    def _hold_back(self, commands: list[do.Command]) -> list[do.Command]:
        """Keep what is meant for the endpoint until the session stands: no word is lost."""
        if self.phase == "talking":
            return commands
        early = (do.SendAudio, do.CommitAudio, do.ClearInput, do.CreateUserText, do.CreateResponse)
        self._held += [each for each in commands if isinstance(each, early)]
        return [each for each in commands if not isinstance(each, early)]

    # --- the user's sound

    @_on.register
    def _(self, event: on.AudioCaptured) -> list[do.Command]:
        return self._captured(event.pcm)

    def _captured(self, chunk: bytes) -> list[do.Command]:
        if self._deaf or self._gated:
            return self._capture.skip(chunk)
        commands = self._capture.take(chunk)
        if commands and isinstance(commands[-1], do.CommitAudio):
            commands += self._replies.ask()
        return commands

    @property
    def _gated(self) -> bool:
        if not self._wishes.half_duplex or self._capture.in_turn:
            return False
        return bool(self._playing) or self._echoing

    @_on.register
    def _(self, event: on.CaptureEnded) -> list[do.Command]:
        self._departure.prepare(0 if self._wishes.by_key else self._wishes.pause_ms)
        if self._capture.in_turn:
            self._capture.end_turn()
        return []

    @_on.register
    def _(self, event: on.SpeechStarted) -> list[do.Command]:
        self._speech = True
        commands = self._interrupt(by_user=False)
        if self._deaf or self._capture.muted:  # its end would never come
            commands += self._end_of_speech()
        return commands

    @_on.register
    def _(self, event: on.SpeechStopped) -> list[do.Command]:
        self._speech = False
        return []

    @_on.register
    def _(self, event: on.InputCommitted) -> list[do.Command]:
        self._speech = False
        commands = [] if self._wishes.by_key else self._replies.expect()
        if self._setup.transcribes:
            self._untranscribed.add(event.item_id)
            commands.append(do.StartTimer(SETTLE, SETTLE_MS))
        return commands

    @_on.register
    def _(self, event: on.UserTranscribed) -> list[do.Command]:
        self._untranscribed.discard(event.item_id)
        return []

    @_on.register
    def _(self, event: on.UserTranscriptionFailed) -> list[do.Command]:
        self._untranscribed.discard(event.item_id)
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
        if self._deaf:
            return self._interrupt(by_user=True)
        return [*self._interrupt(by_user=True), *self._capture.begin_turn()]

    @_on.register
    def _(self, event: on.MutePressed) -> list[do.Command]:
        commands = self._capture.mute()
        return [*commands, *self._end_of_speech()] if self._capture.muted else commands

    def _end_of_speech(self) -> list[do.Command]:
        """Send the pause for which the endpoint waits before it answers what it has heard."""
        if not self._speech:
            return []
        return [do.SendAudio(pcm.silence(self._wishes.pause_ms + GRACE_MS))]

    @_on.register
    def _(self, event: on.TextEntered) -> list[do.Command]:
        if self._deaf or not event.text.strip():
            return []
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
        if not self._replies.takes(event.part):
            return []
        self._replies.gave(event.part)
        return [*self._replies.watch(), *self._playing.give(event.part, event.pcm)]

    @_on.register
    def _(self, event: on.AudioEnded) -> list[do.Command]:
        return self._playing.end(event.part)

    @_on.register
    def _(self, event: on.TextReceived) -> list[do.Command]:
        if not self._replies.takes(event.part):
            return []
        if self._wishes.session.text_only:
            self._replies.gave(event.part)
        return self._replies.watch()

    @_on.register
    def _(self, event: on.FunctionCalled) -> list[do.Command]:
        return self._replies.called(event)

    @_on.register
    def _(self, event: on.ResponseEnded) -> list[do.Command]:
        commands = self._playing.end_response(event.response_id)
        refused = on.ErrorReported("", event.code, event.message)
        if event.status == "failed" and is_fatal(refused):
            return [do.End(refusal(refused, "replying"))]
        commands += self._replies.ended(event, speech=self._speech)
        return commands

    # --- the speaker

    @_on.register
    def _(self, event: on.PartStarted) -> list[do.Command]:
        self._playing.started(event.part)
        return []

    @_on.register
    def _(self, event: on.PartPlayed) -> list[do.Command]:
        self._playing.played(event.part)
        return self._fell_silent()

    @_on.register
    def _(self, event: on.PlayoutCleared) -> list[do.Command]:
        forget = self._playing.cleared(event.heard)
        return [*self._replies.forget(forget), *self._fell_silent()]

    def _fell_silent(self) -> list[do.Command]:
        if not self._wishes.half_duplex or self._playing:
            return []
        self._echoing = True
        return [do.StartTimer(ECHO, ECHO_MS)]

    def _interrupt(self, *, by_user: bool) -> list[do.Command]:
        """Fall silent; let the endpoint stop too where it does not do so by itself."""
        commands: list[do.Command] = [do.ClearPlayout()] if self._playing else []
        return commands + self._replies.interrupt(cancel=by_user)

    # --- what goes wrong

    @_on.register
    def _(self, event: on.ErrorReported) -> list[do.Command]:
        commands = self._complaints.answer(event, self.phase)
        ends = [each.error for each in commands if isinstance(each, do.End)]
        return self._lose(ends[0]) if ends and ends[0] else commands

    @_on.register
    def _(self, event: on.MessageUnreadable) -> list[do.Command]:
        return self._complaints.tell_once(f"Unreadable: {event.why}")

    @_on.register
    def _(self, event: on.ConnectionLost) -> list[do.Command]:
        return self._lose(loss(event, self.phase))

    def _lose(self, error: S2SError) -> list[do.Command]:
        """Leave with `error`, once what has come of a reply was heard."""
        if not self._playing:
            return [do.End(self._departure.error or error)]
        first = self._departure.error is None
        self._departure.prepare(error=error)
        self._deaf = True
        self._replies.give_up()
        self._capture.cut_off()
        self._untranscribed.clear()
        self._speech = False
        told = f"{error.message} What has come of the reply is played to its end."
        return [*([do.Warn(told)] if first else []), *self._playing.end_all()]

    @_on.register
    def _(self, event: on.SendingStalled) -> list[do.Command]:
        stalled = NetworkError(
            f"The network has taken nothing for {event.ms / 1000:.0f} s of your voice.",
            "Check the network, then run it again.",
        )
        return self._lose(stalled)

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
            self._deaf = True
            self._departure.prepare()
            cut_off = self._capture.cut_off()
            return [*cut_off, *(self._replies.ask() if cut_off else self._end_of_speech())]
        if event.name == ECHO:
            self._echoing = False
        elif event.name == REST:
            return self._rest.begin()
        elif event.name == SETTLE:
            self._untranscribed.clear()
        elif event.name == RETRY:
            return self._replies.retry()
        elif event.name == ANSWER:
            self._replies.give_up()
            late = silence(self._wishes.timeout_ms / 1000, "answering")
            if self._departure.decided:
                return self._lose(late)
            return [do.Warn(late.message), *self._playing.end_all()]
        elif event.name == GRACE:
            failure = None if self._deaf else self._replies.failure  # the time was up: no failure
            return [do.End(self._departure.error or failure)]
        return []

    # --- shared

    def _leave(self) -> list[do.Command]:
        if self.phase != "talking":
            return []  # what was said waits for the session
        busy = self._speech or self._capture.in_turn or self._replies.pending
        quiet = not (busy or self._playing or self._untranscribed)
        return self._departure.consider(quiet=quiet)

    def _show(self) -> list[do.Command]:
        shown = do.ShowState(self._state, self._capture.muted, self._capture.in_turn)
        if shown == self._shown:
            return []
        self._shown = shown
        return [shown, *self._rest.consider(idle=shown.state == "listening")]

    @property
    def _state(self) -> do.State:
        if self.phase in ("connecting", "configuring"):
            return "connecting"
        if self._speech or self._capture.in_turn:
            return "hearing you"
        if self._playing.audible:
            return "speaking"
        return "thinking" if self._playing or self._replies.pending else "listening"
