"""What the API refuses, and the complaints that more than one event can give rise to. Pure."""

from __future__ import annotations

from typing import Any

from s2s.local.values import kind_of

Json = dict[str, Any]


class SettingRefused(Exception):
    """A value in a client event that the API would not take."""

    def __init__(self, code: str, param: str, message: str) -> None:
        super().__init__(message)
        self.code, self.param, self.message = code, param, message


def missing(param: str) -> SettingRefused:
    """Return the complaint about a field that has to be there; null counts as absent."""
    message = f"Missing required parameter: '{param}'."
    return SettingRefused("missing_required_parameter", param, message)


def wrong_type(param: str, expected: str, value: Any) -> SettingRefused:
    """Return the complaint about a value of a type that the API does not take there."""
    message = f"Invalid type for '{param}': expected {expected}, but got {kind_of(value)} instead."
    return SettingRefused("invalid_type", param, message)


def required_text(given: Json, key: str, where: str = "") -> str:
    """Return the text that `given` must hold under `key`. Raises `SettingRefused`."""
    text = optional_text(given, key, where)
    if text is None:
        raise missing(f"{where}.{key}".lstrip("."))
    return text


def optional_text(given: Json, key: str, where: str = "") -> str | None:
    """Return the text that `given` may hold under `key`. Raises `SettingRefused`."""
    value = given.get(key)
    if value is not None and not isinstance(value, str):
        raise wrong_type(f"{where}.{key}".lstrip("."), "a string", value)
    return value


def required_number(given: Json, key: str) -> int:
    """Return the whole number of 0 or more under `key`. Raises `SettingRefused`."""
    value = given.get(key)
    if value is None:
        raise missing(key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(key, "an integer", value)
    if value < 0:
        message = f"Invalid '{key}': integer below minimum value. Expected a value >= 0."
        raise SettingRefused("integer_below_min_value", key, message)
    return value
