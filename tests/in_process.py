"""The endpoint on this machine without a network, on whatever clock the test turns."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Any

from s2s.clock import Clock
from s2s.conversation.events import ConnectionLost
from s2s.local.connection import Service
from s2s.local.expiry import expired
from s2s.local.faults import SendText
from s2s.local.orders import Drop, Hear, Order, Reply, Send
from s2s.local.session import LocalSession
from s2s.local.steps import Step
from s2s.local.voicing import voiced


class InProcessEndpoint:
    """A transport whose other end is a `LocalSession`; `sent` is what the client said.

    The service's delay holds in both directions, on the clock.
    """

    def __init__(self, service: Service, clock: Clock, number: int = 1) -> None:
        self.sent: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self.lost = ConnectionLost()
        self._service, self._clock = service, clock
        self._engine = service.engine()
        self._session = LocalSession(
            model=service.model,
            detector=service.detector,
            now=clock.now(),
            number=number,
            wall_time=clock.now(),
            session_s=service.session_s,
        )
        self._to_client: asyncio.Queue[tuple[float, str | None]] = asyncio.Queue()
        self._to_server: asyncio.Queue[tuple[float, str]] = asyncio.Queue()
        far = service.delay_s > 0
        self._carrier = asyncio.create_task(self._carry()) if far else None
        self._replies: dict[str, Iterator[Step]] = {}
        self._alarm: asyncio.Task[None] | None = None
        self._expiry = asyncio.create_task(self._expire())
        self._obey(self._session.start())

    def types(self, *wanted: str) -> list[str]:
        """Return the types of what was sent but for audio, in order; only those `wanted`."""
        kinds = [each["type"] for each in self.sent if not each["type"].endswith(".append")]
        return [kind for kind in kinds if not wanted or kind in wanted]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.sent if each["type"] == kind]

    async def send(self, message: str) -> None:
        self.sent.append(json.loads(message))
        if self._carrier:
            self._to_server.put_nowait((self._arrives, message))
        else:
            self._obey(self._session.receive(message, self._clock.now()))

    @property
    def _arrives(self) -> float:
        return self._clock.now() + self._service.delay_s

    async def _carry(self) -> None:
        while True:
            arrives, message = await self._to_server.get()
            if arrives > self._clock.now():
                await self._clock.sleep_until(arrives)
            self._obey(self._session.receive(message, self._clock.now()))

    async def messages(self) -> AsyncIterator[str | bytes]:
        while True:
            arrives, message = await self._to_client.get()
            if arrives > self._clock.now():
                await self._clock.sleep_until(arrives)
            if message is None:
                return
            yield message

    def hang_up(self) -> None:
        self._to_client.put_nowait((self._arrives, None))

    @property
    def history(self) -> list[str]:
        """Who said something that the endpoint remembers, in order; told by what it sent."""
        roles: dict[str, str] = {}
        for each in self.told:
            if each["type"] == "conversation.item.added":
                roles[each["item"]["id"]] = each["item"].get("role", "")
            elif each["type"] == "conversation.item.deleted":
                del roles[each["item_id"]]
        return list(roles.values())

    async def close(self) -> None:
        for task in (self._alarm, self._carrier, self._expiry):
            if task:
                task.cancel()

    async def _expire(self) -> None:
        await self._clock.sleep_until(self._clock.now() + self._service.session_s)
        for action in expired(self._service.session_s):
            if isinstance(action, SendText):
                self._to_client.put_nowait((self._arrives, action.text))
        self.hang_up()

    def _obey(self, orders: list[Order]) -> None:
        waiting = deque(orders)
        while waiting:
            order = waiting.popleft()
            now = self._clock.now()
            if isinstance(order, Send):
                self.told.append(order.event)
                self._to_client.put_nowait((self._arrives, json.dumps(order.event)))
            elif isinstance(order, Hear):
                heard = self._engine.hear(order.pcm)
                waiting.extend(self._session.heard(order.item_id, heard, now))
            elif isinstance(order, Drop):
                self._replies.pop(order.response_id, None)
            else:
                if isinstance(order, Reply):
                    steps = self._engine.reply(order.turn)
                    spoken = voiced(steps, order.turn, self._service.synthesiser)
                    self._replies[order.response_id] = spoken
                if order.response_id in self._replies:
                    step = next(self._replies[order.response_id], None)
                    waiting.extend(self._session.stepped(order.response_id, step, now))
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm:
            self._alarm.cancel()
        due = self._session.wake_at
        self._alarm = None if due is None else asyncio.create_task(self._advance(due))

    async def _advance(self, due: float) -> None:
        await self._clock.sleep_until(due)
        self._alarm = None
        self._obey(self._session.advance(self._clock.now()))
