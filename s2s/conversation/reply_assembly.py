"""The reply as it comes: the audio and the words of each part in order, nothing twice."""

from __future__ import annotations

from typing import AnyStr, Generic

from s2s import pcm
from s2s.conversation.events import Part


class Lane(Generic[AnyStr]):
    """Lets the pieces of one part through at once; a later part waits until that one has ended."""

    def __init__(self, nothing: AnyStr) -> None:
        self._nothing: AnyStr = nothing
        self._current: Part | None = None
        self._waiting: dict[Part, list[AnyStr]] = {}
        self._ended: set[Part] = set()

    def add(self, part: Part, piece: AnyStr) -> AnyStr:
        """Take a piece; return it if its part has the way."""
        if self._current is None:
            self._current = part
        if part == self._current:
            return piece
        self._waiting.setdefault(part, []).append(piece)
        return self._nothing

    def end(self, part: Part) -> AnyStr:
        """No more comes for `part`; return what waited for that."""
        self._ended.add(part)
        freed = []
        while self._current in self._ended:
            self._current = min(self._waiting, key=_order, default=None)
            if self._current is not None:
                freed += self._waiting.pop(self._current)
        return self._nothing.join(freed)

    def finish(self) -> AnyStr:
        """Nothing more comes at all; return whatever still waits."""
        rest = [
            self._nothing.join(self._waiting[part]) for part in sorted(self._waiting, key=_order)
        ]
        self._waiting.clear()
        self._current = None
        return self._nothing.join(rest)


class Reply:
    """Collects one response: keeps its parts apart and gives their audio and words in order."""

    def __init__(self) -> None:
        self.audio_size = 0  # bytes of PCM passed on
        self._audio = Lane(b"")
        self._words = Lane("")
        self._texts: dict[Part, str] = {}
        self._half: dict[Part, bytes] = {}  # the first byte of a sample whose second is to come

    @property
    def text(self) -> str:
        """All that was said or written, a line for each part."""
        parts = sorted(self._texts, key=_order)
        return "\n".join(self._texts[part] for part in parts if self._texts[part])

    def add_audio(self, part: Part, audio: bytes) -> bytes:
        """Take audio, cut anywhere; return the whole samples that may be heard now."""
        audio = self._half.pop(part, b"") + audio
        whole = len(audio) - len(audio) % pcm.SAMPLE_SIZE
        if whole < len(audio):
            self._half[part] = audio[whole:]
        return self._pass(self._audio.add(part, audio[:whole]))

    def end_audio(self, part: Part) -> bytes:
        """No more audio comes for `part`; return the audio that waited for that."""
        return self._pass(self._audio.end(part))

    def end(self) -> tuple[bytes, str]:
        """The response is over; return the audio and the words that still wait."""
        return self._pass(self._audio.finish()), self._words.finish()

    def add_text(self, part: Part, text: str) -> str:
        """Take a piece of text; return the piece to show, on a line of its own for a new part."""
        begins = part not in self._texts
        others = any(self._texts.values())
        self._texts[part] = self._texts.get(part, "") + text
        return self._words.add(part, f"\n{text}" if begins and others and text else text)

    def end_text(self, part: Part, whole: str) -> str:
        """Take the whole text of a part; return what no piece has brought before."""
        if part not in self._texts and whole in self._texts.values():
            return ""  # its pieces came without the ids that the whole has
        known = self._texts.get(part, "")
        rest = whole[len(known) :] if whole.startswith(known) else ""
        return (self.add_text(part, rest) if rest else "") + self._words.end(part)

    def _pass(self, audio: bytes) -> bytes:
        self.audio_size += len(audio)
        return audio


def _order(part: Part) -> tuple[int, int]:
    return part.output_index, part.content_index
