"""The conversation's items in their order, and what clients may do to them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from s2s import pcm
from s2s.local.refusals import SettingRefused, missing, optional_text, required_text, wrong_type
from s2s.local.values import present, shown

Json = dict[str, Any]
MAX_APPEND = 15 * 2**20  # bytes of audio in one event, as the API has it
KEPT_AUDIO = pcm.size_of(5 * 60_000)  # bytes of users' audio that can be retrieved again
_TEXT_KINDS = {"user": "input_text", "system": "input_text", "assistant": "output_text"}
_CALLS = {"function_call": ("name", "arguments"), "function_call_output": ("call_id", "output")}


@dataclass(slots=True)
class Item:
    """A message, a function call or its output. Audio is kept beside the JSON, not in it."""

    body: Json
    audio: bytes = b""  # of a user's message; only the newest items keep theirs
    spoken_size: int = 0  # bytes of PCM the user's message came with
    audio_size: int = 0  # bytes of PCM the assistant's message was sent with
    _coming: Json | None = None  # the part of the assistant's message that is still coming

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def spoken_part(self) -> Json:
        """Return the part of a user's message that holds audio."""
        parts: list[Json] = self.body["content"]
        return next(each for each in parts if each["type"] == "input_audio")

    def open_part(self, kind: str) -> Json:
        """Begin a part of the assistant's message; return it as `content_part.added` shows it."""
        self._coming = {"type": f"output_{kind}", "transcript" if kind == "audio" else "text": ""}
        return {**self._coming, "type": kind}

    def close_part(self, said: Json) -> None:
        """Keep the part that is complete, with its words unless it was truncated meanwhile."""
        assert self._coming
        self._coming.update(
            (key, said[key]) for key in ("transcript", "text") if key in self._coming
        )
        self.body["content"].append(self._coming)
        self._coming = None

    @property
    def parts(self) -> list[Json]:
        """Return the parts of a message, the one that is still coming too."""
        return [*self.body.get("content", []), *([self._coming] if self._coming else [])]

    @property
    def words(self) -> tuple[str, str]:
        """Return (role, text) as an engine sees it; ("", "") for what is no message."""
        if self.body["type"] == "function_call_output":
            return "tool", str(self.body.get("output", ""))
        if self.body["type"] != "message":
            return "", ""
        texts = (each.get("text") or each.get("transcript") or "" for each in self.body["content"])
        return self.body["role"], " ".join(filter(None, texts))


@dataclass(slots=True)
class Items:
    """An ordered list with the API's own errors."""

    _items: list[Item] = field(default_factory=list)
    read_before: list[tuple[str, int, int]] = field(default_factory=list)
    """What the last response read: ids, and tokens of text and of sound."""

    def add(self, item: Item, after: str | None = None) -> str | None:
        """Put `item` behind `after` (None: last, "root": first); return the id before it."""
        at = len(self._items)
        if after == "root":
            at = 0
        elif after is not None:
            at = self._index(after, "previous_item_id") + 1
        if any(each.id == item.id for each in self._items):
            raise SettingRefused(
                "item_create_duplicate_item_id",
                "item.id",
                f"Error adding item: an item with ID {shown(item.id)} already exists.",
            )
        self._items.insert(at, item)
        self._forget_old_audio()
        return self._items[at - 1].id if at else None

    def _forget_old_audio(self) -> None:
        """Let an hour of talk cost no more memory than a few minutes of it."""
        kept = 0
        for item in reversed(self._items):
            kept += len(item.audio)
            if kept > KEPT_AUDIO and item is not self._items[-1]:
                item.audio = b""

    def get(self, item_id: str) -> Item:
        return self._items[self._index(item_id, "item_id")]

    def has(self, item_id: str) -> bool:
        return any(each.id == item_id for each in self._items)

    def delete(self, item_id: str) -> None:
        del self._items[self._index(item_id, "item_id")]

    def retrieve(self, item_id: str) -> Json:
        """Return the item with its audio."""
        item = self.get(item_id)
        body = {**item.body, "content": [dict(part) for part in item.body.get("content", [])]}
        for part in body["content"]:
            if part["type"] == "input_audio":
                part["audio"] = base64.b64encode(item.audio).decode("ascii")
        return body if item.body["type"] == "message" else item.body

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> None:
        """Forget what the user has not heard: the audio's rest, and the transcript."""
        item = self.get(item_id)
        part = item.parts[content_index] if content_index < len(item.parts) else None
        if not part or part["type"] != "output_audio":
            raise SettingRefused(
                "unsupported_content_type",
                "item_id",
                "Only model output audio messages can be truncated.",
            )
        held_ms = pcm.duration_ms(item.audio_size)
        if audio_end_ms > held_ms:
            raise SettingRefused(
                "invalid_value",
                "audio_end_ms",
                f"Audio content of {held_ms}ms is already shorter than {audio_end_ms}ms",
            )
        item.audio_size = pcm.size_of(audio_end_ms)
        part.pop("transcript", None)

    def all(self) -> list[Item]:
        return list(self._items)

    def last_id(self) -> str | None:
        return self._items[-1].id if self._items else None

    def _index(self, item_id: str, param: str) -> int:
        for index, item in enumerate(self._items):
            if item.id == item_id:
                return index
        raise SettingRefused(
            "item_retrieve_invalid_item_id", param, f"Item with id {shown(item_id)} does not exist."
        )


def user_item(item_id: str, audio: bytes) -> Item:
    """Return the item that audio which was appended and committed becomes."""
    body = {
        "id": item_id,
        "object": "realtime.item",
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_audio", "transcript": None}],
    }
    return Item(body, audio, len(audio))


def client_item(given: Any, new_id: Callable[[], str]) -> Item:
    """Return the item a client creates; `new_id` names it if the client does not.

    Raises `SettingRefused` for a shape the API refuses.
    """
    if given is None:
        raise missing("item")
    if not isinstance(given, dict):
        raise wrong_type("item", "an object", given)
    body = {"object": "realtime.item", "status": "completed", **present(given)}
    body["id"] = optional_text(given, "id", "item") or new_id()
    kind = required_text(body, "type", "item")
    if kind == "message":
        return _message(body)
    if kind not in _CALLS:
        supported = ", ".join(map(shown, ("message", *_CALLS)))
        message = f"Invalid value: {shown(kind)}. Supported values are: {supported}."
        raise SettingRefused("invalid_value", "item.type", message)
    for key in _CALLS[kind]:
        required_text(body, key, "item")
    return Item(body)


def _message(body: Json) -> Item:
    role = required_text(body, "role", "item")
    content = body.get("content")
    if role not in _TEXT_KINDS:
        supported = ", ".join(map(shown, _TEXT_KINDS))
        message = f"Invalid value: {shown(role)}. Supported values are: {supported}."
        raise SettingRefused("invalid_value", "item.role", message)
    if content is None:
        raise missing("item.content")
    if not isinstance(content, list):
        raise wrong_type("item.content", "an array", content)
    audio = b""
    kept = []
    for index, part in enumerate(content):
        at = f"item.content[{index}]"
        if not isinstance(part, dict):
            raise wrong_type(at, "an object", part)
        kind = required_text(part, "type", at)
        for key in ("text", "transcript"):
            optional_text(part, key, at)
        if role == "user" and kind == "input_audio":
            audio += decode_audio(part.get("audio", ""), f"{at}.audio")
            kept.append({"type": "input_audio", "transcript": part.get("transcript")})
        elif kind == _TEXT_KINDS[role] or (role == "user" and kind == "input_image"):
            kept.append(part)
        else:
            message = f"Invalid value: {shown(kind)}. Supported values are: '{_TEXT_KINDS[role]}'."
            raise SettingRefused("invalid_value", f"{at}.type", message)
    return Item({**body, "content": kept}, audio, len(audio))


def decode_audio(coded: Any, param: str) -> bytes:
    """Return the bytes of base64 audio. Raises `SettingRefused` for what is none, or too much."""
    if not isinstance(coded, str):
        raise wrong_type(param, "a string", coded)
    try:
        audio = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        message = f"Invalid '{param}'. Expected base64-encoded audio bytes."
        raise SettingRefused("invalid_value", param, message) from None
    if len(audio) > MAX_APPEND:
        message = f"Invalid '{param}': at most {MAX_APPEND // 2**20} MiB of audio per event."
        raise SettingRefused("invalid_value", param, message)
    return audio
