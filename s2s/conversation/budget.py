"""How much may be spent: a warning when most of it is gone, the end before more than that is."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.bill import Bill, dollars
from s2s.conversation.prices import Money
from s2s.errors import LimitError, S2SError, UsageError

_NEAR = Decimal("0.8")  # of what may be spent

Leave = Callable[[S2SError], list[do.Command]]


class Spending:
    """Shows what it costs; lets `leave` end it when the next response would cost too much.

    What the next one costs nobody knows: it is taken to cost as much as the last.
    """

    def __init__(self, money: Money | None, transcriber: Callable[[], str], leave: Leave) -> None:
        """With no `money` nothing is counted."""
        self._bill = Bill(money, transcriber) if money else None
        self._most = money.most if money else None
        self._leave = leave
        self._shown: do.ShowCost | None = None
        self._warned = False

    def note(self, event: on.Event) -> list[do.Command]:
        """Return what to do about what `event` has cost."""
        bill = self._bill
        handler = bill.handlers.get(type(event)) if bill else None
        if bill is None or handler is None:
            return []
        handler(event)
        return [*self._show(bill), *self._limit(bill)]

    def closed(self) -> list[do.Command]:
        """Return what there is to show when all is over."""
        if self._bill is None:
            return []
        self._bill.close()
        return self._show(self._bill)

    def _show(self, bill: Bill) -> list[do.Command]:
        if bill.cost == self._shown:
            return []
        self._shown = bill.cost
        return [self._shown]

    def _limit(self, bill: Bill) -> list[do.Command]:
        most = self._most
        if most is None:
            return []
        if error := _reason(bill, most):
            return self._leave(error)
        if self._warned or _spent(bill) < most * _NEAR:
            return []
        self._warned = True
        return [do.Warn(f"{dollars(_spent(bill))} of {dollars(most)} is spent.")]


def _reason(bill: Bill, most: Decimal) -> S2SError | None:
    """Return why no more may be spent, if so."""
    if not bill.priced:
        return UsageError(
            f"The endpoint runs {bill.model or 'a model without a name'}, which has no price: "
            "no limit to the cost can be held.",
            "State what it costs.",
            code="no_price",
        )
    if bill.unpriced:
        return LimitError(
            f"What it has cost is not known ({bill.unpriced[0]}), so no limit can be held.",
            "Go on without a limit.",
            code="cost_unknown",
        )
    spent, next_one = _spent(bill), bill.last or Decimal(0)
    if spent + next_one <= most:
        return None
    return LimitError(
        f"{dollars(spent)} of {dollars(most)} is spent, and another reply like the last "
        f"({dollars(next_one)}) would pass that.",
        "Allow more.",
        code="max_cost",
    )


def _spent(bill: Bill) -> Decimal:
    """Return what is spent; one that was cut off is taken to have cost as much as the last."""
    return bill.known + bill.cut_off * (bill.last or Decimal(0))
