"""What of a conversation outlives its connection, and how the next one comes to know it."""

from __future__ import annotations

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.playing import Playing
from s2s.conversation.recall import Recall, Told
from s2s.conversation.session_setup import Gate, Setup
from s2s.conversation.unconfirmed import Input, Unconfirmed

_OF_THE_OLD = (
    do.TruncateItem, do.DeleteItem, do.CancelResponse, do.CreateFunctionOutput, do.DeclineApproval,
)  # fmt: skip
_CUT = (do.TruncateItem, do.DeleteItem)


class Kept:
    """Every order passes here; `away` while no session knows what was said."""

    def __init__(self, setup: Setup, playing: Playing, *, wanted: bool) -> None:
        self._setup, self._playing, self._wanted = setup, playing, wanted
        self._gate = Gate()
        self._recall, self._unconfirmed = Recall(), Unconfirmed()
        self._spoken: on.SpeechStopped | None = None  # a turn that is over, and no item yet
        self._told = Told()
        self._refused = 0  # items that the new session did not take
        self._sounding: set[str] = set()  # items that a new session is told of when they are over
        self._unknown: set[str] = set()  # these, and they stay unknown to it as sound

    @property
    def away(self) -> bool:
        """Whether no session knows what was said."""
        return self._unconfirmed.away

    # --- what is watched

    def observe(self, event: on.Event) -> None:
        """Take note of a fact."""
        if isinstance(event, on.SpeechStarted):
            self._unconfirmed.speech_started(event.start_ms)
        elif isinstance(event, on.SpeechStopped):
            self._spoken = event
        elif isinstance(event, on.InputCommitted):
            self._committed(event.item_id)
        elif isinstance(event, on.ItemAdded):
            if self._spoken and event.item_id == self._spoken.item_id != "":
                self._committed(event.item_id)  # not everybody says so before
        elif isinstance(event, on.AudioDropped):
            self._unconfirmed.not_sent(event.ms)
        self._recall.observe(event)

    def _committed(self, item_id: str) -> None:
        """A turn of the user is an item of the session."""
        if item_id in self._recall.taken:
            return
        end_ms = self._spoken.end_ms if self._spoken else None
        self._spoken = None
        self._recall.turn(item_id, self._unconfirmed.committed(end_ms))

    def outgoing(self, commands: list[do.Command]) -> list[do.Command]:
        """Return what can be carried out now; what is for the endpoint may have to wait."""
        if self.away:
            commands = [each for each in commands if not isinstance(each, _OF_THE_OLD)]
            self._note(commands)
            commands = [each for each in commands if not isinstance(each, Input)]
        if self.away or not self._setup.stands:
            return self._seen(self._gate.keep(commands))
        self._note(commands)
        return self._seen(commands)

    def _note(self, commands: list[do.Command]) -> None:
        if self._wanted:
            for each in commands:
                if isinstance(each, Input):
                    self._unconfirmed.note(each)

    def _seen(self, commands: list[do.Command]) -> list[do.Command]:
        """Take note of orders; the session does not have what was sounding when it began."""
        if not self._wanted:
            return commands
        for each in commands:
            if not isinstance(each, do.SendAudio):
                self._recall.observe(each)
        if not self._unknown:
            return commands
        return [
            each
            for each in commands
            if not (isinstance(each, _CUT) and each.item_id in self._unknown)
        ]

    # --- from one session to the next

    def leave(self) -> list[do.Command]:
        """There is no session; return what has waited for it, to wait on.

        Whether an answer is owed is known without what asked for it.
        """
        self._unconfirmed.away, self._spoken = True, None
        return [each for each in self._gate.open() if not isinstance(each, do.CreateResponse)]

    def tell(self) -> list[do.Command]:
        """Return what to tell a new session; of what still sounds it is told afterwards."""
        self._sounding = self._playing.items
        self._unknown = set(self._sounding)
        self._told, self._refused = self._recall.tell(self._sounding), 0
        return list(self._told.items)

    def not_taken(self) -> None:
        """The new session does not take an item that it was told of."""
        self._refused += 1

    def come_back(self) -> list[do.Command]:
        """A session knows what was said: return what it has to hear besides."""
        again = self._unconfirmed.again() if self.away else []
        self._unconfirmed.away = False
        return again + self._gate.open()

    def was_heard(self) -> list[do.Command]:
        """Return what to tell of what was sounding, as far as it is over."""
        over = self._sounding - self._playing.items
        self._sounding -= over
        return self._recall.heard(over) if over else []

    def unheard(self, something: bool) -> None:
        """Whether something was said that the endpoint may not have heard."""
        self._unconfirmed.unheard = something

    def summed_up(self) -> tuple[str, str]:
        """Return what was kept, and what was lost; "" for nothing."""
        lost, self._unconfirmed.lost = self._unconfirmed.lost, 0
        missing = self._told.left_out + self._told.wordless + self._refused
        lacks = [f"{pcm.seconds(lost):.1f} s of your speech"] if lost else []
        lacks += [_turns(missing)] if missing else []
        kept = len(self._told.items) - self._refused + len(self._sounding)
        return _turns(kept), " and ".join(lacks)


def _turns(number: int) -> str:
    return f"{number} turn{'' if number == 1 else 's'}"
