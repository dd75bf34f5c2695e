"""The options that are about money: what a model costs, how much may be spent, how much is read."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from s2s.cli import options

if TYPE_CHECKING:
    from s2s.conversation.session_config import ContextLimit

COST = "What it costs"


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        raise typer.BadParameter("it needs an amount of dollars, such as 0.50") from None
    if not (amount.is_finite() and amount > 0):
        raise typer.BadParameter("it needs an amount of dollars above 0, such as 0.50")
    return amount


MaxCost = Annotated[
    Decimal | None,
    typer.Option(
        "--max-cost",
        metavar="USD",
        parser=_amount,
        rich_help_panel=COST,
        help="End before another reply would cost more than this in all: status 7.",
    ),
]
Prices = Annotated[
    str | None,
    typer.Option(
        "--prices",
        metavar="FILE",
        parser=options.path,
        rich_help_panel=COST,
        help="What models cost, before the prices that s2s knows (docs/cost.md). (S2S_PRICES)",
    ),
]
ContextLimitOption = Annotated[
    str | None,
    typer.Option(
        "--context-limit",
        metavar="TOKENS[:KEEP]",
        rich_help_panel=COST,
        help="How much of the conversation is read again for each reply; beyond that the oldest "
        "is forgotten until KEEP of it are left, 0.8 unless set.",
    ),
]


def context_limit(stated: str | None) -> ContextLimit | None:
    """Return the limit that `--context-limit` states. Raises `UsageError`."""
    if stated is None:
        return None
    from s2s.conversation.session_config import ContextLimit
    from s2s.errors import UsageError

    tokens, colon, keep = stated.partition(":")
    try:
        limit = ContextLimit(int(tokens), *([float(keep)] if colon else []))
    except ValueError:
        limit = None
    if limit is None or not (limit.tokens > 0 and 0 < limit.keep <= 1):
        raise UsageError(
            f"--context-limit {stated} is no number of tokens.",
            "Give TOKENS or TOKENS:KEEP, such as 8000 or 8000:0.5 (half of it is kept).",
        )
    return limit
