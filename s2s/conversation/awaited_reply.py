"""The second half of an exchange: one reply, after pauses and calls if need be, and the words."""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.calls import TOO_MANY, Call
from s2s.conversation.causes import Cause
from s2s.conversation.checks import fault_of_response
from s2s.conversation.hearing import Words, untranscribed
from s2s.conversation.phases import Course, Phase, Timer
from s2s.conversation.reply_assembly import Piece, ReplyOrders
from s2s.conversation.responses import Replies
from s2s.conversation.session_config import Wishes
from s2s.errors import S2SError

ANSWERING = {Phase.ASKING, Phase.REPLYING}


class AwaitedReply:
    """Asks for responses until one is the reply, and waits for the user's words after it."""

    def __init__(self, wishes: Wishes, course: Course, words: Words) -> None:
        self._course, self._words = course, words
        self._wants_audio = not wishes.session.text_only
        self._reply = ReplyOrders()
        self._replies = Replies(wants_audio=self._wants_audio)
        self._so_far = ""  # the user's words, which are shown once
        self._said = False
        self._limit: S2SError | None = None  # why nothing more may be asked for

    @property
    def requests(self) -> int:
        """How many responses were asked for."""
        return self._replies.requests

    def input_committed(self, event: on.InputCommitted) -> list[do.Command]:
        return self.ask() if self._course.phase == Phase.COMMITTING else []

    def pause_is_over(self) -> list[do.Command]:
        """The wait after a rate limit is over."""
        return self.ask() if self._course.phase == Phase.PAUSING else []

    def ask(self) -> list[do.Command]:
        """Ask for a response, if that may cost something."""
        if self._limit:
            return self._course.end(self._limit)
        self._course.phase = Phase.ASKING
        return self._replies.ask_again()

    def spend_no_more(self, error: S2SError) -> list[do.Command]:
        """Ask for nothing more; what is under way may still be the reply."""
        self._limit = error
        under_way = {*ANSWERING, Phase.SETTLING}
        return [] if self._course.phase in under_way else self._course.end(error)

    # --- what comes

    def response_started(self, event: on.ResponseStarted) -> list[do.Command]:
        if self._course.phase != Phase.ASKING:
            return []
        self._course.phase = Phase.REPLYING
        return self._replies.started(event.response_id)

    def piece_came(self, event: Piece) -> list[do.Command]:
        if self._course.phase not in ANSWERING or self._replies.takes(event.part) is None:
            return []
        self._course.phase = Phase.REPLYING  # some endpoints never announce their response
        return self._reply.take(event)

    def called(self, event: Call) -> list[do.Command]:
        return self._replies.called(event) if self._course.phase in ANSWERING else []

    def damaged(self, why: str) -> None:
        """Note that something could not be read, which may have been a piece of the reply."""
        if self._course.phase in ANSWERING:
            self._replies.damaged(why)

    # --- how it ends

    def response_ended(self, event: on.ResponseEnded) -> list[do.Command]:
        answering = self._course.phase in ANSWERING
        response = self._replies.over(event.response_id) if answering else None
        if response is None:
            return []
        commands = self._reply.end(event)
        if event.status == "failed" and event.cause is Cause.RATE_LIMIT:
            return commands + self._try_again(event.message)
        commands += self._reply.end_line() + response.answer_calls(event)
        response.brought.audio_size = self._reply.reply.audio_size
        response.brought.words = bool(self._reply.reply.text)
        if response.brought.calls and event.status == "completed":
            if self._replies.rounds.another():
                return commands + self.ask()
            commands.append(TOO_MANY)
        failure = fault_of_response(event, response.brought, wants_audio=self._wants_audio)
        if failure or not self._words.due:
            return commands + self._course.end(failure)
        self._course.phase = Phase.SETTLING
        return commands + self._words.wait()

    def refused(self, error: on.ErrorReported) -> list[do.Command] | None:
        """Wait and ask again if `error` is a rate limit that refuses what was asked for."""
        limited = error.cause is Cause.RATE_LIMIT
        if not (limited and self._course.phase == Phase.ASKING):
            return None
        self._replies.forgo()
        return self._try_again(error.message)

    def _try_again(self, message: str) -> list[do.Command]:
        if self._limit:
            return self._course.end(self._limit)
        retries = self._replies.retries
        wait_s = retries.again(message)
        if wait_s is None:
            return self._course.end(retries.given_up(message))
        self._course.phase = Phase.PAUSING
        pause = do.StartTimer(Timer.PAUSE, wait_s * 1000)
        told = do.Warn(retries.told(wait_s))
        return [*self._reply.end_line(), told, pause, *self._reply.restart()]

    def limits_updated(self, event: on.RateLimitsUpdated) -> list[do.Command]:
        self._replies.retries.limits(event.reset_s)
        return []

    # --- the user's words, at any time

    def user_text_received(self, event: on.UserTextReceived) -> list[do.Command]:
        self._so_far = event.text if event.whole else self._so_far + event.text
        if event.whole and not self._said:  # whoever sends these says which are final
            self._words.expect("")
        return []

    def user_transcribed(self, event: on.UserTranscribed) -> list[do.Command]:
        self._so_far = event.text or self._so_far
        return [*self.last_words(), *self._settled()]

    def last_words(self) -> list[do.Command]:
        """Show the user's words as they came last, once."""
        if self._said or not self._so_far.strip():
            return []
        self._said = True
        return [do.ShowText("user", self._so_far.strip(), ends=True)]

    def user_transcription_failed(self, event: on.UserTranscriptionFailed) -> list[do.Command]:
        return [untranscribed(event), *self._settled()]

    def without_words(self, why: str = "") -> list[do.Command]:
        """The question of a complete reply will not be written down."""
        if self._so_far.strip():  # what came last counts
            return self._settled()
        because = f": {why}" if why else ""
        return [do.Warn(f"The transcript of your words did not come{because}"), *self._settled()]

    def _settled(self) -> list[do.Command]:
        self._words.settle()
        return self._course.end() if self._course.phase == Phase.SETTLING else []
