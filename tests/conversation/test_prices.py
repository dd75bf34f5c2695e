"""What things cost, by the prices of a table."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from s2s.conversation import events as on
from s2s.conversation.bill import dollars
from s2s.conversation.prices import FREE, Price, Prices, Rates
from s2s.conversation.usage import Tokens, Usage
from s2s.wire.realtime.decoder import decode

REALTIME = Price(
    text=Rates(Decimal("4"), Decimal("0.40"), Decimal("24")),
    audio=Rates(Decimal("32"), Decimal("0.40"), Decimal("64")),
    image=Rates(Decimal("5"), Decimal("0.50")),
)
MINUTES = Price(per_minute=Decimal("0.006"))
MINI = Price(text=Rates(Decimal("1.25"), None, Decimal("5")), audio=Rates(Decimal("3")))


def told(usage: object) -> Usage:
    """Return what is read of the API's own JSON."""
    ended = decode(json.dumps({"type": "response.done", "response": {"id": "r", "usage": usage}}))
    assert isinstance(ended, on.ResponseEnded)
    assert ended.usage
    return ended.usage


def test_the_example_of_the_apis_guide_to_costs_costs_what_it_should() -> None:
    usage = {
        "total_tokens": 253, "input_tokens": 132, "output_tokens": 121,
        "input_token_details": {
            "text_tokens": 119, "audio_tokens": 13, "image_tokens": 0, "cached_tokens": 64,
            "cached_tokens_details": {"text_tokens": 64, "audio_tokens": 0, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
    }  # fmt: skip
    assert REALTIME.of_response(told(usage)) == Decimal("0.0072056")


def test_each_kind_has_its_own_rate_and_cached_tokens_are_of_the_others() -> None:
    usage = {
        "input_tokens": 1800,
        "input_token_details": {
            "text_tokens": 300, "audio_tokens": 1000, "image_tokens": 500, "cached_tokens": 900,
            "cached_tokens_details": {"text_tokens": 100, "audio_tokens": 600, "image_tokens": 200},
        },
    }  # fmt: skip
    text, audio, image = (
        200 * 4 + 100 * Decimal("0.4"),
        400 * 32 + 600 * Decimal("0.4"),
        300 * 5 + 200 * Decimal("0.5"),
    )
    assert REALTIME.of_response(told(usage)) == (text + audio + image) / 1_000_000


def test_what_is_cached_of_no_known_kind_is_taken_from_the_cheapest() -> None:
    """So that it never seems to cost less than it does."""
    given = Tokens(1100, text=100, audio=1000, cached=300)
    cost = REALTIME.of_response(Usage(given))
    assert cost == (100 * Decimal("0.4") + 200 * Decimal("0.4") + 800 * 32) / 1_000_000


def test_no_more_is_cached_than_was_read() -> None:
    given = Tokens(10, text=10, cached=500, cached_text=500)
    assert REALTIME.of_response(Usage(given)) == 10 * Decimal("0.4") / 1_000_000


def test_where_the_cached_have_no_rate_they_cost_as_much_as_the_others() -> None:
    given = Tokens(10, audio=10, cached=10, cached_audio=10)
    assert MINI.of_response(Usage(given)) == 10 * Decimal("3") / 1_000_000


@pytest.mark.parametrize(
    "usage",
    [
        Usage(Tokens(10, image=10)),
        Usage(output=Tokens(10, audio=10)),
        Usage(Tokens(100)),  # of no known kind
        Usage(Tokens(100, text=60)),
        Usage(output=Tokens(5, text=4)),
    ],
)
def test_what_has_no_rate_makes_the_whole_unknown_and_never_free(usage: Usage) -> None:
    assert MINI.of_response(usage) is None


def test_a_transcription_is_paid_by_its_tokens() -> None:
    usage = Usage(Tokens(17, audio=17), Tokens(9))
    assert MINI.of_transcription(usage) == (17 * Decimal("3") + 9 * Decimal("5")) / 1_000_000


def test_or_by_its_seconds() -> None:
    assert MINUTES.of_transcription(Usage(seconds=30.0)) == Decimal("0.003")
    assert MINI.of_transcription(Usage(seconds=30.0)) is None


def test_where_a_minute_has_the_price_and_tokens_are_told_600_are_a_minute() -> None:
    assert MINUTES.of_transcription(Usage(Tokens(300, audio=300), Tokens(9))) == Decimal("0.003")


def test_a_dated_snapshot_costs_what_its_model_costs() -> None:
    prices = Prices({"gpt-realtime": REALTIME, "gpt-4o-x": MINI, "gpt-4o-x-2024-10-01": MINUTES})
    assert prices.of("gpt-realtime-2025-08-28") is REALTIME
    assert prices.of("gpt-4o-x-2024-10-01") is MINUTES
    for other in ("gpt-realtime-mini", "gpt-realtime-2", "GPT-REALTIME", "openai/gpt-realtime", ""):
        assert prices.of(other) is None


def test_what_the_user_states_comes_first_also_for_a_deployment_that_runs_another_model() -> None:
    prices = Prices({"gpt-realtime": REALTIME}, own={"our-deployment": MINI})
    assert prices.of("gpt-realtime", asked="our-deployment") is MINI
    assert prices.of("gpt-realtime", asked="their-deployment") is REALTIME
    assert prices.of("their-deployment", asked="gpt-realtime") is None


def test_the_endpoint_of_this_machine_is_free_whatever_it_calls_itself() -> None:
    price = Prices({"gpt-realtime": REALTIME}, free=True).of("gpt-realtime")
    assert price is FREE
    everything = Tokens(40, text=10, audio=20, image=10, cached=5)
    assert price.of_response(Usage(everything, everything)) == 0
    assert (
        price.of_transcription(Usage(everything)) == price.of_transcription(Usage(seconds=9)) == 0
    )


def test_a_million_small_sums_do_not_drift() -> None:
    cost = REALTIME.of_response(Usage(Tokens(1, text=1, cached=1, cached_text=1)))
    assert cost is not None
    assert sum([cost] * 1_000_000, Decimal(0)) == Decimal("0.40")


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"), ("0.0072056", "$0.0072"), ("0.00001", "<$0.0001"), ("0.00005", "$0.0001"),
        ("0.0999", "$0.0999"), ("0.1", "$0.10"), ("0.125", "$0.13"), ("1234.5", "$1,234.50"),
    ],
)  # fmt: skip
def test_an_amount_is_told_in_cents_and_a_small_one_in_parts_of_them(
    amount: str, shown: str
) -> None:
    assert dollars(Decimal(amount)) == shown
