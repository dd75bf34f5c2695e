"""Ids of items and responses, each with one meaning over all the sessions of a conversation. Pure.

Some endpoints count theirs anew in each session. What a later session calls `item_1` is `item_1@2`
to us; an item that it is told of again goes out under an id that no endpoint gives, and is to us
what it always was.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar

from s2s.conversation import commands as do
from s2s.conversation import events as on

Fact = TypeVar("Fact", bound=on.Event)
_IDS = ("item_id", "previous_id", "response_id", "after")


class Names:
    """Those of one session, by its place among all of them."""

    def __init__(self, session: int = 1) -> None:
        self._suffix = "" if session == 1 else f"@{session}"
        self._ours: dict[str, str] = {}  # ids that we gave to items of earlier sessions
        self._theirs: dict[str, str] = {}  # and the other way round

    def inward(self, event: Fact) -> Fact:
        """Return a fact with the ids that we use."""
        if not self._suffix:
            return event
        changed = {
            each.name: self._changed(each.name, getattr(event, each.name))
            for each in fields(event)
            if each.name in (*_IDS, "part", "texts", "item_ids", "calls")
        }
        return replace(event, **changed) if changed else event

    def _changed(self, name: str, value: Any) -> Any:
        if name in _IDS:
            return self._name(value)
        if name == "part":
            return self._part(value)
        if name == "texts":
            return tuple((self._part(part), text) for part, text in value)
        if name == "item_ids":
            return tuple(map(self._name, value))
        return tuple(map(self.inward, value))

    def _part(self, part: on.Part) -> on.Part:
        return part._replace(
            response_id=self._name(part.response_id), item_id=self._name(part.item_id)
        )

    def _name(self, name: str) -> str:
        return self._theirs.get(name) or (f"{name}{self._suffix}" if name else "")

    def outward(self, command: do.Command) -> do.Command:
        """Return an order with the ids that this session uses."""
        if not self._suffix:
            return command
        changed: Any = {
            each.name: self._given(getattr(command, each.name))
            for each in fields(command)
            if each.name in _IDS
        }
        if isinstance(command, do.SeedItem):
            changed["item_id"] = self._give(command.item_id)
        return replace(command, **changed) if changed else command

    def _given(self, name: str) -> str:
        return self._ours.get(name) or name.removesuffix(self._suffix)

    def _give(self, name: str) -> str:
        """Return a new id for an item of an earlier session, which may have had none."""
        given = f"kept_{len(self._theirs) + 1}"
        self._theirs[given] = name
        if name:
            self._ours[name] = given
        return given
