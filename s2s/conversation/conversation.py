"""The rules of a live conversation: facts go in, orders come out.

The user's side is in `turn_taking`, the assistant's in `answering`, the session's in
`reconnecting`, how it ends in `shutdown`.
"""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.answering import Answering
from s2s.conversation.barge_in import BargeIn
from s2s.conversation.budget import Spending
from s2s.conversation.capture import Capture, HalfDuplex
from s2s.conversation.devices_back import DevicesBack
from s2s.conversation.dispatch import IGNORED_BY_A_CONVERSATION, Handlers, ignore
from s2s.conversation.error_policy import Complaints, Once
from s2s.conversation.hearing import Hearing, Words
from s2s.conversation.idle import Rest
from s2s.conversation.patience import Patience
from s2s.conversation.phases import Course, Phase, Timer
from s2s.conversation.playing import Playing
from s2s.conversation.reconnecting import Reconnecting
from s2s.conversation.responses import Replies
from s2s.conversation.session_config import TalkWishes
from s2s.conversation.session_setup import Setup
from s2s.conversation.shutdown import Departure, Stage
from s2s.conversation.turn_taking import TurnTaking
from s2s.errors import S2SError, Stopped

SIGINT = 2

_OF_A_TURN = (
    on.SpeechStarted, on.SpeechStopped, on.InputCommitted, on.ResponseStarted, on.AudioReceived,
    on.TextReceived, on.TextEnded, on.FunctionCalled, on.ApprovalRequested, on.ResponseEnded,
)  # fmt: skip


class Conversation:
    """`handle` takes a fact and returns what to do about it; after `End`, nothing."""

    def __init__(self, wishes: TalkWishes) -> None:
        self._course = Course()
        self._wishes = wishes
        self._setup = Setup(wishes.session, wishes.transcription, wishes.options)
        self._capture = Capture(by_key=wishes.by_key)
        self._half_duplex = HalfDuplex(wanted=wishes.half_duplex)
        self._hearing, self._words = Hearing(), Words()
        self._playing = Playing()
        self._replies = Replies(wants_audio=not wishes.session.text_only)
        self._patience = Patience(Timer.ANSWER, wishes.timeout_ms)
        self._departure = Departure(
            wishes, self._hearing, self._words, self._capture, self._replies, self._playing
        )
        self._spending = Spending(
            wishes.money, lambda: self._setup.transcriber, self._departure.spend_no_more
        )
        self._rest = Rest()
        self._once = Once()
        self._complaints = Complaints(self._setup, self._replies, self._once)
        self._barge_in = BargeIn(
            wishes, self._setup, self._capture, self._hearing, self._words, self._replies,
            self._playing, self._departure, self._once,
        )  # fmt: skip
        self._again = Reconnecting(
            wishes, self._course, self._setup, self._hearing, self._words, self._replies,
            self._playing, self._departure, self._barge_in,
        )  # fmt: skip
        self._turns = turns = TurnTaking(
            wishes, self._setup, self._capture, self._half_duplex, self._hearing, self._words,
            self._replies, self._playing, self._departure, self._barge_in,
        )  # fmt: skip
        answers = Answering(
            wishes, self._hearing, self._replies, self._playing, self._half_duplex,
            self._departure, self._barge_in,
        )  # fmt: skip
        self._devices = DevicesBack(wishes, turns, self._capture, self._playing, self._departure)
        self.handlers: Handlers = {
            **turns.handlers,
            **answers.handlers,
            **self._devices.handlers,
            **self._barge_in.handlers,
            **self._again.handlers,
            on.StopPressed: self._stop_pressed,
            on.QuitPressed: self._quit_pressed,
            on.ErrorReported: self._error_reported,
            on.MessageUnreadable: self._message_unreadable,
            on.MicrophoneDead: self._microphone_dead,
            on.TimerFired: self._timer_fired,
            **dict.fromkeys(IGNORED_BY_A_CONVERSATION, ignore),
        }

    @property
    def phase(self) -> Phase:
        return self._course.phase

    def start(self) -> list[do.Command]:
        return [do.Connect(), *self._show(), do.StartTimer(Timer.SETUP, self._wishes.timeout_ms)]

    def handle(self, event: on.Event) -> list[do.Command]:
        """Return what `event` asks for, and has cost."""
        billed = [] if self.phase == Phase.ENDED else self._spending.note(event)
        return [*billed, *self._answer(event)]

    def _answer(self, event: on.Event) -> list[do.Command]:
        lost = self._departure.stage == Stage.LOST or self._again.kept.away
        if self.phase == Phase.ENDED or (lost and isinstance(event, _OF_A_TURN)):
            return []
        if isinstance(event, on.AudioCaptured) and not self._capture.in_turn:
            return self._send(
                self._again.hear(self._turns.captured(event))
            )  # fifty times a second, all alike
        if self._again.wanted:
            self._again.kept.observe(event)
        waited, requests = self._replies.pending, self._replies.requests
        spent = self._departure.over  # all that it may cost
        commands = [] if spent else self.handlers[type(event)](event)
        if self._departure.stage == Stage.TIME_UP and self._again.kept.away:
            commands += self._again.give_up()
        if self._departure.over:
            self._course.phase = Phase.ENDED
            error = self._departure.error or self._devices.error
            end = do.End(self._wishes.advised(error))
            return [*commands, *self._spending.closed(), end]
        if uninvited := self._replies.sounds and not waited:  # to what nobody said was over
            self._hearing.over()
        if self._talks or self._again.kept.away:  # before that, what was said waits for the session
            commands += self._barge_in.consider(event, uninvited=uninvited)
        if self._talks:
            anew = self._replies.requests > requests
            pause_ms = self._wishes.pause_ms if self._hearing.speech else 0.0
            missing = self._departure.missing
            commands += self._patience.consider(event, missing, anew=anew, pause_ms=pause_ms)
            commands += self._departure.consider()
        if self.phase == Phase.TALKING:
            quiet = self._state == "listening" and not self._words.due
            quiet = quiet and not self._hearing.missing(heard_out=True)
            commands += self._again.consider(event, quiet=quiet)
        return self._send([*commands, *self._show()])

    @property
    def _talks(self) -> bool:
        """Whether there is a session, or none is waited for any more."""
        return self.phase == Phase.TALKING or self._departure.stage == Stage.LOST

    def _send(self, commands: list[do.Command]) -> list[do.Command]:
        return self._again.kept.outgoing(commands)

    def _end(self, error: S2SError | None) -> list[do.Command]:
        self._departure.now(error)
        return []

    # --- leaving

    def _stop_pressed(self, event: on.StopPressed) -> list[do.Command]:
        if self._playing.audible:
            return self._turns.interrupt_pressed(on.InterruptPressed())
        return self._end(Stopped(SIGINT))

    def _quit_pressed(self, event: on.QuitPressed) -> list[do.Command]:
        return self._end(self._departure.error)

    # --- what goes wrong

    def _error_reported(self, event: on.ErrorReported) -> list[do.Command]:
        if self._again.complained(event):
            return []
        answer = self._complaints.answer(event, self.phase)
        if isinstance(answer, S2SError):
            return self._again.refused(event, answer)
        return [] if self._departure.sign_given() else answer

    def _message_unreadable(self, event: on.MessageUnreadable) -> list[do.Command]:
        if event.lossy:
            self._replies.damaged(event.why)
        return self._once.unreadable(event.why)

    def _microphone_dead(self, event: on.MicrophoneDead) -> list[do.Command]:
        return self._capture.explain(f"{event.error.message} {event.error.hint}")

    # --- the clock

    def _timer_fired(self, event: on.TimerFired) -> list[do.Command]:
        if due := self._again.timers.get(event.name):
            return due()
        match event.name:
            case Timer.LIMIT:
                return self._turns.time_is_up()
            case Timer.ECHO:
                self._half_duplex.quiet()
            case Timer.REOPEN:
                return self._devices.look()
            case Timer.REST:
                return self._rest.begin()
            case Timer.SETTLE:
                self._words.settle()
            case Timer.RETRY:
                return self._replies.retry()
            case Timer.ANSWER:
                return self._again.lose_patience()
            case Timer.LAST:
                self._departure.leave_at_last()
            case Timer.GRACE if self._talks:
                answers = not (self._setup.waits or self._wishes.by_key)
                asks = self._departure.leave(answers=answers)
                return self._setup.update(do.AskForSign()) if asks else []
            case Timer.CONFIRM | Timer.QUIET | Timer.WORDS | Timer.CROSSED:
                return self._barge_in.timer_fired(event.name)
        return []

    # --- what is shown

    def _show(self) -> list[do.Command]:
        return self._rest.show(
            do.ShowState(
                self._state, self._capture.muted, self._capture.in_turn, self._devices.gone
            )
        )

    @property
    def _state(self) -> do.State:
        if connecting := self._again.state:
            return connecting
        if self._hearing.speech or self._capture.in_turn or self._barge_in.held:
            return "hearing you"
        if self._playing.audible:
            return "speaking"
        return "thinking" if self._playing or self._replies.pending else "listening"
