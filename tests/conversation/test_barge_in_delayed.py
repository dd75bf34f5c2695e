"""In step with an endpoint far away: whatever crosses on the wire, each turn has one answer.

The endpoint here is the least that matters: it hears, takes turns, answers or does not, cancels or
does not, and takes what it is asked in order. What travels waits until the story lets it arrive.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import pytest
from conversing import SERVER
from hypothesis import given, settings
from hypothesis import strategies as st

from s2s import pcm
from s2s.audio.live.playout import Playout
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.conversation import Conversation
from s2s.conversation.phases import Timer
from s2s.conversation.session_config import ServerVad, TalkWishes

SPOKEN = do.ConfigureSession(turn_detection=SERVER)
TRANSCRIBED = (do.ConfigureTranscription("one"),)
MEANT, LISTENS = "What is that?", "Mhm."


@dataclass(eq=False)
class Item:
    """Something the user has said."""

    id: str
    words: str
    deleted: bool = False
    answers: int = 0


@dataclass
class Endpoint:
    """`ignores`: what it does by itself although it was asked not to."""

    ignores: frozenset[str] = frozenset()
    decides: bool = True
    late: bool = False  # it looks only after the next message whether it is to answer a turn
    items: list[Item] = field(default_factory=list)
    unanswered: list[Item] = field(default_factory=list)
    answered: dict[str, list[Item]] = field(default_factory=dict)
    """What the item of a response answers."""
    response: str = ""  # under way
    speaking: bool = False
    doubled: list[str] = field(default_factory=list)  # responses to nothing that was new
    out: deque[on.Event] = field(default_factory=deque)
    number: int = 0
    undecided: bool = False  # a turn of which it has not looked yet whether to answer it

    def does(self, what: str) -> bool:
        return self.decides or what in self.ignores

    def hears(self) -> None:
        if self.undecided:
            self.answer_a_turn()
        self.speaking = True
        self.number += 1
        self.out.append(on.SpeechStarted(f"u{self.number}", 0))
        if self.response and self.does("interrupts"):
            self.end("cancelled", "turn_detected", Cause.INTERRUPTED)

    def hears_the_end(self, words: str) -> None:
        self.speaking = False
        item = Item(f"u{self.number}", words)
        self.items.append(item)
        self.unanswered.append(item)
        self.out += [on.SpeechStopped(item.id, 0), on.InputCommitted(item.id)]
        if self.late:
            self.undecided = True
        else:
            self.answer_a_turn()

    def answer_a_turn(self) -> None:
        self.undecided = False
        if self.does("answers") and not self.response:
            self.answer()

    def answer(self) -> None:
        self.number += 1
        self.response = f"r{self.number}"
        if not self.unanswered:
            self.doubled.append(self.response)
        for item in self.unanswered:
            item.answers += 1
        self.answered[f"of {self.response}"], self.unanswered = self.unanswered, []
        self.out.append(on.ResponseStarted(self.response))

    def speak(self) -> None:
        if self.response:
            part = on.Part(self.response, f"of {self.response}", 0, 0)
            self.out.append(on.AudioReceived(part, pcm.silence(400)))

    def end(
        self, status: on.ResponseStatus = "completed", code: str = "", cause: Cause = Cause.UNKNOWN
    ) -> None:
        if self.response:
            part = on.Part(self.response, f"of {self.response}", 0, 0)
            ended = on.ResponseEnded(self.response, status, code, "", item_ids=(part.item_id,),
                                     cause=cause)  # fmt: skip
            self.out += [on.AudioEnded(part), ended]
            self.response = ""

    def transcribe(self) -> None:
        for item in self.items:
            if not item.deleted and item.words:
                self.out.append(on.UserTranscribed(item.id, item.words.strip()))
                item.words = ""

    def takes(self, order: do.Command) -> None:
        if isinstance(order, do.ConfigureTurns):
            assert isinstance(order.turn_detection, ServerVad)
            self.decides = order.turn_detection.decides
            if self.undecided:  # as late as can be: by what holds now, told before its word
                self.answer_a_turn()
            self.out.append(on.SessionConfigured())
        elif isinstance(order, do.CreateResponse):
            if self.response:
                busy = on.ErrorReported("", "", "busy", cause=Cause.BUSY, order="CreateResponse")
                self.out.append(busy)
            else:
                self.answer()
        elif isinstance(order, do.CancelResponse):
            if self.response == order.response_id:
                self.end("cancelled", "client_cancelled", Cause.INTERRUPTED)
        elif isinstance(order, do.DeleteItem):
            if order.item_id == next(reversed(self.answered), ""):  # a later one has read them too
                for item in self.answered.pop(order.item_id):
                    item.answers -= 1  # by a response that nobody has heard
                    self.unanswered.append(item)
            for item in self.items:
                if item.id == order.item_id:
                    item.deleted = True
                    self.unanswered = [each for each in self.unanswered if each is not item]


class Far:
    """A conversation, its speaker, and an endpoint; what travels between them takes its time."""

    def __init__(self, wishes: TalkWishes, endpoint: Endpoint) -> None:
        self.rules, self.endpoint, self.playout = Conversation(wishes), endpoint, Playout()
        self.to_endpoint: deque[do.Command] = deque()
        self.running: set[str] = set()
        self.held = False
        self.warned: list[str] = []
        self.words = MEANT
        self.obey(self.rules.start())
        self.tell(on.SessionStarted("s", "m"), on.SessionConfigured())
        self.tell(*[on.SessionConfigured() for _ in wishes.transcription])
        self.to_endpoint.clear()

    def tell(self, *facts: on.Event) -> None:
        for fact in facts:
            if isinstance(fact, on.TimerFired):
                self.running.discard(fact.name)
            self.obey(self.rules.handle(fact))

    def obey(self, orders: list[do.Command]) -> None:
        for order in orders:
            assert not isinstance(order, do.End)
            if isinstance(order, do.PlayAudio):
                self.playout.add(order.part, order.pcm)
            elif isinstance(order, do.EndPart):
                self.playout.end(order.part)
            elif isinstance(order, do.ClearPlayout):
                self.held = False
                self.tell(on.PlayoutCleared(self.playout.clear()))
            elif isinstance(order, do.HoldPlayout):
                self.held = True
                self.playout.hold()
            elif isinstance(order, do.ResumePlayout):
                self.held = False
                self.playout.resume()
            elif isinstance(order, do.StartTimer):
                self.running.add(order.name)
            elif isinstance(order, do.CancelTimer):
                self.running.discard(order.name)
            elif isinstance(order, do.Warn):
                self.warned.append(order.message)
            else:
                self.to_endpoint.append(order)

    # --- what may happen next

    def here(self) -> None:
        """The oldest fact of the endpoint arrives."""
        if self.endpoint.out:
            self.tell(self.endpoint.out.popleft())

    def there(self) -> None:
        """The oldest order arrives."""
        if self.to_endpoint:
            self.endpoint.takes(self.to_endpoint.popleft())

    def listen(self) -> None:
        self.tell(*self.playout.pull(pcm.size_of(200))[1])

    def speak_up(self) -> None:
        if not self.endpoint.speaking:
            self.endpoint.hears()

    def fall_silent(self) -> None:
        if self.endpoint.speaking:
            self.endpoint.hears_the_end(self.words)

    def mean_it(self) -> None:
        self.words = MEANT

    def only_listen(self) -> None:
        self.words = LISTENS

    def look(self) -> None:
        if self.endpoint.undecided:
            self.endpoint.answer_a_turn()

    def voice(self) -> None:
        self.tell(on.VoiceStarted())

    def no_voice(self) -> None:
        self.tell(on.VoiceStopped())

    def fire(self, timer: Timer) -> None:
        if timer in self.running:
            self.tell(on.TimerFired(timer))

    def settle(self) -> None:
        """Everything arrives, and every reply is heard out."""
        self.no_voice()
        self.fall_silent()
        for _ in range(60):
            for _ in range(len(self.to_endpoint) + len(self.endpoint.out) + 4):
                self.there()
                self.look()
                self.here()
            self.endpoint.transcribe()
            self.endpoint.speak()
            self.endpoint.end()
            while self.endpoint.out:
                self.here()
            for timer in (Timer.QUIET, Timer.CONFIRM, Timer.WORDS):
                self.fire(timer)
            self.listen()
        self.fire(Timer.CROSSED)  # later than all of what is on its way
        self.look()
        for _ in range(60):
            self.there()
            self.here()
            self.endpoint.speak()
            self.endpoint.end()
            self.listen()


MOVES = ["here", "here", "here", "there", "there", "listen", "listen", "speak_up", "fall_silent",
         "mean_it", "only_listen", "voice", "no_voice", "look"]  # fmt: skip
OF_THE_ENDPOINT = ["speak", "end", "transcribe"]
TIMERS = [Timer.CONFIRM, Timer.QUIET, Timer.WORDS]  # none of which says more than time does
STEPS = st.lists(st.sampled_from([*MOVES, *OF_THE_ENDPOINT, *TIMERS]), max_size=50)


def confirmed(mode: str = "confirm", *, transcribed: bool = True) -> TalkWishes:
    wishes = TalkWishes(SPOKEN, TRANSCRIBED if transcribed else (), barge_in=mode)  # type: ignore[arg-type]
    return wishes


HERE = ["here"] * 4
A_REPLY = [
    "speak_up",
    "fall_silent",
    "look",
    *HERE,
    "transcribe",
    "here",
    "speak",
    "here",
    "listen",
]


def told(wishes: TalkWishes, endpoint: Endpoint, steps: list[str]) -> Far:
    """A reply begins to sound, the endpoint does not know that yet, and then comes the story."""
    far = Far(wishes, endpoint)
    for step in [*A_REPLY, *steps]:
        if isinstance(step, Timer):
            far.fire(step)
        elif step in OF_THE_ENDPOINT:
            getattr(endpoint, step)()
        else:
            getattr(far, step)()
    far.settle()
    return far


@settings(max_examples=400)
@given(st.sampled_from(["confirm", "never", "instant"]), STEPS)
def test_whatever_crosses_no_turn_is_answered_twice_and_none_is_lost(
    mode: str, steps: list[str]
) -> None:
    endpoint = Endpoint()
    far = told(confirmed(mode), endpoint, steps)
    assert not endpoint.doubled, "a response to nothing that was new"
    for item in endpoint.items:
        assert item.deleted or item.answers == 1, item
    assert not far.held
    assert endpoint.decides, "all is quiet: the endpoint decides again"
    assert not [each for each in far.warned if "by itself" in each], "it did as it was asked"


@settings(max_examples=300)
@given(STEPS)
def test_an_endpoint_that_looks_late_whether_it_is_to_answer_answers_once_too(
    steps: list[str],
) -> None:
    endpoint = Endpoint(late=True)
    far = told(confirmed(), endpoint, steps)
    for item in endpoint.items:
        assert item.deleted or item.answers == 1, item
    assert not far.held


@settings(max_examples=300)
@given(st.sets(st.sampled_from(["answers", "interrupts"]), min_size=1), STEPS)
def test_an_endpoint_that_does_as_it_likes_leaves_no_turn_without_an_answer(
    ignores: set[str], steps: list[str]
) -> None:
    endpoint = Endpoint(frozenset(ignores))
    far = told(confirmed(), endpoint, steps)
    for item in endpoint.items:
        assert item.deleted or item.answers == 1, item
    assert not far.held


def test_an_endpoint_that_is_done_with_its_own_answer_before_it_is_asked_answers_twice_once() -> (
    None
):
    endpoint = Endpoint(frozenset(["answers"]))
    interrupts = ["voice", "speak_up", *HERE, Timer.CONFIRM, "listen", "no_voice", "fall_silent"]
    answered = ["speak", "end", *HERE, *["there"] * 8, *HERE, "speak", "end", *HERE, "listen"]
    told(confirmed(), endpoint, ["there", "there", *HERE, *[*interrupts, *answered] * 3])
    assert [each.answers for each in endpoint.items] == [1, 1, 1, 1]
    assert len(endpoint.doubled) == 1, "it is noticed the first time"


@pytest.mark.parametrize("late", [True, False])
def test_who_speaks_twice_while_it_is_unknown_who_answers_is_answered_by_what_is_asked_for_then(
    late: bool,
) -> None:
    """What was asked for was taken for the endpoint's own, and cancelled: nobody answered."""
    endpoint = Endpoint(late=late)
    steps = ["there", "there", "there", "speak_up", "fall_silent", "there", "speak_up"]
    told(confirmed(), endpoint, steps)
    assert [each.answers for each in endpoint.items] == [1, 1, 1]
    assert not endpoint.doubled


@given(st.permutations(["speak_up", "fall_silent", "there", "here", "here", "here", "listen"]))
@pytest.mark.parametrize("mode", ["confirm", "never"])
def test_every_order_of_a_turn_and_a_change_has_one_answer(mode: str, order: list[str]) -> None:
    """A reply is about to sound: the update is on its way, and the user speaks."""
    endpoint = Endpoint()
    told(confirmed(mode), endpoint, ["end", *order])
    assert not endpoint.doubled
    assert all(item.deleted or item.answers == 1 for item in endpoint.items)
