"""Identifiers that count up, so that two runs of the same conversation look the same."""

from __future__ import annotations

from collections import Counter


class Ids:
    """Gives `event_0001`, `item_0001`, `resp_0001`, … within one session."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def next(self, kind: str) -> str:
        self._counts[kind] += 1
        return f"{kind}_{self._counts[kind]:04d}"
