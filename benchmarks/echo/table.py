"""The table that is printed: what was measured, beside what is asked for."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

WIDTH = 74


class Table:
    """Prints line by line, and counts what misses its bar."""

    def __init__(self) -> None:
        self.missed = 0

    def title(self, text: str) -> None:
        print(f"\n{text}", flush=True)

    def line(self, what: str, value: str, bar: str = "", *, holds: bool = True) -> None:
        """Print one figure; without a `bar` it is only told."""
        mark = "" if not bar else f"   {bar}" + ("" if holds else "   MISSED")
        print(f"  {what:{WIDTH}} {value:>14}{mark}", flush=True)
        self.missed += not holds

    def at_most(self, what: str, value: float, bar: float, unit: str = "") -> None:
        self.line(what, _shown(value, unit), f"<= {_shown(bar, unit)}", holds=value <= bar)

    def at_least(self, what: str, value: float, bar: float, unit: str = "") -> None:
        self.line(what, _shown(value, unit), f">= {_shown(bar, unit)}", holds=value >= bar)


def _shown(value: float, unit: str) -> str:
    return (
        f"{value:.3g}{unit and ' ' + unit}" if value < 100 else f"{value:.0f}{unit and ' ' + unit}"
    )


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else float("nan")


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
