"""Identifiers that count up, so that two runs of the same conversation look the same."""

from __future__ import annotations

from collections import Counter


class Ids:
    """Gives `event_0001`, `item_0001`, `resp_0001`, … in the first session of a server.

    In its second they begin with `event_2_0001`: no id is used twice.
    """

    def __init__(self, session: int = 1) -> None:
        self._counts: Counter[str] = Counter()
        self._of = "" if session == 1 else f"{session}_"

    def next(self, kind: str) -> str:
        self._counts[kind] += 1
        return f"{kind}_{self._of}{self._counts[kind]:04d}"
