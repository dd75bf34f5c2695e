"""docs/cost.md says what an hour costs: the figures are those of the model, and of the prices."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hour_of_talk import hour_of_talk

from s2s.cli.money import context_limit
from s2s.config.prices import parsed

DOCUMENT = (Path(__file__).parents[1] / "docs" / "cost.md").read_text("utf-8")
SHARES = [Decimal(1), Decimal("0.9"), Decimal("0.5"), Decimal(0)]
ROW = re.compile(r"^\| (not set|[\d:.]+) \|((?: [\d.]+ \|){4})$", re.MULTILINE)


def tables() -> dict[str, list[tuple[str, list[str]]]]:
    """Return the rows of each table, by its model."""
    _, large, mini = re.split(r"^\| `--context-limit` .*$", DOCUMENT, flags=re.MULTILINE)
    return {
        model: [(name, figures.strip(" |").split(" | ")) for name, figures in ROW.findall(text)]
        for model, text in (("gpt-realtime-2.1", large), ("gpt-realtime-2.1-mini", mini))
    }


def cost(model: str, limit: str, share: Decimal) -> str:
    stated = None if limit == "not set" else context_limit(limit)
    return f"{hour_of_talk(model, share, stated).cost:.2f}"


@pytest.mark.parametrize(("model", "rows"), tables().items())
def test_an_hour_costs_what_the_document_says(
    model: str, rows: list[tuple[str, list[str]]]
) -> None:
    assert len(rows) >= 3
    for limit, figures in rows:
        assert [cost(model, limit, share) for share in SHARES] == figures, limit


def test_so_much_is_saved_as_the_document_says() -> None:
    ((ninety, half),) = re.findall(
        r"at 90 % `8000:0\.5` saves (\d+) % .*?, at 50 % it saves (\d+) %", DOCUMENT
    )
    for share, told in ((SHARES[1], ninety), (SHARES[2], half)):
        whole, less = (
            hour_of_talk("gpt-realtime-2.1", share, each).cost
            for each in (None, context_limit("8000:0.5"))
        )
        assert round(100 * (1 - less / whole)) == int(told)


def test_a_limit_holds_and_the_conversation_goes_on_within_it() -> None:
    limit = context_limit("8000:0.5")
    assert limit
    hour = hour_of_talk("gpt-realtime-2.1", Decimal(1), limit)
    assert limit.tokens * limit.keep < hour.most_read <= limit.tokens + 500
    assert hour.forgotten > 1


def test_the_table_that_the_document_shows_is_one() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)
    prices, _ = parsed(shown)
    assert set(prices) == set(json.loads(shown)["models"])
