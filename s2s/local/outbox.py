"""What waits to be sent to one client: the engine is held back first, then the client is dropped.

An engine goes on when there is room again. What answers a client's own events (items, refusals)
cannot be held back; a client that goes on asking and never reads is dropped before it fills the
memory.
"""

from __future__ import annotations

import asyncio
from typing import Any

from s2s.local.faults import Action, FaultPlan, SendBinary, SendText

ROOM = 64  # messages in waiting before the engine is held back
ROOM_SIZE = 4 * 2**20  # bytes, likewise
MAX_SIZE = 64 * 2**20  # bytes in waiting behind which no more is put
MESSAGE_COST = 500  # bytes that a message takes beside its text


class Outbox:
    """Messages in their order, as the faults of the connection leave them."""

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan
        self._actions: asyncio.Queue[Action] = asyncio.Queue()
        self._size = 0
        self._room = asyncio.Event()
        self._room.set()

    def put(self, event: dict[str, Any]) -> bool:
        """Take an event to be sent. False: too much waits already, this client does not read."""
        if self._size > MAX_SIZE:
            return False
        for action in self._plan.on_event(event):
            self._actions.put_nowait(action)
            self._size += cost(action)
        self._look()
        return True

    async def get(self) -> Action:
        """Wait for what is to be done next."""
        action = await self._actions.get()
        self._size -= cost(action)
        self._look()
        return action

    def _look(self) -> None:
        if self._actions.qsize() < ROOM and self._size < ROOM_SIZE:
            self._room.set()
        else:
            self._room.clear()

    @property
    def has_room(self) -> bool:
        return self._room.is_set()

    async def room(self) -> None:
        """Wait until an engine may go on."""
        await self._room.wait()


def cost(action: Action) -> int:
    """Return the bytes that an action takes while it waits."""
    if isinstance(action, SendText):
        return len(action.text) + MESSAGE_COST
    return MESSAGE_COST + (len(action.data) if isinstance(action, SendBinary) else 0)
