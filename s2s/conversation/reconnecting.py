"""The session's side: a connection is made, set up, lost, and made again with its history.

It is tried at once, then after growing pauses, for as long as the user wants. An answer that the
model completes makes good what was spent on trying, and so does a session that stands for a while
and owes nothing; that a connection was made does not, for it may be refused a moment later.
"""

from __future__ import annotations

from collections.abc import Callable

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.barge_in import BargeIn
from s2s.conversation.causes import Cause
from s2s.conversation.dispatch import Handlers
from s2s.conversation.hearing import Hearing, Words
from s2s.conversation.kept import Kept
from s2s.conversation.phases import Course, Phase, Timer
from s2s.conversation.playing import Playing
from s2s.conversation.refusals import loss, silence, stall, unrestored
from s2s.conversation.responses import Replies
from s2s.conversation.session_config import TalkWishes
from s2s.conversation.session_setup import Setup
from s2s.conversation.shutdown import Departure, Stage
from s2s.conversation.sign_of_life import SignOfLife
from s2s.conversation.slowness import Slowness
from s2s.conversation.wall import Wall
from s2s.errors import NetworkError, S2SError

PAUSES_MS = (0.0, 500.0, 1_000.0, 2_000.0, 3_000.0)  # before each try; the last goes on
SHORTEST = 0.75  # of a pause, by chance
TRY_MS = (*[4_000.0] * 7, 10_000.0)  # how long a try may take: after half a minute longer, once
SETUP_MS = 10_000.0  # how long a new session may take to be set up
STEADY_MS = 10_000.0  # so long a session stands that is not refused a moment later
SEEDED_MS = 2_000.0  # for the endpoint to say that it has taken what it was told
_APART = 0.618  # between the chances of two tries, so that none is like the one before
_PASSES = (Cause.SERVER, Cause.RATE_LIMIT, Cause.EXPIRED)  # another session may do better


class Reconnecting:
    """Knows whether there is a session, and makes another if there is none."""

    def __init__(
        self,
        wishes: TalkWishes,
        course: Course,
        setup: Setup,
        hearing: Hearing,
        words: Words,
        replies: Replies,
        playing: Playing,
        departure: Departure,
        barge_in: BargeIn,
    ) -> None:
        self.wanted = wishes.reconnect_ms > 0
        self.kept = Kept(setup, playing, wanted=self.wanted)
        self._wishes, self._course, self._setup = wishes, course, setup
        self._hearing, self._words = hearing, words
        self._replies, self._playing, self._departure = replies, playing, departure
        self._barge_in = barge_in
        self._wall, self._slowness = Wall(), Slowness()
        self._sign = SignOfLife(wishes, setup)
        self._late = False  # a sign is waited for because an answer is late
        self._begun = False  # it has come to talking once
        self._silently = False  # the session gives way to another, and nobody is to notice
        self._tries = 0  # since an answer was completed
        self._pausing = self._limited = False  # timers that run
        self._spent = False  # all the time that trying may take, and no answer came
        self._why: S2SError | None = None  # the connection was lost
        self._owed = False  # an answer, to be asked for when a session stands
        self.handlers: Handlers = {
            on.SessionStarted: self._session_started,
            on.SessionConfigured: self._session_configured,
            on.SessionExpires: lambda event: self._wall.expires(event) if self.wanted else [],
            on.NextConnected: self._wall.connected,
            on.NextFailed: self._wall.failed,
            on.AudioDropped: self._slowness.dropped,
            on.StoodStill: self._slowness.stood_still,
            on.ConnectFailed: self._connect_failed,
            on.ConnectionLost: self._connection_lost,
            on.SendingStalled: lambda event: self.lose(stall(event)),
        }
        self.timers: dict[str, Callable[[], list[do.Command]]] = {
            Timer.SETUP: self._setup_is_late,
            Timer.AGAIN: self._connect,
            Timer.GIVE_UP: self._time_is_over,
            Timer.STEADY: lambda: [] if self._replies.pending else self._made_good(),
            Timer.WALL: self._wall.due,
            Timer.SLOW: self._slowness.over,
            Timer.SIGN: self._no_sign,
        }

    @property
    def state(self) -> do.State | None:
        """What the connection is doing, if there is anything to show."""
        if self._silently or self._course.phase == Phase.TALKING:
            return None
        return "connecting again" if self.kept.away else "connecting"

    # --- a session begins

    def _session_started(self, event: on.SessionStarted) -> list[do.Command]:
        if self._course.phase not in (Phase.CONNECTING, Phase.RECONNECTING):
            return []
        self._course.phase = Phase.CONFIGURING
        asked = self._setup.ask() + self._setup.ask_for_options()
        most_ms = SETUP_MS if self.kept.away else self._wishes.timeout_ms
        return [*asked, do.StartTimer(Timer.SETUP, min(most_ms, self._wishes.timeout_ms))]

    def _session_configured(self, event: on.SessionConfigured) -> list[do.Command]:
        if wrong := self._setup.taken(event):
            self._departure.now(wrong)
            return []
        self._departure.sign_given()
        if self._course.phase == Phase.SEEDING and not self._setup.waits:
            return self._talk()  # it answers what came behind all that it was told
        if self._course.phase != Phase.CONFIGURING or not self._setup.stands:
            return []
        items = self.kept.tell() if self.kept.away else []
        if not items:
            return self._talk()
        self._course.phase = Phase.SEEDING
        sign = self._setup.update(do.AskForSign())
        return [*items, *sign, do.StartTimer(Timer.SETUP, SEEDED_MS)]

    def _talk(self) -> list[do.Command]:
        """The session knows all that it has to."""
        self._course.phase = Phase.TALKING
        commands: list[do.Command] = [do.CancelTimer(Timer.SETUP)]
        if not self._begun and self._wishes.max_ms is not None:
            commands.append(do.StartTimer(Timer.LIMIT, self._wishes.max_ms))
        if self.kept.away:
            kept, lost = self.kept.summed_up()
            if lost or not self._silently:
                told = f"kept {kept}, lost {lost}" if lost else f"kept {kept}"
                commands.append(do.Warn(f"Connected again: {told}."))
            commands.append(do.StartTimer(Timer.STEADY, STEADY_MS))
        commands += self._barge_in.back()  # before it hears what was said meanwhile
        commands += self.kept.come_back()
        if self._owed and not self._replies.pending:
            commands += self._replies.ask_again()
        if self._wishes.greet and not self._begun:
            commands += self._replies.ask()
        self._owed = self._silently = False
        self._begun, self._why = True, None
        return commands

    # --- while it lasts

    def consider(self, event: on.Event, *, quiet: bool) -> list[do.Command]:
        """Return what to do about the present state."""
        if not self.wanted:
            return []
        commands = self.kept.was_heard()
        if self._sign.given(event):
            commands += self._sign_given(event)
        if isinstance(event, on.ResponseEnded) and event.status == "completed":
            commands += self._made_good()
        turn = self._wall.consider(quiet=quiet)
        if do.SwitchOver() in turn:
            self._silently = True
            commands += self._leave()
        return commands + turn

    def hear(self, commands: list[do.Command]) -> list[do.Command]:
        """Return what is sent of the captured sound, and what it asks for besides."""
        if not self.wanted or self._course.phase != Phase.TALKING:
            return commands
        sound = [each.pcm for each in commands if isinstance(each, do.SendAudio)]
        asked = [order for each in sound for order in self._sign.hear(each)]
        self.kept.unheard(self._sign.unheard)
        return commands + asked

    def lose_patience(self) -> list[do.Command]:
        """What the endpoint owes has come no further for as long as it may."""
        if self.wanted and self._departure.can_wait and (asked := self._sign.ask()):
            self._late = True
            return asked
        return self._departure.lose_patience(self.lose)

    def _sign_given(self, event: on.Event) -> list[do.Command]:
        """The endpoint is there; whether that is an answer to the question or more than that."""
        over: list[do.Command] = [do.CancelTimer(Timer.SIGN)]
        late, self._late = self._late, False
        if not late:
            return over
        if isinstance(event, on.SessionConfigured | on.ErrorReported):
            return over + self._departure.lose_patience(self.lose)
        return [*over, do.StartTimer(Timer.ANSWER, self._wishes.timeout_ms)]

    def _no_sign(self) -> list[do.Command]:
        gone = self._sign.missed()
        return self.lose(gone) if gone else []

    def _made_good(self) -> list[do.Command]:
        """There is as much time for trying as at first."""
        timers: list[do.Command] = [do.CancelTimer(Timer.GIVE_UP)] if self._limited else []
        self._tries, self._limited, self._spent = 0, False, False
        return timers

    def complained(self, error: on.ErrorReported) -> bool:
        """Whether an error only means that a new session does not take an item of the old one."""
        if error.order != do.SeedItem.__name__:
            return False
        self.kept.not_taken()
        return True

    # --- it ends

    def refused(self, event: on.ErrorReported, error: S2SError) -> list[do.Command]:
        """The endpoint ends the session with `error`."""
        return self.lose(error, passes=event.cause in _PASSES)

    def _connect_failed(self, event: on.ConnectFailed) -> list[do.Command]:
        first = self._course.phase == Phase.CONNECTING
        if first and event.error.code != "unavailable":  # nothing is lost: it is told at once
            return self.give_up(event.error)
        return self.lose(event.error, passes=event.error.code == "rate_limited")

    def _connection_lost(self, event: on.ConnectionLost) -> list[do.Command]:
        if self._pausing:  # the one that has complained
            return []
        return self.lose(loss(event, self._course.phase), passes=event.cause in _PASSES)

    def _setup_is_late(self) -> list[do.Command]:
        if self._course.phase == Phase.SEEDING:
            return self._talk()
        hangs = self._course.phase == Phase.RECONNECTING
        late = silence(self._wishes.timeout_ms / 1000, self._course.phase)
        return self._connect() if hangs else self.lose(late)

    def lose(self, error: S2SError, *, passes: bool = False) -> list[do.Command]:
        """There is no session, because of `error`: try again, if that is of use."""
        departs = self._departure.deaf or self._departure.stage == Stage.LOST
        if (
            not self.wanted
            or departs
            or self._spent
            or not (passes or isinstance(error, NetworkError))
        ):
            return self.give_up(error)
        commands = self._leave()
        if self._why is None or self._silently:
            self._why, self._silently = error, False
            commands.append(do.Warn(f"{error.message} Connecting again."))
        if not self._limited:
            self._limited = True
            commands.append(do.StartTimer(Timer.GIVE_UP, self._wishes.reconnect_ms))
        asked_ms = 1000 * (error.retry_after_s or 0.0)
        if not self._tries and not asked_ms:
            return commands + self._connect()
        chance = (self._wishes.chance + self._tries * _APART) % 1.0
        pause_ms = PAUSES_MS[min(self._tries, len(PAUSES_MS) - 1)]
        self._pausing = True
        pause_ms *= SHORTEST + (1 - SHORTEST) * chance
        later = do.StartTimer(Timer.AGAIN, max(pause_ms, asked_ms))
        return [*commands, do.CancelTimer(Timer.SETUP), later]

    def _leave(self) -> list[do.Command]:
        """Let go of a session; what it has brought is played on."""
        self._course.phase = Phase.RECONNECTING
        self._setup.again()
        self._wall.forget()
        self._sign.forget()
        self._late = False
        if self.kept.away:
            return []
        self._owed = self._replies.lose()
        self._hearing.over()
        self._words.settle()
        steady = do.CancelTimer(Timer.STEADY)
        over = [*self._playing.end_all(), *self._departure.stay(), steady, *self.kept.leave()]
        return over + self._barge_in.leave()

    def _connect(self) -> list[do.Command]:
        self._pausing = False
        try_ms = min(TRY_MS[self._tries % len(TRY_MS)], self._wishes.timeout_ms)
        self._tries += 1
        return [do.Connect(), do.StartTimer(Timer.SETUP, try_ms)]

    def _time_is_over(self) -> list[do.Command]:
        """It was tried for as long as it may."""
        self._limited = False
        if not self.kept.away:
            self._spent = True  # and there was no answer
            return []
        return self.give_up(unrestored(self._loss, self._wishes.reconnect_ms / 1000))

    def give_up(self, error: S2SError | None = None) -> list[do.Command]:
        """Try no more, because of `error` or of what the connection was lost by."""
        timers: list[do.Command] = [do.CancelTimer(Timer.AGAIN), do.CancelTimer(Timer.SETUP)]
        return timers + self._departure.lose(error or self._loss)

    @property
    def _loss(self) -> S2SError:
        """What the connection was lost by; one that only gives way to another is not."""
        return self._why or silence(self._wishes.timeout_ms / 1000, self._course.phase)
