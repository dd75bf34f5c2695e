"""Values of client events: what counts as absent, and how one is shown to the client. Pure."""

from __future__ import annotations

import json
from typing import Any

from s2s.printable import printable

DAY_MS = 86_400_000
_SHOWN = 100  # characters of a value, in a message
# Whoever wrote these gave a null in them a meaning that is not ours to know.
_FREE_FORM = ("parameters", "metadata", "variables", "input_schema", "annotations")


def present(value: Any) -> Any:
    """Return `value` without the keys that are null: the API takes null as absent."""
    if isinstance(value, list):
        return [present(each) for each in value]
    if isinstance(value, dict):
        return {
            key: each if key in _FREE_FORM else present(each)
            for key, each in without_nulls(value).items()
        }
    return value


def without_nulls(value: Any) -> Any:
    """Return an object without the keys that are null, and anything else as it is."""
    if not isinstance(value, dict):
        return value
    return {key: each for key, each in value.items() if each is not None}


def shown(value: Any) -> str:
    """Return a value as the API's messages show it: text in single quotes, all else as JSON."""
    if isinstance(value, str):
        text = f"'{value}'"
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    return printable(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def is_number(value: Any, most: float) -> bool:
    """Whether `value` is a number from 0 to `most`: not infinity, not "not a number"."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most


def kind_of(value: Any) -> str:
    """Return what JSON calls a value of this type, with its article."""
    if isinstance(value, bool):
        return "a boolean"
    for python, name in (
        (str, "a string"),
        (int, "an integer"),
        (float, "a decimal"),
        (list, "an array"),
        (dict, "an object"),
    ):
        if isinstance(value, python):
            return name
    return "null"
