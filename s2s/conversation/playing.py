"""What the speaker was given, and what an interruption leaves of it in the conversation.

The endpoint remembers what the user heard and no more: a part that was cut is truncated to what
left the speaker, an item of which nothing was heard is deleted, one that was heard whole stays.
What was heard belongs to the item, over all of its parts, and over a pause in which a part had
been played to its end and more of it came afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation.events import Heard, Part
from s2s.conversation.response import Cut

_Item = tuple[str, str]  # of a response and of an item in it: an id may be used again


@dataclass(slots=True)
class _Given:
    """A part in the speaker's queue."""

    giver: object  # the response that it is of
    size: int = 0  # bytes of PCM
    samples: pcm.WholeSamples = field(default_factory=pcm.WholeSamples)
    ended: bool = False
    resumed: bool = False  # more came after its end
    started: bool = False


class Playing:
    """The parts that the speaker has and has not played to their end."""

    def __init__(self) -> None:
        self.halted = False  # there is no speaker: nothing sounds
        self._parts: dict[Part, _Given] = {}
        self._heard: dict[_Item, dict[Part, int]] = {}  # ms, of what was played or cut
        self._givers: dict[str, object] = {}  # responses by their ids, which may be used again

    def __bool__(self) -> bool:
        return bool(self._parts)

    @property
    def unfinished(self) -> bool:
        """Whether more is to come of a part."""
        return any(not given.ended for given in self._parts.values())

    @property
    def audible(self) -> bool:
        """Whether a part sounds."""
        return any(given.started for given in self._parts.values())

    @property
    def items(self) -> set[str]:
        """Return the items of which something sounds, or is to."""
        return {part.item_id for part in self._parts}

    def give(self, part: Part, audio: bytes, giver: object = None) -> list[do.Command]:
        """Pass on audio of the response `giver` that was cut anywhere, in whole samples."""
        if not audio:
            return []
        if self._givers.setdefault(part.response_id, giver) is not giver:
            self._givers[part.response_id] = giver
            others = (each for each in self._heard.items() if each[0][0] != part.response_id)
            self._heard = dict(others)
        given = self._parts.setdefault(part, _Given(giver))
        given.giver = giver
        whole = given.samples.take(audio)
        given.size += len(whole)
        if given.ended and whole:
            given.ended, given.resumed = False, True
        return [do.PlayAudio(part, whole)] if whole else []

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

    def end_all_of(self, giver: object) -> list[do.Command]:
        """No more audio comes for any part of a response, whether or not each was ended."""
        parts = [part for part, given in self._parts.items() if given.giver is giver]
        return [command for part in parts for command in self.end(part)]

    def end_all(self) -> list[do.Command]:
        """No more audio comes at all."""
        return [command for part in list(self._parts) for command in self.end(part)]

    def started(self, part: Part) -> None:
        if part in self._parts:
            self._parts[part].started = True

    def played(self, part: Part, ms: int) -> None:
        """The speaker has played a part to its end, but for what came after that."""
        given = self._parts.pop(part, None)
        if given is None:
            return
        self._hear(part, ms)
        if given.resumed and (rest := given.size - pcm.size_of(ms + 1)) > 0:
            self._parts[part] = _Given(given.giver, rest, given.samples, given.ended)

    def cleared(self, heard: tuple[Heard, ...]) -> list[Cut]:
        """Return the items whose end was not heard."""
        cut = [(part, ms, self._parts.pop(part, None)) for part, ms in heard]
        for part, ms, given in cut:
            if given:
                self._hear(part, ms)
        cuts: dict[Cut, None] = {}  # in order, and each once
        for part, ms, given in cut:
            whole = given and given.ended and ms and ms >= pcm.duration_ms(given.size)
            if given is None or whole or not part.item_id:
                continue
            parts = self._heard[part[:2]]
            if any(parts.values()):  # of the item, in whichever of its parts
                cuts[Cut(part.item_id, part.content_index, parts[part])] = None
            else:
                cuts[Cut(part.item_id)] = None
        return list(cuts)

    def _hear(self, part: Part, ms: int) -> None:
        parts = self._heard.setdefault(part[:2], {})
        parts[part] = parts.get(part, 0) + ms
