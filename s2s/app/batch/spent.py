"""What a batch has used and cost so far, failed tries included, and whether more may begin."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from s2s.app.outcome import Usage
from s2s.conversation import usage
from s2s.conversation.bill import ShowCost, dollars
from s2s.conversation.prices import Money
from s2s.errors import LimitError, S2SError

_NEAR = Decimal("0.8")  # of what may be spent


@dataclass(frozen=True, slots=True, eq=False)
class UnderWay:
    """A file that is being sent."""

    guess: Decimal
    """What it is taken to cost, in dollars."""


class Spent:
    """Adds up what the endpoint says that was used, and holds a limit to what it costs.

    What a file will cost nobody knows: it is taken to cost as much as the dearest so far, and at
    least what its sound costs. Until that of one is known, a limit lets only one be under way.
    """

    def __init__(self, money: Money | None = None) -> None:
        self.usage = Usage()
        self._known = Decimal(0)
        self._unpriced: dict[str, None] = {}
        self._guessed = Decimal(0)  # of what was cut off, beyond what is known of it
        self._dearest: Decimal | None = None
        self._under_way: set[UnderWay] = set()
        self._most = money.most if money else None
        self._a_second = (money.of_sound(1.0) if money else None) or Decimal(0)
        self._warned = False

    @property
    def cost(self) -> ShowCost:
        """What it has come to."""
        return ShowCost(self._known, tuple(self._unpriced))

    def response(self, used: usage.Usage) -> None:
        """A response has used this."""
        self.usage = self.usage.plus(used)

    def guess(self, seconds: float | None) -> Decimal:
        """Return what a recording of so many seconds, if that is known, is taken to cost."""
        sound = self._a_second * Decimal(str(seconds or 0.0))
        return max(sound, self._dearest or Decimal(0))

    def limit(self, guess: Decimal) -> S2SError | None:
        """Return what keeps such a file from ever beginning; None: nothing does."""
        if self._most is None or self._sum + guess <= self._most:
            return None
        return LimitError(
            f"{dollars(self._sum)} of {dollars(self._most)} is spent, and another file "
            f"({dollars(guess)}, as the dearest so far or by its length) could pass that.",
            "Allow more; the same command goes on from there.",
            code="max_cost",
        )

    def must_wait(self, guess: Decimal) -> bool:
        """Whether such a file may not begin before others have ended."""
        if self._most is None or not self._under_way:
            return False
        held = sum((each.guess for each in self._under_way), Decimal(0))
        return self._dearest is None or self._sum + held + guess > self._most

    def begin(self, guess: Decimal) -> UnderWay:
        """A file begins."""
        under_way = UnderWay(guess)
        self._under_way.add(under_way)
        return under_way

    def ended(self, under_way: UnderWay, cost: ShowCost, *, answered: bool) -> None:
        """A file has ended, and cost this; `answered`: a response was had to its end."""
        self._under_way.discard(under_way)
        self._known += cost.known
        self._unpriced.update(dict.fromkeys(cost.unpriced))
        if cost.cost is None:
            self._guessed += max(Decimal(0), under_way.guess - cost.known)
        if answered:
            self._dearest = max(self._dearest or Decimal(0), cost.known)

    def warning(self) -> str:
        """Return, once, that most of it is spent; "": it is not."""
        if self._most is None or self._warned or self._sum < self._most * _NEAR:
            return ""
        self._warned = True
        return f"{dollars(self._sum)} of {dollars(self._most)} is spent."

    @property
    def _sum(self) -> Decimal:
        return self._known + self._guessed
