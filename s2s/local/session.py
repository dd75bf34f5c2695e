"""The server's rules for one connection: client events and time go in, orders come out.

Nothing here waits, reads a clock or runs an engine; the shell in `connection.py` does, and so do
tests, on a clock of their own.
"""

from __future__ import annotations

import copy
import logging
import random
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from s2s.local import messages
from s2s.local.context import Context
from s2s.local.endpointing import SpeechStarted, SpeechStopped
from s2s.local.expiry import SESSION_S
from s2s.local.ids import Ids
from s2s.local.input import InputBuffer
from s2s.local.item_events import deleted, retrieved, truncated
from s2s.local.items import Item, Items, client_item, user_item
from s2s.local.orders import Drop, Hear, Next, Order, Reply, Send
from s2s.local.refusals import SettingRefused, optional_text, required_text
from s2s.local.response import Response
from s2s.local.settings import default_session, heard_by, overridden, updated
from s2s.local.steps import Fail, Step

if TYPE_CHECKING:
    from s2s.local.vad import Detector

Json = dict[str, Any]
LATE_DELTAS = 2  # sent after `speech_started`: they were on the wire when the user began to speak

log = logging.getLogger("s2s.local")


class LocalSession:
    """One client's session. Every method returns the orders it gives rise to."""

    def __init__(
        self,
        *,
        model: str,
        detector: Callable[[float], Detector],
        now: float = 0.0,
        wall_time: float = 0.0,
        number: int = 1,
        session_s: float = SESSION_S,
        seed: int = 1,
    ) -> None:
        self._ids = Ids()
        self._chance = random.Random(seed)
        self._items = Items()
        self._now = now
        self._orders: list[Order] = []
        self._session = default_session(f"sess_{number:04d}", model, int(wall_time + session_s))
        self._input = InputBuffer(detector)
        self._speech_item = ""  # the item that the speech going on will become
        self._responses: dict[str, Response] = {}
        self._unheard: dict[str, list[Response]] = {}  # responses that wait for a transcript
        self._turns = 0
        self._idle_at: float | None = None  # when the user has been silent for too long
        self._listen()

    # --- what comes in

    def start(self) -> list[Order]:
        self._send({"type": "session.created", "session": self._session})
        return self._take_orders()

    def receive(self, message: str | bytes, now: float) -> list[Order]:
        """Handle one message of the client."""
        self._now = now
        event: Json = {}
        try:
            event = messages.parse(message)
            self._handle(event)
        except SettingRefused as refused:
            self._send(messages.error_event(refused, event.get("event_id")))
        except (TypeError, ValueError, KeyError, AttributeError):
            # A shape nobody thought of: the client hears of it, and the session goes on.
            log.debug("an event cannot be read", exc_info=True)
            self._send(messages.error_event(messages.unreadable(), event.get("event_id")))
        return self._take_orders()

    def heard(self, item_id: str, text: str, now: float) -> list[Order]:
        """The engine has understood what a user's item says."""
        self._now = now
        if self._items.has(item_id):
            item = self._items.get(item_id)
            item.spoken_part["transcript"] = text
            if self._session["audio"]["input"]["transcription"]:
                self._send_all(messages.transcript_events(item))
        for response in self._unheard.pop(item_id, []):
            if response.id in self._responses:
                self._ask_engine(response)
        return self._take_orders()

    def stepped(self, response_id: str, step: Step | None, now: float) -> list[Order]:
        """The engine has taken a step of its reply; None: it is complete."""
        self._now = now
        if response := self._responses.get(response_id):
            response.take(step, now)
            self._pump(response)
        return self._take_orders()

    def failed(self, response_id: str, message: str, now: float) -> list[Order]:
        """The engine has broken down over a reply."""
        return self.stepped(response_id, Fail("failed", "server_error", message), now)

    def advance(self, now: float) -> list[Order]:
        """Send what has become due."""
        self._now = now
        if self._idle_at is not None and now >= self._idle_at:
            self._nobody_spoke()
        for response in list(self._responses.values()):
            self._pump(response)
        return self._take_orders()

    @property
    def wake_at(self) -> float | None:
        """When `advance` has something to do, or None."""
        dues = [self._idle_at, *(each.due for each in self._responses.values())]
        return min((due for due in dues if due is not None), default=None)

    # --- client events

    def _handle(self, event: Json) -> None:
        kind = event.get("type")
        handlers: dict[Any, Callable[[Json], None]] = {
            "session.update": self._update,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": lambda _: self._commit(
                self._ids.next("item"), self._input.commit()
            ),
            "input_audio_buffer.clear": lambda _: self._clear(),
            "conversation.item.create": self._create_item,
            "conversation.item.retrieve": lambda e: self._send(retrieved(self._items, e)),
            "conversation.item.delete": lambda e: self._send(deleted(self._items, e)),
            "conversation.item.truncate": lambda e: self._send(truncated(self._items, e)),
            "response.create": lambda e: self._create_response(e.get("response")),
            "response.cancel": self._cancel_response,
        }
        if not isinstance(kind, str) or kind not in handlers:
            raise messages.unknown_type(kind)
        handlers[kind](event)

    def _update(self, event: Json) -> None:
        before = self._session["audio"]["input"]["turn_detection"]
        self._session = updated(self._session, event.get("session"))
        if heard_by(self._session["audio"]["input"]["turn_detection"]) != heard_by(before):
            self._listen()
        self._send({"type": "session.updated", "session": self._session})

    def _listen(self) -> None:
        self._idle_at = None
        self._input.listen(self._session["audio"]["input"]["turn_detection"])

    # --- audio

    def _append(self, event: Json) -> None:
        for found in self._input.append(required_text(event, "audio")):
            if isinstance(found, SpeechStarted):
                self._speech_started(found)
            else:
                self._speech_stopped(found)

    def _speech_started(self, found: SpeechStarted) -> None:
        self._idle_at = None
        self._speech_item = self._ids.next("item")
        where = {"audio_start_ms": found.start_ms, "item_id": self._speech_item}
        self._send({"type": "input_audio_buffer.speech_started", **where})
        if self._session["audio"]["input"]["turn_detection"]["interrupt_response"]:
            for response in self._in_conversation():
                self._end(response, "turn_detected", LATE_DELTAS)

    def _speech_stopped(self, found: SpeechStopped) -> None:
        where = {"audio_end_ms": found.end_ms, "item_id": self._speech_item}
        self._send({"type": "input_audio_buffer.speech_stopped", **where})
        self._commit(self._speech_item, self._input.commit_until(found.end_ms))
        detection = self._session["audio"]["input"]["turn_detection"]
        if detection["create_response"] and not self._in_conversation():
            self._create_response(None)

    def _nobody_spoke(self) -> None:
        """Do what `idle_timeout_ms` asks for: commit the silence, and let the model speak."""
        self._idle_at = None
        item_id = self._ids.next("item")
        start_ms, end_ms = self._input.start_ms, self._input.end_ms
        span = {"audio_start_ms": start_ms, "audio_end_ms": end_ms, "item_id": item_id}
        self._send({"type": "input_audio_buffer.timeout_triggered", **span})
        self._commit(item_id, self._input.commit_until(end_ms))
        self._create_response(None)

    def _commit(self, item_id: str, audio: bytes) -> None:
        chain = {"previous_item_id": self._items.last_id()}
        self._send({"type": "input_audio_buffer.committed", "item_id": item_id, **chain})
        self._add(user_item(item_id, audio))

    def _clear(self) -> None:
        self._input.clear()
        self._send({"type": "input_audio_buffer.cleared"})

    # --- items

    def _create_item(self, event: Json) -> None:
        given = event.get("item")
        item = client_item(given, lambda: self._ids.next("item"))
        self._add(item, optional_text(event, "previous_item_id"))

    def _add(self, item: Item, after: str | None = None) -> None:
        """Put an item into the conversation; what is spoken in it has to be heard first."""
        previous = self._items.add(item, after)
        for moment in ("added", "done"):
            event = {"type": f"conversation.item.{moment}", "item": item.body}
            self._send({**event, "previous_item_id": previous})
        if item.audio:
            self._orders.append(Hear(item.id, item.audio))
            self._unheard[item.id] = []

    # --- responses

    def _in_conversation(self) -> list[Response]:
        return [each for each in self._responses.values() if each.in_conversation]

    def _create_response(self, wanted: Any) -> None:
        settings = overridden(self._session, wanted)
        active = self._in_conversation()
        if active and settings["conversation"] == "auto":
            raise messages.already_active(active[0].id)
        context = Context(self._items, settings["input"])
        response = Response(self._ids, self._items, context, settings, self._now, self._chance)
        self._responses[response.id] = response
        self._idle_at = None
        self._send_all(response.begin())
        asked = context.asked
        if asked and asked.id in self._unheard:
            self._unheard[asked.id].append(response)
        else:
            self._ask_engine(response)

    def _ask_engine(self, response: Response) -> None:
        self._turns += 1
        response.awaits_step = True
        self._orders.append(
            Reply(response.id, response.context.turn(self._turns, response.settings))
        )

    def _pump(self, response: Response) -> None:
        self._send_all(response.advance(self._now))
        if response.status != "in_progress":
            self._leave(response)
            self._await_speech(response)
        elif response.wants_step:
            response.awaits_step = True
            self._orders.append(Next(response.id))

    def _await_speech(self, answered: Response) -> None:
        """Start `idle_timeout_ms`, which counts from the end of the reply as it is heard."""
        detection = self._session["audio"]["input"]["turn_detection"] or {}
        idle_ms = detection.get("idle_timeout_ms")
        if idle_ms and answered.in_conversation and answered.status == "completed":
            self._idle_at = max(self._now, answered.heard_until) + idle_ms / 1000

    def _cancel_response(self, event: Json) -> None:
        wanted = optional_text(event, "response_id")
        active = [self._responses.get(wanted)] if wanted else self._in_conversation()[:1]
        if not active or active[0] is None:
            raise messages.nothing_to_cancel()
        self._end(active[0], "client_cancelled")

    def _end(self, response: Response, reason: str, late: int = 0) -> None:
        self._send_all(response.cancel(reason, late))
        self._leave(response)

    def _leave(self, response: Response) -> None:
        del self._responses[response.id]
        self._orders.append(Drop(response.id))

    # --- what goes out

    def _send(self, event: Json) -> None:
        numbered = {"event_id": self._ids.next("event"), **event}
        # A copy: the session and the items go on changing while a message waits to be sent.
        self._orders.append(Send(numbered if "delta" in event else copy.deepcopy(numbered)))

    def _send_all(self, events: Iterable[Json]) -> None:
        for event in events:  # one by one: making the next event changes what this one shows
            self._send(event)

    def _take_orders(self) -> list[Order]:
        orders, self._orders = self._orders, []
        return orders
