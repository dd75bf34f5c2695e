"""Leaving by ourselves: when the recording is over, the time is up, or the connection is gone.

What is under way is brought to its end first; a reply that is being spoken is heard out, though
not for longer than a minute when the time is up. What the endpoint owes is waited for as long as
there is progress; a recording cannot do without it, somebody who talks is told and goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, IntEnum

from s2s.conversation import commands as do
from s2s.conversation.capture import Capture
from s2s.conversation.hearing import Hearing, Words
from s2s.conversation.phases import Timer
from s2s.conversation.playing import Playing
from s2s.conversation.refusals import silence
from s2s.conversation.response import INTERRUPTED
from s2s.conversation.responses import Replies
from s2s.conversation.session_config import TalkWishes
from s2s.errors import NetworkError, S2SError

GRACE_MS = 500.0  # for an endpoint to notice that a last turn is over
LAST_MS = 60_000.0  # so long an answer may sound when the time is up


class Stage(IntEnum):
    """How near the end is; none is left again for an earlier one."""

    STAYING = 0
    RECORDING_OVER = 1  # it is left as soon as all is quiet
    TIME_UP = 2  # the same, and nothing more is sent
    LOST = 3  # nobody is there, or is given up: what still comes is not waited for


class Sign(Enum):
    """Whether an endpoint that has nothing more to say is still there."""

    NONE = 0
    AWAITED = 1
    GIVEN = 2


class Departure:
    """Due when all has been quiet for a while; knows what there is still to wait for."""

    def __init__(
        self,
        wishes: TalkWishes,
        hearing: Hearing,
        words: Words,
        capture: Capture,
        replies: Replies,
        playing: Playing,
    ) -> None:
        self.stage = Stage.STAYING
        self.over = False  # nothing more is waited for, and nothing done
        self.error: S2SError | None = None  # what to leave with
        self._wishes = wishes
        self._hearing, self._words, self._capture = hearing, words, capture
        self._replies, self._playing = replies, playing
        self._recorded = wishes.recorded
        self._wait_ms = 0.0
        self._waiting = False
        self._sounds = False  # what sounds when the time is up
        self._sign = Sign.NONE

    @property
    def deaf(self) -> bool:
        """Whether nothing more is sent."""
        return self.stage >= Stage.TIME_UP

    def _come_to(self, stage: Stage, wait_ms: float = 0.0) -> None:
        self.stage = max(self.stage, stage)
        self._wait_ms = wait_ms

    # --- what is waited for

    @property
    def missing(self) -> str:
        """What the endpoint owes: in words, "" for nothing."""
        if self._sign is Sign.AWAITED:
            return "a sign that it is still there"
        heard_out = self.stage > Stage.STAYING or self._capture.silent
        rest = "the end of the reply" if self._playing.unfinished else ""
        return self._hearing.missing(heard_out=heard_out) or self._replies.missing or rest

    @property
    def _wanting(self) -> str:
        """The same, as far as a recording cannot do without it."""
        return self.missing if self._recorded and self.missing != INTERRUPTED else ""

    @property
    def can_wait(self) -> bool:
        """Whether what the endpoint owes is waited for by somebody who talks, and goes on."""
        return bool(self.missing) and not self._recorded and not self.deaf

    def lose_patience(self, lose: Callable[[S2SError], list[do.Command]]) -> list[do.Command]:
        """What the endpoint owes has come no further for as long as it may: `lose` it, or go on."""
        if not self.missing:
            return []
        late = silence(self._wishes.timeout_ms / 1000, missing=self.missing)
        if self._wanting:
            return lose(late)
        warn: list[do.Command] = []
        if self.missing != INTERRUPTED:
            warn, self._replies.failure = [do.Warn(late.message)], late
        self._hearing.over()
        if self.deaf:
            self._replies.forgo()
        asked = self._replies.give_up()
        return [*warn, *self._playing.end_all(), *asked]

    # --- why we leave

    def recording_is_over(self) -> None:
        """Leave as soon as all is quiet, and stays so for a turn's pause."""
        self._recorded = True
        wait_ms = 0.0 if self._wishes.by_key else float(self._wishes.pause_ms)
        self._come_to(Stage.RECORDING_OVER, wait_ms)

    def time_is_up(self) -> list[do.Command]:
        """Leave when the answer under way was heard, and in any case soon."""
        self._come_to(Stage.TIME_UP)
        self._sounds = self._playing.audible
        last_ms = LAST_MS if self._sounds else self._wishes.timeout_ms + LAST_MS
        return [do.CloseMicrophone(), do.StartTimer(Timer.LAST, last_ms)]

    def spend_no_more(self, error: S2SError) -> list[do.Command]:
        """Leave with `error` when what is under way was heard; nothing more is said or asked."""
        self._replies.closed = True
        if self.deaf:
            return []
        self._hearing.over()
        self._capture.cut_off()
        if not (self._playing or self._replies.pending):
            self.now(error)
            return []
        self.error, self._sounds = error, True  # however long it sounds: it is paid for
        self._come_to(Stage.TIME_UP)
        warn = do.Warn(f"{error.message} What is under way is brought to its end.")
        return [warn, do.CloseMicrophone()]

    def sounds(self) -> list[do.Command]:
        """An answer begins to sound."""
        if self.stage != Stage.TIME_UP or self._sounds:
            return []
        self._sounds = True
        return [do.StartTimer(Timer.LAST, LAST_MS)]

    def lose(self, error: S2SError) -> list[do.Command]:
        """Leave with `error`, once what has come of a reply was heard.

        When the time is up that is none, unless a recording wants its answer.
        """
        if self.stage == Stage.LOST:  # the first reason counts
            if not self._playing:
                self.now(self.error)
            return []
        excused = self.stage == Stage.TIME_UP and not self._wanting
        if not self._playing or self._playing.halted:
            self.now(self.error if excused else error)
            return [do.Warn(error.message)] if excused else []
        heard_out = "" if excused else " What has come of the reply is played to its end."
        self.error = self.error if excused else error
        self._come_to(Stage.LOST)
        self._replies.forgo()
        self._capture.cut_off()
        self._words.settle()
        self._hearing.over()
        return [do.Warn(f"{error.message}{heard_out}"), *self._playing.end_all()]

    # --- when we leave

    def consider(self) -> list[do.Command]:
        """Return what to do about the present state."""
        user = self._hearing.speech or self._capture.in_turn or self._words.due
        busy = user or self._replies.pending or self.missing or self._playing
        quiet = self.stage > Stage.STAYING and not busy
        if not quiet and self._sign is Sign.GIVEN:  # another turn has come: it wants its own
            self._sign = Sign.NONE
        if quiet == self._waiting:
            return []
        self._waiting = quiet
        if not quiet:
            return [do.CancelTimer(Timer.GRACE)]
        wait_ms = 0.0 if self._sign is Sign.GIVEN else self._wait_ms + GRACE_MS
        return [do.StartTimer(Timer.GRACE, wait_ms)]

    def stay(self) -> list[do.Command]:
        """The connection is to be made again: whether all is quiet is seen after that."""
        self._waiting, self._sign = False, Sign.NONE
        return [do.CancelTimer(Timer.GRACE)]

    def now(self, error: S2SError | None) -> None:
        """Leave with `error` at once."""
        self.over, self.error = True, error

    def sign_given(self) -> bool:
        """The endpoint has answered something; return whether that was waited for."""
        awaited = self._sign is Sign.AWAITED
        if awaited:
            self._sign = Sign.GIVEN
        return awaited

    def leave(self, *, answers: bool) -> list[do.Command]:
        """All has been quiet for long enough; an endpoint that `answers` is asked for a sign.

        One that has fallen silent would be taken for one that has found no other turn.
        """
        if answers and self._sign is Sign.NONE and self._recorded and not (self.error or self.deaf):
            self._sign = Sign.AWAITED
            return [do.AskForSign()]
        self._say_goodbye()
        return []

    def _say_goodbye(self) -> None:
        if self.error or self.deaf:
            return self.now(self.error)
        unheard = NetworkError(
            "The endpoint found no turn in the recording: nothing was asked.",
            "Is somebody speaking in it, loud enough?",
            code="no_turn",
        )
        return self.now(self._replies.failure or (None if self._hearing.found else unheard))

    def leave_at_last(self) -> None:
        """The time has been up for as long as an answer may take."""
        late = NetworkError(
            f"The time was up before {self._wanting} had come.",
            "Allow more time.",
            code="time_up",
        )
        self.now(self.error or (late if self._wanting else None))
