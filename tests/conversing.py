"""A live conversation told as a story, for tests of its rules."""

from __future__ import annotations

from typing import TypeVar

from complaints import response_ended

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.conversation import Conversation
from s2s.conversation.phases import Timer
from s2s.conversation.session_config import ServerVad, TalkWishes
from s2s.errors import S2SError

C = TypeVar("C")
SERVER = ServerVad()
SECOND = pcm.silence(1000)
CHUNK = b"\1\0" * 480
FIRST = on.Part("resp_1", "item_1", 0, 0)
SECOND_ITEM = on.Part("resp_1", "item_2", 1, 0)
NEXT = on.Part("resp_2", "item_3", 0, 0)


class Story:
    """A conversation and all it has asked for; an endpoint that is `there` gives a sign of it."""

    def __init__(self, wishes: TalkWishes | None = None, *, there: bool = True) -> None:
        self.there = there
        self.rules = Conversation(wishes or TalkWishes(do.ConfigureSession(turn_detection=SERVER)))
        self.asked: list[do.Command] = self.rules.start()

    def tell(self, *events: on.Event) -> Story:
        for event in events:
            commands = self.rules.handle(event)
            self.asked += commands
            if self.there and do.AskForSign() in commands:
                self.tell(on.SessionConfigured(), on.TimerFired(Timer.GRACE))
        return self

    def talking(self) -> Story:
        self.tell(on.SessionStarted("sess_1", "m"), on.SessionConfigured())
        self.asked.clear()
        return self

    def answered(self, ms: int = 4000, *, ends: bool = False) -> Story:
        """A reply of one item is under way, or complete, and begins to sound."""
        self.talking().tell(
            on.InputCommitted("item_0"),
            on.ResponseStarted("resp_1"),
            on.AudioReceived(FIRST, pcm.silence(ms)),
            on.PartStarted(FIRST),
        )
        if ends:
            self.tell(on.AudioEnded(FIRST), ended())
        self.asked.clear()
        return self

    def of(self, kind: type[C]) -> list[C]:
        return [each for each in self.asked if isinstance(each, kind)]

    @property
    def for_endpoint(self) -> list[do.Command]:
        forget = (do.TruncateItem, do.DeleteItem, do.CancelResponse)
        create = (do.CreateResponse, do.CreateUserText, do.CreateFunctionOutput)
        kinds = (*forget, *create, do.DeclineApproval, do.CommitAudio, do.ClearInput)
        return [each for each in self.asked if isinstance(each, kinds)]

    @property
    def leaves(self) -> bool:
        """Whether it ends by itself unless something happens."""
        timers = [each for each in self.asked if isinstance(each, do.StartTimer | do.CancelTimer)]
        grace = [each for each in timers if each.name == "grace"]
        return bool(grace) and isinstance(grace[-1], do.StartTimer)

    @property
    def error(self) -> S2SError | None:
        (end,) = self.of(do.End)
        return end.error

    @property
    def state(self) -> str:
        return self.of(do.ShowState)[-1].state


def ended(
    status: on.ResponseStatus = "completed", code: str = "", message: str = "", *items: str
) -> on.ResponseEnded:
    return response_ended("resp_1", status, code, message, items or ("item_1",))


def cleared(*heard: tuple[on.Part, int]) -> on.Event:
    return on.PlayoutCleared(tuple(on.Heard(*each) for each in heard))


SPEAKS = on.SpeechStarted("item_9", 0)
