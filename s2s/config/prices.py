"""The price table is read: the dated one that comes with s2s, and a file of the user's over it."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from s2s.config.reading import UnfitError, opened, path_of, read_text
from s2s.conversation.prices import Price, Prices, Rates
from s2s.errors import UsageError
from s2s.printable import printable

LISTED = Path(__file__).parents[1] / "prices.json"
_KINDS, _RATES = ("text", "audio", "image"), ("input", "cached", "output")
_MOST = Decimal(1_000_000)  # dollars; more is a mistake
_FINEST = -12  # the last digit of a price

Json = dict[str, Any]


class WrongError(ValueError):
    """The table says what no table may say; `str()` is what."""


def read_prices(own: str | None = None) -> Prices:
    """Return what models cost; what the file `own` states comes first.

    Raises `UsageError` if it cannot be read, or states what is no price.
    """
    listed, day = parsed(LISTED.read_text("utf-8"))
    if own is None:
        return Prices(listed, date=day)
    path = path_of(own)
    try:
        stated, _ = parsed(_read(path))
    except (OSError, UnfitError, ValueError) as exc:  # ValueError: a NUL in the path, too
        reason = exc.strerror if isinstance(exc, OSError) else exc
        raise UsageError(
            f"The prices in {printable(str(path))} cannot be read: {reason}.",
            "docs/cost.md shows what such a file looks like (--prices, S2S_PRICES).",
        ) from None
    return Prices(listed, stated, day)


def _read(path: Path) -> str:
    with opened(path) as (number, status):
        return read_text(number, status)


def parsed(text: str) -> tuple[dict[str, Price], str]:
    """Return the prices by model, and their day; "" for none. Raises `WrongError`."""
    try:
        table = json.loads(
            text,
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_no_number,
            object_pairs_hook=_once_each,
        )
    except RecursionError:
        raise WrongError("it is nested too deep") from None
    except json.JSONDecodeError as exc:
        raise WrongError(f"it is no JSON, in line {exc.lineno} ({exc.msg})") from None
    _object(table, "it", ("about", "date", "currency", "models"))
    if table.get("currency", "USD") != "USD":
        raise WrongError(f"its currency is {_shown(table['currency'])}, and not USD")
    if "models" not in table:
        raise WrongError('it has no "models"')
    models = _object(table["models"], '"models"')
    return {name: _price(name, entry) for name, entry in models.items()}, _day(table.get("date"))


def _price(name: str, entry: Any) -> Price:
    called = f'the entry of "{printable(name)}"'
    if not name:
        raise WrongError("a model in it has no name")
    _object(entry, called, ("source", *_KINDS, "per_minute"))
    if not {*_KINDS, "per_minute"} & set(entry):
        raise WrongError(f"{called} states no price")
    rates = {kind: _rates(entry.get(kind, {}), f"{kind} in {called}") for kind in _KINDS}
    return Price(**rates, per_minute=_dollars(entry, "per_minute", called))


def _rates(stated: Any, called: str) -> Rates:
    _object(stated, called, _RATES)
    return Rates(*(_dollars(stated, name, called) for name in _RATES))


def _dollars(stated: Json, name: str, called: str) -> Decimal | None:
    if name not in stated:
        return None
    value = stated[name]
    if not isinstance(value, Decimal):
        raise WrongError(f"{name} of {called} is {_shown(value)}, and no number")
    if not 0 <= value <= _MOST or (value and value.adjusted() < _FINEST):
        raise WrongError(f"{name} of {called} is {value:g}, and no amount of dollars")
    return value


def _object(value: Any, called: str, names: tuple[str, ...] = ()) -> Json:
    if not isinstance(value, dict):
        raise WrongError(f"{called} is no object of names and values")
    for name in value:
        if names and name not in names:
            known = ", ".join(names)
            raise WrongError(f'{called} holds "{printable(name)}", which is none of {known}')
    return value


def _day(stated: Any) -> str:
    if stated is None:
        return ""
    try:
        return date.fromisoformat(str(stated)).isoformat()
    except ValueError:
        raise WrongError(f"its date is {_shown(stated)}, and no day such as 2026-11-22") from None


def _once_each(pairs: list[tuple[str, Any]]) -> Json:
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise WrongError(f'"{printable(twice)}" stands in it twice')
    return dict(pairs)


def _no_number(text: str) -> NoReturn:
    raise WrongError(f"{text} is no number")


def _shown(value: Any) -> str:
    text = printable(json.dumps(value, default=str, ensure_ascii=False))
    return text if len(text) <= 40 else f"{text[:40]}…"
