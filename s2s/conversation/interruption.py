"""What the speaker was given, and what an interruption leaves of it in the conversation.

The endpoint remembers what the user heard and no more: a part that was cut is truncated to what
left the speaker, an item of which nothing was heard is deleted, one that was heard whole stays.
"""

from __future__ import annotations

from dataclasses import dataclass

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation.events import Heard, Part


@dataclass(slots=True)
class _Given:
    """A part in the speaker's queue."""

    size: int = 0  # bytes of PCM
    half: bytes = b""  # the first byte of a sample whose second is to come
    ended: bool = False
    started: bool = False


class Playing:
    """The parts that the speaker has and has not played to their end."""

    def __init__(self) -> None:
        self._parts: dict[Part, _Given] = {}

    def __bool__(self) -> bool:
        return bool(self._parts)

    @property
    def audible(self) -> bool:
        """Whether a part sounds."""
        return any(given.started for given in self._parts.values())

    def give(self, part: Part, audio: bytes) -> list[do.Command]:
        """Pass on audio that was cut anywhere, in whole samples."""
        given = self._parts.setdefault(part, _Given())
        audio = given.half + audio
        whole = len(audio) - len(audio) % pcm.SAMPLE_SIZE
        given.half = audio[whole:]
        given.size += whole
        return [do.PlayAudio(part, audio[:whole])] if whole else []

    def end(self, part: Part) -> list[do.Command]:
        """No more audio comes for `part`."""
        given = self._parts.get(part)
        if given is None or given.ended:
            return []
        if not given.size:
            del self._parts[part]
            return []
        given.ended = True
        return [do.EndPart(part)]

    def end_response(self, response_id: str) -> list[do.Command]:
        """No more audio comes for any part of a response, whether or not each was ended."""
        parts = [p for p in self._parts if not response_id or p.response_id in ("", response_id)]
        return [command for part in parts for command in self.end(part)]

    def end_all(self) -> list[do.Command]:
        """No more audio comes at all."""
        return [command for part in list(self._parts) for command in self.end(part)]

    def started(self, part: Part) -> None:
        if part in self._parts:
            self._parts[part].started = True

    def played(self, part: Part) -> None:
        self._parts.pop(part, None)

    def cleared(self, heard: tuple[Heard, ...]) -> list[do.Command]:
        """Return what the endpoint must forget of the parts that were cut."""
        items = {part.item_id for part, ms in heard if ms}
        forget: dict[do.Command, None] = {}  # in order, and each once
        for part, ms in heard:
            given = self._parts.pop(part, None)
            if given is None or not part.item_id:
                continue
            if part.item_id not in items:
                forget[do.DeleteItem(part.item_id)] = None
            elif ms and not (given.ended and ms >= pcm.duration_ms(given.size)):
                forget[do.TruncateItem(part.item_id, part.content_index, ms)] = None
        return list(forget)
