"""What an hour of talk costs, by the model of docs/cost.md: computed, so that it stays true.

Every 30 s the user speaks for 5 s and is answered for 6 s. A token is 100 ms of the user's sound or
50 ms of the assistant's, whose words are tokens too. Each response reads the instructions and the
whole conversation again; of what was read before, a share comes from the cache. Where the oldest
turns are forgotten, the cache holds nothing of the rest: it begins differently.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from s2s.config.prices import read_prices
from s2s.conversation.session_config import ContextLimit
from s2s.conversation.usage import Tokens, Usage

TURNS = 120
INSTRUCTIONS = 500  # tokens
QUESTION, ANSWER, WORDS = 50, 120, 40  # tokens: of the user's sound, the assistant's, its words
TURN = QUESTION + ANSWER + WORDS


@dataclass(frozen=True)
class Hour:
    """What it came to."""

    cost: Decimal
    most_read: int
    """Tokens, by one response."""
    forgotten: int
    """How often the oldest turns were dropped."""


def hour_of_talk(model: str, cached: Decimal, limit: ContextLimit | None = None) -> Hour:
    """Return what an hour costs where this share of what was read before comes from the cache."""
    price = read_prices().of(model)
    assert price
    cost, kept, most, forgotten = Decimal(0), 0, 0, 0  # kept: turns before this one
    for turn in range(TURNS):
        dropped = False
        if limit and kept * TURN + QUESTION > limit.tokens:
            room = int(limit.tokens * limit.keep) - QUESTION
            kept, dropped, forgotten = max(0, room // TURN), True, forgotten + 1
        # The answer before this was said, and not read yet; what came before it was.
        read_before = max(0, kept - 1) if not dropped else 0
        share = cached if turn else Decimal(0)
        words = round(share * (INSTRUCTIONS + read_before * WORDS))
        sound = round(
            share * (read_before * (QUESTION + ANSWER) + QUESTION * (kept > 0) * (not dropped))
        )
        text = INSTRUCTIONS + kept * WORDS
        audio = kept * (QUESTION + ANSWER) + QUESTION
        given = Tokens(
            text + audio, text, audio, words + sound, cached_text=words, cached_audio=sound
        )
        paid = price.of_response(Usage(given, Tokens(ANSWER + WORDS, WORDS, ANSWER)))
        assert paid is not None
        cost, most, kept = cost + paid, max(most, given.total), kept + 1
    return Hour(cost, most, forgotten)
