"""Holds events against the models of the official `openai` package: every key known, every value
of its type. The models themselves let unknown keys pass, so the check walks what they took up."""

from __future__ import annotations

from typing import Any

from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import BaseModel, TypeAdapter

_CLIENT: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)
_SERVER: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)

# In every capture of a session, and missing in the models.
_ON_THE_WIRE = {"id", "object", "expires_at"}


def check_client_event(event: dict[str, Any]) -> None:
    """Raise if the official client could not have sent this."""
    _check(_CLIENT, event, "RealtimeClientEvent")


def check_server_event(event: dict[str, Any]) -> None:
    """Raise if the official client would not know this."""
    _check(_SERVER, event, "RealtimeServerEvent")


def _check(adapter: TypeAdapter[Any], event: dict[str, Any], kind: str) -> None:
    model = adapter.validate_python(event)
    assert model.type == event["type"], f"{event['type']} is no {kind}"
    _no_extras(model, event["type"])


def _no_extras(value: Any, where: str) -> None:
    if isinstance(value, BaseModel):
        known = _ON_THE_WIRE if where.endswith(".session") else set()
        unknown = set(value.model_extra or {}) - known
        assert not unknown, f"{where}: unknown {sorted(unknown)}"
        for name in type(value).model_fields:
            _no_extras(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _no_extras(each, f"{where}[{index}]")
