"""The responses of the endpoint: the one under way, those to come, and the one that is owed.

A response is an object from the moment it is asked for, or expected, until it is over. What is
interrupted is one of them, and no other.
"""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.calls import TOO_MANY, Call, Rounds, told
from s2s.conversation.causes import Cause
from s2s.conversation.checks import fault_of_response
from s2s.conversation.phases import Timer
from s2s.conversation.response import INTERRUPTED, Cut, Response, is_ours
from s2s.conversation.retries import Retries
from s2s.errors import ResponseError, S2SError


class Replies:
    """One response at a time; `pending` while one is under way, to come or owed."""

    def __init__(self, *, wants_audio: bool) -> None:
        self.failure: S2SError | None = None  # of the last response
        self.retries = Retries()
        self.requests = 0  # responses that were asked for
        self._wants_audio = wants_audio
        self._current: Response | None = None
        self._coming: list[Response] = []  # at most one asked for, and one of the endpoint's own
        self._left: list[Response] = []  # nobody waits for them, and they may go on
        self._late: Response | None = None  # interrupted before it began, and not waited for
        self._asked: Response | None = None  # the last one that was asked for
        self._owed = False  # to be asked for when there may be one
        self._over: set[str] = set()  # ids: what still comes under these is not heard
        self._free: set[str] = set()  # those of which more may be heard, nothing being announced
        self._announces = False  # the endpoint says when a response begins
        self.rounds = Rounds()
        self.doubled = False  # what was asked for instead of the endpoint has come from itself
        self._retrying = self.closed = False  # closed: nothing more is asked for

    @property
    def pending(self) -> bool:
        return bool(self._current or self._coming or self._owed or self._retrying)

    @property
    def awaited(self) -> bool:
        """Whether a response is under way, to come or owed that the user is to hear."""
        coming = any(not each.interrupted for each in self._coming)
        return coming or self.sounds or self._owed or self._retrying

    @property
    def sounds(self) -> bool:
        """Whether a response is under way that the user is to hear."""
        return bool(self._current and not self._current.interrupted)

    @property
    def missing(self) -> str:
        """What the endpoint owes: in words, "" for nothing."""
        if self._owed or not all(each.interrupted for each in self._coming):
            return "the reply"
        if self.sounds and self._current:
            return "the end of the reply" if self._current.brought.something else "the reply"
        return INTERRUPTED if self._current or self._coming else ""

    # --- asking

    def ask(self, *, instead: bool = False) -> list[do.Command]:
        """Ask for an answer to the user, now or as soon as there may be one.

        `instead`: of the endpoint, which else answers a turn that was spoken by itself.
        """
        self.rounds.new_turn()
        return self.ask_again(instead=instead)

    def ask_after_all(self) -> list[do.Command]:
        """The endpoint begins no response of its own to what was said: ask for one."""
        expected = [each for each in self._coming if not each.asked]
        self._coming = [each for each in self._coming if each.asked]
        owed = self._owed or not all(each.interrupted for each in expected)
        return self.ask_again() if owed else []

    def ask_again(self, *, instead: bool = False) -> list[do.Command]:
        """The same for what the user has said before."""
        self._retrying = False
        waits = any(each.unsure or each is self._asked for each in self._coming)
        self._owed = not self.closed and (waits or bool(self._current))
        if self._owed or self.closed:
            return []
        self._late = None
        self._asked = Response(asked=True, known=True, instead=instead)
        self._coming.append(self._asked)
        self.requests += 1
        return [do.CreateResponse()]

    def retry(self) -> list[do.Command]:
        """The wait after a rate limit is over; another response may have begun meanwhile."""
        return self.ask_again() if self._retrying else []

    def expect(self, *, unsure: bool = False) -> None:
        """The endpoint answers all that was said; `unsure`: unless it was told in time not to."""
        self.rounds.new_turn()
        self._late = None
        asked = [each for each in self._coming if each.asked]
        self._coming = [*asked, Response(known=True, unsure=unsure)]

    def give_up(self) -> list[do.Command]:
        """Wait no longer for what is under way or to come; what is owed is asked for now."""
        self._leave()
        self._late = next((each for each in self._coming if each.interrupted), None)
        self._coming.clear()
        self._retrying = False
        return self.ask_again() if self._owed else []

    def forgo(self) -> None:
        """Wait for nothing any more, and ask for nothing."""
        self._owed = False
        self.give_up()

    def lose(self) -> bool:
        """Nothing comes any more of what was to come; return whether an answer is owed."""
        under_way = [each for each in (*self._coming, self._current) if each and not each.given]
        owed = self._owed or self._retrying or not all(each.interrupted for each in under_way)
        self.forgo()
        self._left, self._late, self._asked = [], None, None
        return owed

    def busy(self) -> None:
        """What we asked for was refused, another was under way: ask again when that is over."""
        refused = self._asked
        if refused and refused is self._current:  # the endpoint's own was taken for ours
            self._coming.clear()
            self.doubled = refused.instead  # it answers the same
        elif refused in self._coming:
            self._coming.remove(refused)
        self._owed = self._owed or not (refused and (refused.interrupted or self.doubled))

    # --- what comes

    def started(self, response_id: str) -> list[do.Command]:
        """A response has begun; one that was interrupted before that is cancelled now."""
        self._announces = True
        current = self._current
        another = current and self._coming and (current.interrupted or current.given)
        if current and response_id == current.id and not another:
            return []  # said twice
        response = self._begin(response_id)
        return [do.CancelResponse(response_id)] if response.interrupted else []

    def _begin(self, response_id: str) -> Response:
        response = self._next()
        self._owed &= response.asked or response.interrupted  # the endpoint answers by itself
        self._leave()
        self._left = [each for each in self._left if response_id not in each.ids]
        self._over.discard(response_id)
        self._free.discard(response_id)
        response.id = response_id
        response.ids.add(response_id)
        response.known = True
        self._current = response
        self._retrying = False
        return response

    def _next(self) -> Response:
        """Return the one that was asked for or expected, if any was."""
        late, self._late = self._late, None
        return self._coming.pop(0) if self._coming else late or Response()

    def _leave(self) -> None:
        """Wait for the one under way no longer; it may never say that it is over."""
        if self._current:
            self._left.append(self._current)
            self._current = None

    def _left_with(self, response_id: str) -> Response | None:
        return next((each for each in self._left if response_id in each.ids), None)

    def _of(self, response_id: str) -> Response | None:
        """Return the response that content belongs to; None: one that is over."""
        if self._is_over(response_id):
            return None
        current, left = self._current, self._left_with(response_id)
        if not (response_id or self._announces) and current and current.interrupted:
            return self._begin("") if self._coming else current  # nothing tells them apart
        if current and response_id in ("", *current.ids):
            return current
        if left:
            if not left.interrupted:  # it was slow, and goes on
                self._left.remove(left)
                self._leave()
                self._current = left
            return left
        if current and (self._announces or not (current.id or self._coming)):
            current.ids.add(response_id)  # it comes with another id than was announced
            return current
        return self._begin(response_id)  # not everybody announces a response

    def takes(self, part: on.Part) -> Response | None:
        """Return the response that this belongs to, if the user is to hear it."""
        response = self._of(part.response_id)
        return None if response is None or response.interrupted else response

    def called(self, call: Call) -> list[do.Command]:
        """Note a call; it is answered when the response is over."""
        response = self._of(call.response_id)
        return [told(call)] if response and response.brought.call(call) else []

    def damaged(self, why: str) -> None:
        """Note that something could not be read, which may have been a piece of a reply."""
        for response in (*filter(None, [self._current]), *self._coming)[:1]:
            response.brought.damage = why

    # --- interruption

    def interrupt(self, *, cancel: bool) -> list[do.Command]:
        """Hear nothing more of what is under way; what is owed is not asked for."""
        commands: list[do.Command] = [do.CancelTimer(Timer.RETRY)] if self._retrying else []
        self._owed = self._retrying = False
        self._over, self._free = self._over | self._free, set()
        for each in self._begun:
            if cancel and not each.interrupted:
                commands.append(do.CancelResponse(each.id))
            each.interrupted = True
        if cancel:
            for each in (*self._coming, *filter(None, [self._asked])):
                each.interrupted = True
        return commands

    def forget(self, cuts: list[Cut]) -> list[do.Command]:
        """Truncate at once; delete when the response that an item belongs to is over."""
        return [cut.forget() for cut in cuts if not any(r.keeps(cut) for r in self._begun[::-1])]

    @property
    def _begun(self) -> list[Response]:
        return [*self._left, self._current] if self._current else self._left

    # --- the end of a response

    def over(self, response_id: str) -> Response | None:
        """Return the response that has ended; None: its end was told before.

        An id that nobody knows means the one under way.
        """
        if self._is_over(response_id):
            return None
        response = self._left_with(response_id) if response_id else None
        if response:
            self._left.remove(response)
        else:
            response, self._current = self._current or self._next(), None
        over = self._over if self._announces or response.interrupted else self._free
        over |= response.ids - {""}
        return response

    def _is_over(self, response_id: str) -> bool:
        """Whether an id is that of a response that is over, and not of a new one."""
        return response_id in self._over and (self._announces or not self._coming)

    def ended(
        self, response: Response, event: on.ResponseEnded, *, speech: bool
    ) -> list[do.Command]:
        """Clean up after an interruption, answer calls, ask for what is owed."""
        ends = (response, *self._left)  # of those, the end may never come
        commands = [command for each in ends for command in each.forgotten()]
        commands += response.close(event)
        if event.status == "failed" and not response.interrupted:
            why = event.message or event.code.replace("_", " ")
            return commands + self.failed(event.cause, why)
        if not response.known or response.interrupted or is_ours(event, speech):
            return commands + self.next_one(speech=speech)
        self.retries.answered()
        brought = response.brought
        brought.words |= bool(event.texts)
        self.failure = fault_of_response(event, brought, wants_audio=self._wants_audio)
        if brought.calls and not self._owed:
            self._owed = self.rounds.another()
            commands += [] if self._owed else [TOO_MANY]
        if self.failure and not (brought.calls and event.status == "completed"):
            commands.append(do.Warn(self.failure.message))
        return commands + self.next_one(speech=speech)

    def next_one(self, *, speech: bool) -> list[do.Command]:
        """Ask for what is owed, unless the user speaks and will be answered by another."""
        return self.ask_again() if self._owed and not speech else []

    def failed(self, cause: Cause, message: str) -> list[do.Command]:
        """Try again after a rate limit; tell of any other failure."""
        why = (message or "no reason given").rstrip(".")
        self.failure = ResponseError(f"The last response failed: {why}.", "Try again.")
        commands = self.retries.after(message) if cause is Cause.RATE_LIMIT else []
        self._retrying = self._retrying or bool(commands)
        return commands or [do.Warn(f"The response failed: {why}.")]

    def refused(self, cause: Cause, message: str) -> list[do.Command] | None:
        """A response that was to come will not: ours, else the endpoint's own; None: none was."""
        refused = self._asked if self._asked in self._coming else next(iter(self._coming), None)
        if refused is None:
            begun = self._current and not self._current.brought.something
            return self.failed(cause, message) if begun else None
        self._coming.remove(refused)
        return [] if refused.interrupted else self.failed(cause, message)
