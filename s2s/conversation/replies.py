"""The responses of the endpoint: which is under way, which was interrupted, which is still owed."""

from __future__ import annotations

import json

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.refusals import hinted_wait_s, is_rate_limit
from s2s.errors import ResponseError

MAX_RETRIES = 3
MAX_RETRY_WAIT_S = 120.0  # a longer wait is the user's decision
ANSWER, RETRY = "answer", "retry"  # timers

_UNAVAILABLE = json.dumps({"error": "This function is not available here."})


class Replies:
    """One response at a time; `pending` while one is under way, expected or owed."""

    def __init__(self, timeout_ms: float) -> None:
        self.failure: ResponseError | None = None  # of the last response
        self._timeout_ms = timeout_ms
        self._active = ""
        self._running = False
        self._expected = False  # asked for, or the endpoint's turn to begin
        self._asked = False  # by us, and it has not begun
        self._wanted = False  # to be asked for when the one before it is over
        self._interrupted = False  # the one under way: what still comes of it is not heard
        self._doomed = False  # the one asked for: it was interrupted before it began
        self._over: set[str] = set()
        self._forget: list[do.Command] = []  # items of the one under way, until it is over
        self._given: set[str] = set()  # items of the one under way that came to the speaker
        self._calls: list[on.FunctionCalled] = []
        self._retries = 0
        self._retrying = False

    @property
    def pending(self) -> bool:
        return self._running or self._expected or self._wanted or self._retrying

    def ask(self) -> list[do.Command]:
        """Ask for a response, now or as soon as there may be one."""
        self._retrying = False
        if self._running or self._asked:
            self._wanted = True
            return []
        self._wanted, self._asked = False, True
        return [do.CreateResponse(), *self.expect()]

    def retry(self) -> list[do.Command]:
        """The wait after a rate limit is over; another response may have begun meanwhile."""
        return self.ask() if self._retrying else []

    def expect(self) -> list[do.Command]:
        """A response is about to begin."""
        self._expected = True
        return self.watch()

    def watch(self) -> list[do.Command]:
        """Start to wait for the next sign of a response."""
        return [do.StartTimer(ANSWER, self._timeout_ms)]

    def give_up(self) -> list[do.Command]:
        """No response is waited for any more."""
        self._expected = self._asked = self._wanted = self._running = self._retrying = False
        self._doomed = False
        return [do.CancelTimer(ANSWER)]

    def busy(self) -> list[do.Command]:
        """A response was asked for while another was under way: ask again when that is over."""
        self._expected = self._asked = False
        self._wanted = True
        return []

    def started(self, response_id: str) -> list[do.Command]:
        """A response has begun; one that was interrupted before that is cancelled now."""
        self._begin(response_id)
        cancel: list[do.Command] = [do.CancelResponse(response_id)] if self._interrupted else []
        return [*cancel, *self.watch()]

    def _begin(self, response_id: str) -> None:
        if not self._asked:
            self._wanted = False  # the endpoint's own answers what ours was to answer
        if self._running and self._interrupted:
            self._over.add(self._active)  # it may never say that it is over
        self._active, self._running = response_id, True
        self._interrupted, self._doomed = self._doomed, False
        self._expected = self._asked = self._retrying = False
        self._given.clear()

    def takes(self, part: on.Part) -> bool:
        """Whether this belongs to a response that the user is to hear."""
        if part.response_id and part.response_id in self._over:
            return False
        if not self._running or part.response_id not in ("", self._active):
            self._begin(part.response_id)  # not everybody announces a response
        return not self._interrupted

    def gave(self, part: on.Part) -> None:
        """Note that something of an item has come to the user, or to the speaker's queue."""
        self._given.add(part.item_id)

    def interrupt(self, *, cancel: bool) -> list[do.Command]:
        """Hear nothing more of the response under way; one that is owed is not asked for."""
        commands: list[do.Command] = [do.CancelTimer(RETRY)] if self._retrying else []
        self._wanted = self._retrying = False
        self._doomed = self._doomed or (cancel and self._expected)
        if not self._running or self._interrupted:
            return commands
        self._interrupted = True
        return [*commands, do.CancelResponse(self._active)] if cancel else commands

    def forget(self, commands: list[do.Command]) -> list[do.Command]:
        """Truncate at once; delete when the response that an item belongs to is over."""
        if not self._running:
            return commands
        self._forget += [each for each in commands if isinstance(each, do.DeleteItem)]
        return [each for each in commands if not isinstance(each, do.DeleteItem)]

    def called(self, event: on.FunctionCalled) -> list[do.Command]:
        """Note a function call; it is answered when the response is over."""
        self._calls.append(event)
        return [do.Warn(f"The model called {event.name}, which nobody here can run.")]

    def ended(self, event: on.ResponseEnded, *, speech: bool) -> list[do.Command]:
        """Clean up after an interruption, answer calls, ask for what is owed."""
        if event.response_id:
            self._over.add(event.response_id)
        if self._running and event.response_id not in ("", self._active):
            return []
        next_expected = self._running and self._expected  # a turn was committed meanwhile
        commands: list[do.Command] = [*self._forget]
        if not next_expected:
            commands.insert(0, do.CancelTimer(ANSWER))
        if self._interrupted:
            deleted = {each.item_id for each in self._forget if isinstance(each, do.DeleteItem)}
            unheard = [id for id in event.item_ids if id not in self._given | deleted]
            commands += [do.DeleteItem(item_id) for item_id in unheard]
        self._forget = []
        interrupted = self._interrupted
        self._running = self._asked = self._interrupted = False
        self._expected = next_expected
        calls, self._calls = self._calls, []
        commands += [do.CreateFunctionOutput(call.call_id, _UNAVAILABLE) for call in calls]
        if calls and not interrupted:
            self._wanted = True
        self.failure = None
        if event.status == "failed" and not interrupted:
            return commands + self.failed(event.code, event.message)
        self._retries = 0
        if event.status == "incomplete":
            why = (event.message or event.code.replace("_", " ")).rstrip(".") or "no reason given"
            commands.append(do.Warn(f"The reply is incomplete: {why}."))
            self.failure = ResponseError(f"The last reply is incomplete: {why}.")
        return commands + (self.ask() if self._wanted and not speech else [])

    def failed(self, code: str, message: str) -> list[do.Command]:
        """Try again after a rate limit; tell of any other failure."""
        interrupted, self._doomed = self._doomed, False
        self._expected = self._asked = False
        if interrupted:
            return [do.CancelTimer(ANSWER)]
        why = message or code.replace("_", " ") or "no reason given"
        self.failure = ResponseError(f"The last response failed: {why.rstrip('.')}.", "Try again.")
        wait_s = hinted_wait_s(message) or float(2**self._retries)
        if not is_rate_limit(code) or self._retries == MAX_RETRIES or wait_s > MAX_RETRY_WAIT_S:
            self._retries = 0
            return [do.CancelTimer(ANSWER), do.Warn(f"The response failed: {why.rstrip('.')}.")]
        self._retries += 1
        self._retrying = True
        told = f"Rate limited; trying again in {wait_s:.1f} s ({self._retries} of {MAX_RETRIES})."
        return [do.CancelTimer(ANSWER), do.Warn(told), do.StartTimer(RETRY, wait_s * 1000)]
