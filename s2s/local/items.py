"""The conversation's items in their order, and what clients may do to them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from s2s import pcm
from s2s.local.settings import SettingRefused

Json = dict[str, Any]
MAX_APPEND = 15 * 2**20  # bytes of audio in one event, as the API has it
KEPT_AUDIO = pcm.size_of(5 * 60_000)  # bytes of users' audio that can be retrieved again
_TEXT_KINDS = {"user": "input_text", "system": "input_text", "assistant": "output_text"}


@dataclass(slots=True)
class Item:
    """A message, a function call or its output. Audio is kept beside the JSON, not in it."""

    body: Json
    audio: bytes = b""  # of a user's message; only the newest items keep theirs
    spoken_size: int = 0  # bytes of PCM the user's message came with
    audio_size: int = 0  # bytes of PCM the assistant's message was sent with

    @property
    def id(self) -> str:
        return str(self.body["id"])

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
                f"Error adding item: an item with ID '{item.id}' already exists.",
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
        content = item.body.get("content", [])
        if item.body.get("role") != "assistant" or not 0 <= content_index < len(content):
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
        content[content_index].pop("transcript", None)

    def all(self) -> list[Item]:
        return list(self._items)

    def last_id(self) -> str | None:
        return self._items[-1].id if self._items else None

    def _index(self, item_id: str, param: str) -> int:
        for index, item in enumerate(self._items):
            if item.id == item_id:
                return index
        raise SettingRefused(
            "item_retrieve_invalid_item_id", param, f"Item with id '{item_id}' does not exist."
        )


def client_item(given: Any, new_id: str) -> Item:
    """Return the item a client creates. Raises `SettingRefused` for a shape the API refuses."""
    if not isinstance(given, dict):
        raise SettingRefused("missing_required_parameter", "item", "Missing: 'item'.")
    body = {"object": "realtime.item", "status": "completed", **given, "id": new_id}
    kind = given.get("type")
    if kind == "message":
        return _message(body)
    if kind in ("function_call", "function_call_output"):
        return Item(body)
    raise SettingRefused(
        "invalid_value", "item.type", f"Invalid value: {kind!r}. Supported: 'message', …"
    )


def _message(body: Json) -> Item:
    role = body.get("role")
    content = body.get("content")
    if not isinstance(role, str) or role not in _TEXT_KINDS or not isinstance(content, list):
        raise SettingRefused("invalid_value", "item.role", f"Invalid role: {role!r}.")
    audio = b""
    kept = []
    for index, part in enumerate(content):
        kind = part.get("type") if isinstance(part, dict) else None
        if role == "user" and kind == "input_audio":
            audio += decode_audio(part.get("audio"), f"item.content[{index}].audio")
            kept.append({"type": "input_audio", "transcript": part.get("transcript")})
        elif kind == _TEXT_KINDS[role] or (role == "user" and kind == "input_image"):
            kept.append(part)
        else:
            raise SettingRefused(
                "invalid_value",
                f"item.content[{index}].type",
                f"Invalid value: {kind!r}. Supported values are: '{_TEXT_KINDS[role]}'.",
            )
    return Item({**body, "content": kept}, audio, len(audio))


def decode_audio(coded: Any, param: str) -> bytes:
    """Return the bytes of base64 audio. Raises `SettingRefused` for what is none, or too much."""
    try:
        audio = base64.b64decode(coded or "", validate=True)
    except (binascii.Error, TypeError, ValueError):
        message = f"Invalid '{param}'. Expected base64-encoded audio bytes."
        raise SettingRefused("invalid_value", param, message) from None
    if len(audio) > MAX_APPEND:
        message = f"Invalid '{param}': at most {MAX_APPEND // 2**20} MiB of audio per event."
        raise SettingRefused("invalid_value", param, message)
    return audio
