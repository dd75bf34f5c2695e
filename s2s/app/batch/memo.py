"""What the manifest remembers of a reply, besides that it is there."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from s2s.app.batch.outcome import FileOutcome
from s2s.app.outcome import Reply, Usage


def told_of(outcome: FileOutcome) -> dict[str, Any]:
    """Return what is worth remembering."""
    used = outcome.reply.usage
    return {
        "path": outcome.input,
        "user": outcome.reply.user_text,
        "assistant": outcome.reply.text,
        "tokens": {"input": used.input_tokens, "output": used.output_tokens},
        "cost": None if outcome.cost is None else float(outcome.cost),
        "seconds": {"input": outcome.input_seconds, "output": outcome.output_seconds},
        "first_audio_ms": outcome.first_audio_ms,
        "model": outcome.reply.model,
        "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def reply_in(told: dict[str, Any]) -> Reply:
    """Return what a manifest tells of a reply."""
    tokens = told.get("tokens")
    counts = [tokens.get(side) for side in ("input", "output")] if isinstance(tokens, dict) else []
    given, made = (each if type(each) is int else 0 for each in (counts or [0, 0]))
    texts = (told.get(name) for name in ("user", "assistant", "model"))
    user, said, model = (each if isinstance(each, str) else "" for each in texts)
    used = Usage(given, made, given + made)
    return Reply(user_text=user, text=said, model=model, usage=used, cost=_cost(told.get("cost")))


def _cost(stated: Any) -> Decimal | None:
    """Return what a reply has cost; None: that is not known."""
    if type(stated) not in (int, float) or not 0 <= stated < float("inf"):
        return None
    return Decimal(str(stated))
