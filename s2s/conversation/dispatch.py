"""Which rule is for which fact: a table in which every fact has its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2s.conversation import commands as do
from s2s.conversation import events as on

Handlers = dict[type, Callable[[Any], list[do.Command]]]


def ignore(event: on.Event) -> list[do.Command]:
    """Do nothing about a fact that a table names as of no concern."""
    return []
