"""What a bill counts, and what it calls unknown, told to it directly."""

from __future__ import annotations

from decimal import Decimal

import pytest
from test_cost_rules import PRICES, cents, over

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.bill import Bill, dollars
from s2s.conversation.budget import Spending
from s2s.conversation.prices import Money, Prices
from s2s.conversation.usage import Tokens, Usage
from s2s.errors import S2SError


def bill(prices: Prices = PRICES, *, writer: str = "writer", asked: str = "m") -> Bill:
    return Bill(Money(prices, asked), lambda: writer)


def told(bill: Bill, *facts: on.Event) -> Bill:
    for fact in facts:
        bill.handlers[type(fact)](fact)
    return bill


def started(*names: str) -> list[on.Event]:
    return [on.ResponseStarted(name) for name in names]


def test_before_a_session_stands_it_is_the_model_that_is_asked_for_and_nothing_has_cost() -> None:
    new = bill()
    assert (new.model, new.priced, new.known, new.last) == ("m", True, Decimal(0), None)


def test_a_response_that_ends_before_it_begins_is_not_under_way_afterwards() -> None:
    ours = told(bill(), over("r1", cents(1)), on.ResponseStarted("r1"))
    ours.close()
    assert (ours.cut_off, ours.cost.cost) == (0, Decimal("0.01"))


@pytest.mark.parametrize("name", ["r1", "another"])
def test_of_two_under_way_one_ends_and_the_other_is_cut_off(name: str) -> None:
    """Another id than those that have begun means one of them."""
    ours = told(bill(), *started("r1", "r2"), over(name, cents(1)), on.ConnectionLost())
    assert (ours.cut_off, ours.cost.cost) == (1, None)


def test_the_same_response_begins_once() -> None:
    ours = told(bill(), *started("r1", "r1", "r2"), over("r2", cents(1)), over("r1", cents(2)))
    ours.close()
    assert (ours.cut_off, ours.known, ours.last) == (0, Decimal("0.03"), Decimal("0.02"))


def test_a_response_and_a_turn_of_the_user_under_one_id_are_both_counted() -> None:
    words = on.UserTranscribed("x", "Hello.", Usage(seconds=1.0))
    assert told(bill(), over("x", cents(1)), words).known == Decimal("0.02")


def test_a_price_of_the_users_own_may_be_for_the_name_that_was_asked_for() -> None:
    own = Prices({}, {"deployment": PRICES.listed["m"]})
    ours = told(bill(own, asked="deployment"), on.SessionStarted("s1", "runs-this"))
    assert ours.priced
    assert told(ours, over("r1", cents(2))).cost.cost == Decimal("0.02")


@pytest.mark.parametrize(
    ("writer", "said"),
    [
        ("nobody's", "the transcription by nobody's has no price"),
        ("", "the transcription has no price"),
    ],
)
def test_words_that_something_without_a_price_has_written_down_are_named(
    writer: str, said: str
) -> None:
    ours = told(bill(writer=writer), on.UserTranscribed("i1", "Hello.", Usage(seconds=1.0)))
    assert ours.unpriced == [said]


@pytest.mark.parametrize("tokens", [Tokens(total=1), Tokens(text=1), Tokens(audio=1)])
def test_tokens_of_any_kind_on_either_side_say_what_was_used(tokens: Tokens) -> None:
    for usage in (Usage(input=tokens), Usage(output=tokens)):
        said = told(bill(), over("r1", usage)).unpriced
        assert not any("did not say" in each for each in said)
    assert told(bill(), over("r1", Usage())).unpriced == [
        "the endpoint did not say what a response has used"
    ]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0.00004", "<$0.0001"), ("0.00005", "$0.0001"), ("0", "$0.00"),
        ("0.0999", "$0.0999"), ("0.1", "$0.10"), ("1234.5", "$1,234.50"),
    ],
)  # fmt: skip
def test_what_is_less_than_can_be_shown_is_shown_as_less(amount: str, shown: str) -> None:
    assert dollars(Decimal(amount)) == shown


@pytest.mark.parametrize(("most", "ends"), [("0.11", True), ("0.12", False)])
def test_a_response_that_was_cut_off_is_taken_to_have_cost_as_much_as_the_last(
    most: str, ends: bool
) -> None:
    left: list[S2SError] = []

    def leave(error: S2SError) -> list[do.Command]:
        left.append(error)
        return []

    spending = Spending(Money(PRICES, "m", Decimal(most)), lambda: "writer", leave)
    for fact in (over("r1", cents(4)), on.ResponseStarted("r2"), on.ConnectionLost()):
        assert not left
        spending.note(fact)
    assert bool(left) == ends
