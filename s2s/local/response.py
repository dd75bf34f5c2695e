"""One response as it goes out: an engine's steps become the API's events, each at its time.

    response.created
      output_item.added, conversation.item.added, content_part.added
        output_audio_transcript.delta / output_audio.delta …
      output_audio.done, output_audio_transcript.done, content_part.done,
      conversation.item.done, output_item.done
    response.done, rate_limits.updated

The order of the tail is the one captured on the wire.
"""

from __future__ import annotations

import base64
import json
import random
from collections import deque
from collections.abc import Iterator
from typing import Any

from s2s import pcm
from s2s.local.context import Context
from s2s.local.ids import Ids
from s2s.local.items import Item, Items
from s2s.local.steps import Call, Fail, Pace, Say, Sound, Step, Wait, Write
from s2s.local.tokens import tokens_read, usage

Json = dict[str, Any]
_READ_AHEAD = 8  # operations in waiting below which the next step is taken


class Response:
    """Builds the events of one response. Times are the session's seconds."""

    def __init__(
        self,
        ids: Ids,
        items: Items,
        context: Context,
        settings: Json,
        now: float,
        chance: random.Random,
    ) -> None:
        self.id = ids.next("resp")
        self.settings = settings
        self.status = "in_progress"
        self.in_conversation = settings["conversation"] == "auto"
        self._ids, self._items, self._chance = ids, items, chance
        self.awaits_step = False  # the engine has been asked and has not answered
        self.context = context
        read, self._read = tokens_read(context.items, items.read_before)
        items.read_before = read if self.in_conversation else items.read_before
        self._speaks = settings["output_modalities"] == ["audio"]
        self._pace = Pace()
        self._cursor = now
        self._operations: deque[tuple[float, Step]] = deque()
        self._uncut = bytearray()  # sound not yet cut into deltas
        self._closing: Json | None = None  # status details, once the engine has said its last
        self._output: list[Json] = []
        self._item: Item | None = None
        self._part: Json | None = None
        self._audio_size = 0  # of this response, bytes of PCM
        self._operation_at = self._audible_from = now

    # --- what the engine does

    def begin(self) -> Iterator[Json]:
        yield {"type": "response.created", "response": self.body()}

    def take(self, step: Step | None, now: float) -> None:
        """Take the engine's next step; None says that the reply is complete."""
        self.awaits_step = False
        self._cursor = max(self._cursor, now)
        if isinstance(step, Sound):
            self._take_sound(step)
            return
        self._cut(1)
        if step is None:
            self._closing = {"status": "completed"}
        elif isinstance(step, Fail):
            self._closing = _details(step)
        elif isinstance(step, Wait):
            self._cursor += step.ms / 1000
        elif isinstance(step, Pace):
            self._pace = step
        else:
            self._operations.append((self._cursor, step))

    def _take_sound(self, sound: Sound) -> None:
        if sound.text:
            self._operations.append((self._cursor, Say(sound.text)))
        if self._speaks:
            self._uncut += sound.pcm
            self._cut(pcm.size_of(self._pace.delta_ms))

    def _cut(self, at_least: int) -> None:
        """Cut the sound in hand into deltas, as long as there are `at_least` bytes of it."""
        size = pcm.size_of(self._pace.delta_ms)
        while len(self._uncut) >= at_least:
            piece = bytes(self._uncut[:size])
            del self._uncut[:size]
            due = self._cursor + self._chance.uniform(0, self._pace.jitter_ms) / 1000
            last = self._operations[-1][0] if self._operations else due
            self._operations.append((max(due, last), Sound(piece)))  # late, never out of order
            if self._pace.speed:
                self._cursor += pcm.seconds(len(piece)) / self._pace.speed

    @property
    def wants_step(self) -> bool:
        ahead = len(self._operations) >= _READ_AHEAD
        return not (self._closing or self.awaits_step or ahead)

    @property
    def due(self) -> float | None:
        """When there is something to send, or None while the engine has to be awaited."""
        if self._operations:
            return self._operations[0][0]
        return self._cursor if self._closing else None

    @property
    def heard_until(self) -> float:
        """When a client that plays the audio as it comes has played it all."""
        return self._audible_from + pcm.seconds(self._audio_size)

    # --- what goes out

    def advance(self, now: float) -> Iterator[Json]:
        """Give the events that are due."""
        while self._operations and self._operations[0][0] <= now:
            self._operation_at, step = self._operations.popleft()
            yield from self._emit(step)
        if not self._operations and self._closing and self._cursor <= now:
            yield from self.finish(self._closing)

    def cancel(self, reason: str, late: int = 0) -> Iterator[Json]:
        """End now, without what is in waiting; `late` deltas of it were on the wire already."""
        for _ in range(late):
            if self._operations and isinstance(self._operations[0][1], Sound):
                yield from self._emit(self._operations.popleft()[1])
        self._operations.clear()
        yield from self.finish({"status": "cancelled", "reason": reason})

    def finish(self, closing: Json) -> Iterator[Json]:
        status = closing["status"]
        whole = status == "completed"
        yield from self._close_item("completed" if whole else "incomplete")
        self.status = status
        details = None if whole else {"type": status, **_without(closing, "status")}
        yield {"type": "response.done", "response": self.body(details)}
        yield {
            "type": "rate_limits.updated",
            "rate_limits": [
                {"name": "tokens", "limit": 200_000, "remaining": 199_000, "reset_seconds": 0.3}
            ],
        }

    def body(self, details: Json | None = None) -> Json:
        """Return the response as `response.created` and `response.done` show it."""
        audio = self.settings["audio"]["output"]
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": self.status,
            "status_details": details,
            "output": self._output,
            "conversation_id": "conv_0001" if self.in_conversation else None,
            "output_modalities": self.settings["output_modalities"],
            "max_output_tokens": self.settings["max_output_tokens"],
            "audio": {"output": {"format": audio["format"], "voice": audio["voice"]}},
            "usage": None
            if self.status == "in_progress"
            else usage(self._read, self._output, self._audio_size),
            "metadata": self.settings["metadata"],
        }

    def _emit(self, step: Step) -> Iterator[Json]:
        if isinstance(step, Call):
            yield from self._call(step)
        elif isinstance(step, Write):
            yield from self._open_part("text")
            yield self._delta("response.output_text.delta", "text", step.text)
        elif isinstance(step, Say):
            yield from self._open_part("audio" if self._speaks else "text")
            name = "output_audio_transcript" if self._speaks else "output_text"
            yield self._delta(
                f"response.{name}.delta", "transcript" if self._speaks else "text", step.text
            )
        elif isinstance(step, Sound):
            yield from self._open_part("audio")
            assert self._item
            if not self._audio_size:
                self._audible_from = self._operation_at
            self._item.audio_size += len(step.pcm)
            self._audio_size += len(step.pcm)
            coded = base64.b64encode(step.pcm).decode("ascii")
            yield {**self._where(), "type": "response.output_audio.delta", "delta": coded}

    def _delta(self, name: str, key: str, text: str) -> Json:
        assert self._part is not None
        if self._part[key]:
            text = f" {text}"
        self._part[key] += text
        return {**self._where(), "type": name, "delta": text}

    # --- items and parts

    def _open_item(self, body: Json) -> Iterator[Json]:
        body = {"id": self._ids.next("item"), "object": "realtime.item", **body}
        self._item = Item(body)
        previous = None
        if self.in_conversation:
            previous = self._items.add(self._item)
        added = {"output_index": len(self._output), "response_id": self.id, "item": dict(body)}
        yield {"type": "response.output_item.added", **added}
        if self.in_conversation:
            shown = {"previous_item_id": previous, "item": dict(body)}
            yield {"type": "conversation.item.added", **shown}

    def _open_part(self, kind: str) -> Iterator[Json]:
        if self._part is not None and self._part["type"] == kind:
            return
        yield from self._close_part()
        if self._item is None:
            yield from self._open_item(
                {"type": "message", "role": "assistant", "status": "in_progress", "content": []}
            )
        assert self._item
        self._part = self._item.open_part(kind)
        yield {**self._where(), "type": "response.content_part.added", "part": dict(self._part)}

    def _close_part(self) -> Iterator[Json]:
        if self._part is None:
            return
        where, part = self._where(), self._part
        assert self._item
        if part["type"] == "audio":
            said = part["transcript"]
            yield {**where, "type": "response.output_audio.done"}
            yield {**where, "type": "response.output_audio_transcript.done", "transcript": said}
        else:
            yield {**where, "type": "response.output_text.done", "text": part["text"]}
        yield {**where, "type": "response.content_part.done", "part": dict(part)}
        self._item.close_part(part)
        self._part = None

    def _close_item(self, status: str) -> Iterator[Json]:
        yield from self._close_part()
        if self._item is None:
            return
        self._item.body["status"] = status
        body = dict(self._item.body)
        if self.in_conversation:
            yield {"type": "conversation.item.done", "item": body}
        done = {"output_index": len(self._output), "response_id": self.id, "item": body}
        yield {"type": "response.output_item.done", **done}
        self._output.append(body)
        self._item = None

    def _call(self, call: Call) -> Iterator[Json]:
        yield from self._close_item("completed")
        arguments = json.dumps(call.arguments, separators=(",", ":"))
        named = {"name": call.name, "call_id": self._ids.next("call")}
        yield from self._open_item(
            {"type": "function_call", "status": "in_progress", "arguments": "", **named}
        )
        assert self._item
        where = {
            "response_id": self.id,
            "item_id": self._item.id,
            "output_index": len(self._output),
            "call_id": named["call_id"],
        }
        name = "response.function_call_arguments"
        yield {**where, "type": f"{name}.delta", "delta": arguments}
        yield {**where, "type": f"{name}.done", "arguments": arguments, "name": call.name}
        self._item.body["arguments"] = arguments
        yield from self._close_item("completed")

    def _where(self) -> Json:
        assert self._item
        return {
            "response_id": self.id,
            "item_id": self._item.id,
            "output_index": len(self._output),
            "content_index": len(self._item.body["content"]),
        }


def _details(fail: Fail) -> Json:
    if fail.status == "incomplete":
        return {"status": "incomplete", "reason": fail.code}
    error = {"type": "server_error", "code": fail.code, "message": fail.message}
    return {"status": "failed", "error": error}


def _without(body: Json, key: str) -> Json:
    return {name: value for name, value in body.items() if name != key}
