"""What it costs, in words: nothing that has no price is passed over."""

from __future__ import annotations

from typing import Any

from s2s.conversation.bill import ShowCost, dollars


def cost_in_short(shown: ShowCost) -> str:
    """Return `$0.12`, `$0.12+` where something is not in it, `no price` where nothing is."""
    if shown.cost is not None:
        return dollars(shown.cost)
    return f"{dollars(shown.known)}+" if shown.known else "no price"


def cost_in_full(shown: ShowCost) -> str:
    """Return the same as a sentence, with what is not in it."""
    if shown.cost is not None:
        return f"Cost: {dollars(shown.cost)}."
    least = f"at least {dollars(shown.known)}" if shown.known else "not known"
    return f"Cost: {least} ({'; '.join(shown.unpriced)})."


def cost_as_json(shown: ShowCost) -> dict[str, Any]:
    """Return the fields of docs/json.md, in dollars."""
    return {
        "cost": None if shown.cost is None else float(shown.cost),
        "known": float(shown.known),
        "unpriced": list(shown.unpriced),
    }
