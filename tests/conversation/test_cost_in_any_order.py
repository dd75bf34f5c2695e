"""Whatever comes in whatever order: what holds of the sum, and of a limit to it."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from test_any_order import FACTS, ITEMS, RESPONSES, SERVER, STATUSES, WORDS
from test_cost_rules import PRICES

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.conversation import Conversation
from s2s.conversation.exchange import Exchange
from s2s.conversation.prices import Money
from s2s.conversation.session_config import TalkWishes, Wishes
from s2s.conversation.usage import Tokens, Usage

COUNTS = st.integers(0, 30_000)
USED = st.one_of(
    st.none(),
    st.builds(
        lambda text, audio: Usage(Tokens(text, text=text), Tokens(audio, audio=audio)),
        COUNTS,
        COUNTS,
    ),
)
ENDS = st.builds(on.ResponseEnded, RESPONSES, STATUSES, usage=USED)
FOUND = st.builds(on.UserTranscribed, ITEMS, WORDS, USED)
BEGINS = st.builds(on.SessionStarted, st.just("s"), st.sampled_from(["m", "", "another"]))
STORIES = st.lists(st.one_of(FACTS, ENDS, ENDS, FOUND, BEGINS), max_size=60)
MOST = st.one_of(st.none(), st.sampled_from([Decimal("0.01"), Decimal("0.05")]))
OPENING: list[on.Event] = [on.SessionStarted("s", "m"), on.SessionConfigured()]
COSTS_MONEY = (do.CreateResponse, do.CreateUserText, do.CommitAudio, do.SendAudio)


def money(most: Decimal | None) -> Money:
    return Money(PRICES, "m", most)


def holds(rules: Conversation | Exchange, story: list[on.Event]) -> list[do.Command]:
    """Tell the story; return all that was asked for."""
    asked = rules.start()
    facts: list[on.Event] = [*OPENING, *story]
    for fact in facts:
        asked += rules.handle(fact)
    shown = [each for each in asked if isinstance(each, do.ShowCost)]
    for before, after in pairwise(shown):
        assert after.known >= before.known
        assert set(after.unpriced) >= set(before.unpriced)
    assert all((each.cost is None) == bool(each.unpriced) for each in shown)
    return asked


@given(STORIES, MOST)
def test_a_sum_never_shrinks_and_what_is_unknown_stays_unknown(
    story: list[on.Event], most: Decimal | None
) -> None:
    session = do.ConfigureSession(turn_detection=SERVER)
    holds(Conversation(TalkWishes(session, money=money(most))), story)
    holds(Exchange(Wishes(money=money(most))), story)


@given(STORIES, MOST)
def test_once_a_limit_is_reached_nothing_that_costs_is_asked_for(
    story: list[on.Event], most: Decimal | None
) -> None:
    session = do.ConfigureSession(turn_detection=SERVER)
    asked = holds(Conversation(TalkWishes(session, money=money(most))), story)
    told = [
        at for at, each in enumerate(asked)
        if isinstance(each, do.Warn) and "is brought to its end" in each.message
    ]  # fmt: skip
    for at in told:
        assert not [each for each in asked[at:] if isinstance(each, COSTS_MONEY)]
