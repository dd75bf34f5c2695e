"""How much may be spent, which can be held only where everything has a price."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from s2s.config import Settings
from s2s.conversation.bill import ShowCost
from s2s.errors import UsageError


def after(settings: Settings, spent: ShowCost) -> Settings:
    """Return the settings for another try, when others have cost so much already."""
    wishes = settings.wishes
    if wishes.money is None:
        return settings
    money = replace(wishes.money, before=spent.known, unpriced_before=spent.unpriced)
    return replace(settings, wishes=replace(wishes, money=money))


def limited(settings: Settings, most: Decimal | None) -> Settings:
    """Return the settings with a limit of so many dollars; None: none.

    Raises `UsageError` if a model that may be asked for has no price.
    """
    wishes = settings.wishes
    if most is None or wishes.money is None:
        return settings
    unpriced = wishes.money.unpriced(tuple(each.model for each in wishes.transcription))
    if unpriced:
        raise UsageError(
            f"--max-cost cannot be held: {' and '.join(unpriced)} "
            f"{'has' if len(unpriced) == 1 else 'have'} no price.",
            "State what it costs with --prices FILE (docs/cost.md), or leave --max-cost out"
            f"{'' if unpriced[0] == wishes.money.model else '; --transcribe off does without it'}.",
            code="no_price",
        )
    money = replace(wishes.money, most=most)
    return replace(settings, wishes=replace(wishes, money=money))
