"""What a conversation has cost until now: facts of usage in, one sum out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from s2s.conversation import events as on
from s2s.conversation.prices import Money
from s2s.conversation.usage import Usage
from s2s.printable import printable

_CENT, _FINE = Decimal("0.01"), Decimal("0.0001")
_COARSE = Decimal("0.10")  # dollars, from which on cents are told and no parts of them


@dataclass(frozen=True, slots=True)
class ShowCost:
    """What it has cost so far, in dollars, for the user to see."""

    known: Decimal
    """What that comes to which has a price."""
    unpriced: tuple[str, ...] = ()
    """What is not in it, and why: each in a few words."""
    cost: Decimal | None = field(init=False)
    """All of it; None: something has no price."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "cost", None if self.unpriced else self.known)


class Bill:
    """Counts each response and each transcription once; one of which nothing is told, as unknown.

    `transcriber` tells which model writes down the user's words.
    """

    def __init__(self, money: Money, transcriber: Callable[[], str]) -> None:
        self.known = money.before
        self.last = money.before or None  # what the last response has cost
        self.unpriced = [*money.unpriced_before]  # what is not counted, and why
        self.cut_off = 0  # responses of which nobody will tell any more what they have used
        self._money, self._transcriber = money, transcriber
        self._model = money.model
        self._under_way: set[str] = set()  # responses
        self._counted: set[tuple[str, str]] = set()  # what of this session, and its id
        self.handlers: dict[type, Callable[[Any], None]] = {
            on.SessionStarted: self._session_started,
            on.ResponseStarted: self._response_started,
            on.ResponseEnded: self._response_ended,
            on.UserTranscribed: self._transcribed,
            on.ConnectionLost: self._connection_lost,
        }

    @property
    def model(self) -> str:
        """The model that is paid for."""
        return self._model

    @property
    def priced(self) -> bool:
        """Whether that has a price."""
        return self._money.prices.of(self._model, self._money.model) is not None

    @property
    def cost(self) -> ShowCost:
        """What it has come to."""
        unpriced = tuple(self.unpriced)
        if self.cut_off and not self._money.prices.free:
            unpriced += ("a response was cut off before its usage was told",)
        return ShowCost(self.known, unpriced)

    def close(self) -> None:
        """Nothing more is told of what is under way: it has cost something, nobody says what."""
        self.cut_off += len(self._under_way)
        self._under_way.clear()

    # --- what is told

    def _session_started(self, event: on.SessionStarted) -> None:
        self.close()  # not every connection says that it is lost
        self._model = event.model or self._money.model
        self._counted.clear()  # another session names its responses anew
        if not self.priced:
            self._unknown(f"{printable(self._model) or 'the model'} has no price")

    def _response_started(self, event: on.ResponseStarted) -> None:
        if ("response", event.response_id) not in self._counted:
            self._under_way.add(event.response_id)

    def _response_ended(self, event: on.ResponseEnded) -> None:
        if self._told_before("response", event.response_id):
            return
        ended = {event.response_id} & self._under_way  # another id means the one under way
        self._under_way -= ended or set(list(self._under_way)[:1])
        usage, failed = event.usage, event.status == "failed"
        if usage is None and failed:
            return  # it came to nothing
        price = self._money.prices.of(self._model, self._money.model)
        tells = usage is not None and (_tells(usage) or event.status not in _WITH_CONTENT)
        if price is None:
            return  # the session has begun with that
        if usage is None or not tells:
            self._unknown("the endpoint did not say what a response has used")
        elif (cost := price.of_response(usage)) is None:
            self._unknown("a response has used what has no price")
        else:
            self.known += cost
            self.last = cost

    def _transcribed(self, event: on.UserTranscribed) -> None:
        if self._told_before("words", event.item_id):
            return
        usage, model = event.usage, self._transcriber()
        price = self._money.prices.of(model, model)
        if price is None:
            called = f"by {printable(model)} " if model else ""
            self._unknown(f"the transcription {called}has no price")
        elif usage is None or (event.text and not _tells(usage)):
            self._unknown("the endpoint did not say what a transcription has used")
        elif (cost := price.of_transcription(usage)) is None:
            self._unknown("a transcription has used what has no price")
        else:
            self.known += cost

    def _connection_lost(self, event: on.ConnectionLost) -> None:
        self.close()

    def _told_before(self, what: str, name: str) -> bool:
        before = (what, name) in self._counted
        if name:
            self._counted.add((what, name))
        return before

    def _unknown(self, what: str) -> None:
        if what not in self.unpriced and not self._money.prices.free:
            self.unpriced.append(what)


_WITH_CONTENT = ("completed", "incomplete")  # such a response has used something


def _tells(usage: Usage) -> bool:
    sides = (usage.input, usage.output)
    return bool(usage.seconds or any(side.total or side.text or side.audio for side in sides))


def dollars(amount: Decimal) -> str:
    """Return an amount as it is shown: $1.25, or to a hundredth of a cent $0.0072."""
    if 0 < amount < _FINE / 2:
        return "<$0.0001"
    step = _FINE if 0 < amount < _COARSE else _CENT
    return f"${amount.quantize(step, ROUND_HALF_UP):,}"
