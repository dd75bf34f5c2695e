"""The price table that comes with s2s, and a file of the user's that comes before it."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from s2s.config import read_sources, resolve
from s2s.config.prices import LISTED, read_prices
from s2s.config.trust import SETTINGS, FromFound
from s2s.conversation.prices import Price, Rates
from s2s.errors import UsageError
from s2s.wire.models import DEFAULT_MODEL, TRANSCRIPTION_MODELS


def told(path: Path, text: str) -> str:
    """Return what is said of a file that holds this."""
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as failed:
        read_prices(str(path))
    assert "docs/cost.md" in failed.value.hint
    start = f"The prices in {path} cannot be read: "
    assert failed.value.message.startswith(start)
    return failed.value.message.removeprefix(start)


def test_the_table_has_a_day_and_for_each_price_a_source() -> None:
    table = json.loads(LISTED.read_text("utf-8"))
    assert date.fromisoformat(table["date"]) >= date(2026, 11, 22)
    assert all(entry["source"] for entry in table["models"].values())


def test_what_is_asked_for_unless_somebody_says_otherwise_has_a_price() -> None:
    prices = read_prices()
    assert all(prices.of(model) for model in (DEFAULT_MODEL, *TRANSCRIPTION_MODELS))


def test_a_price_is_exactly_what_is_written() -> None:
    price = read_prices().of("gpt-realtime-2.1-mini")
    assert price == Price(
        text=Rates(Decimal("0.60"), Decimal("0.06"), Decimal("2.40")),
        audio=Rates(Decimal(10), Decimal("0.30"), Decimal(20)),
        image=Rates(Decimal("0.80"), Decimal("0.08")),
    )


def test_a_file_of_the_users_comes_first_and_the_rest_stays(tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    models = {"gpt-realtime-2.1": {"per_minute": 0.05}, "ours": {"text": {"output": 0}}}
    own.write_text(json.dumps({"models": models}))
    prices = read_prices(str(own))
    assert prices.of("gpt-realtime-2.1") == Price(per_minute=Decimal("0.05"))
    assert prices.of("ours") == Price(text=Rates(output=Decimal(0)))
    assert prices.of("gpt-realtime-1.5") == read_prices().of("gpt-realtime-1.5")
    assert prices.date == read_prices().date


def test_the_table_itself_may_be_taken_for_a_beginning(tmp_path: Path) -> None:
    copy = tmp_path / "copy.json"
    copy.write_bytes(LISTED.read_bytes())
    assert read_prices(str(copy)).own == read_prices().listed


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is no JSON, in line 1 (Expecting value)."),
        ("{\n'models': 1}", "it is no JSON, in line 2 "),
        ("[]", "it is no object of names and values."),
        ("{}", 'it has no "models".'),
        ('{"models": 3}', '"models" is no object of names and values.'),
        ('{"models": {}, "modles": {}}', 'it holds "modles", which is none of '),
        ('{"models": {}, "currency": "EUR"}', 'its currency is "EUR", and not USD.'),
        ('{"models": {}, "date": "yesterday"}', 'its date is "yesterday", and no day '),
        ('{"models": {"m": {}}}', 'the entry of "m" states no price.'),
        ('{"models": {"m": 3}}', 'the entry of "m" is no object of names and values.'),
        ('{"models": {"": {"per_minute": 1}}}', "a model in it has no name."),
        ('{"models": {"m": {"audo": {}}}}', 'the entry of "m" holds "audo", which is none of '),
        ('{"models": {"m": {"text": 4}}}', 'text in the entry of "m" is no object '),
        ('{"models": {"m": {"text": {"ouput": 4}}}}', 'text in the entry of "m" holds "ouput"'),
        ('{"models": {"m": {"text": {"input": "4"}}}}', 'is "4", and no number.'),
        ('{"models": {"m": {"text": {"input": true}}}}', "is true, and no number."),
        ('{"models": {"m": {"per_minute": null}}}', "is null, and no number."),
        ('{"models": {"m": {"per_minute": -0.5}}}', "is -0.5, and no amount of dollars."),
        ('{"models": {"m": {"per_minute": 1e999999999}}}', "and no amount of dollars."),
        ('{"models": {"m": {"per_minute": NaN}}}', "NaN is no number."),
        ('{"models": {"m": {"per_minute": Infinity}}}', "Infinity is no number."),
        ('{"models": {"m": {"per_minute": 1}, "m": {"per_minute": 2}}}', '"m" stands in it twice.'),
        ('{"models": {"a\\u001b[2Jb": {"x": 1}}}', 'the entry of "a\\x1b[2Jb" holds'),
        ("[" * 100_000, "it is larger than 64 KiB."),
        ("[" * 60_000, "it is nested too deep."),
    ],
)  # fmt: skip
def test_what_is_no_price_table_is_refused_and_says_where(
    text: str, problem: str, tmp_path: Path
) -> None:
    assert problem in told(tmp_path / "own.json", text)


@pytest.mark.parametrize(
    ("name", "problem"),
    [("missing", "No such file"), (".", "it is a folder"), ("a\0b", "null")],
)
def test_a_file_that_cannot_be_read_is_told(name: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=problem):
        read_prices(str(tmp_path / name))


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "own.json").write_bytes(b"\xff\xfe{\0}\0")
    with pytest.raises(UsageError, match="it is not UTF-8 text"):
        read_prices(str(tmp_path / "own.json"))


def test_a_found_settings_file_opens_no_price_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SETTINGS["S2S_PRICES"] is FromFound.NO
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-1234")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / ".env").write_text("S2S_PRICES=/nowhere/prices.json\n")
    sources = read_sources({}, {})
    assert any("S2S_PRICES names a file to read" in warning for warning in sources.warnings)
    money = resolve(sources).wishes.money
    assert money
    assert money.prices == read_prices()


def test_the_file_may_be_named_by_the_environment_or_a_flag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-1234")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("one", "two"):
        (tmp_path / name).write_text(json.dumps({"models": {name: {"per_minute": 1}}}))
    monkeypatch.setenv("S2S_PRICES", "one")
    money = resolve(read_sources({}, {})).wishes.money
    assert money
    assert money.model == DEFAULT_MODEL
    assert list(money.prices.own) == ["one"]
    money = resolve(read_sources({"S2S_PRICES": "two"}, {})).wishes.money
    assert money
    assert list(money.prices.own) == ["two"]


def test_the_endpoint_of_this_machine_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = read_sources({}, {}).for_offline("ws://127.0.0.1:1/v1/realtime")
    money = resolve(sources).wishes.money
    assert money
    assert money.prices.free
