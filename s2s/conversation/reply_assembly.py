"""The reply as it comes: the audio and the words of each part in order, nothing twice."""

from __future__ import annotations

from typing import AnyStr, Generic

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
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


class ReplyAssembly:
    """Collects one response: keeps its parts apart and gives their audio and words in order."""

    def __init__(self) -> None:
        self.audio_size = 0  # bytes of PCM passed on
        self._audio = Lane(b"")
        self._words = Lane("")
        self._texts: dict[Part, str] = {}
        self._samples: dict[Part, pcm.WholeSamples] = {}

    @property
    def text(self) -> str:
        """All that was said or written, a line for each part."""
        parts = sorted(self._texts, key=_order)
        return "\n".join(self._texts[part] for part in parts if self._texts[part])

    def add_audio(self, part: Part, audio: bytes) -> bytes:
        """Take audio, cut anywhere; return the whole samples that may be heard now."""
        whole = self._samples.setdefault(part, pcm.WholeSamples()).take(audio)
        return self._pass(self._audio.add(part, whole))

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


Piece = on.AudioReceived | on.AudioEnded | on.TextReceived | on.TextEnded


class ReplyOrders:
    """Has a reply written and shown as it comes."""

    def __init__(self) -> None:
        self.reply = ReplyAssembly()

    def take(self, piece: Piece) -> list[do.Command]:
        """Return what to do about a piece of the reply, or the end of a part."""
        if isinstance(piece, on.AudioReceived):
            return _write(self.reply.add_audio(piece.part, piece.pcm))
        if isinstance(piece, on.AudioEnded):
            return _write(self.reply.end_audio(piece.part))
        if isinstance(piece, on.TextReceived):
            return _show(self.reply.add_text(piece.part, piece.text))
        return _show(self.reply.end_text(piece.part, piece.text))

    def end(self, ended: on.ResponseEnded) -> list[do.Command]:
        """Return what to do about what still waits when the response is over."""
        audio, words = self.reply.end()
        commands = _write(audio) + _show(words)
        for part, text in () if self.reply.text else ended.texts:
            commands += _show(self.reply.end_text(part, text))
        return commands

    def end_line(self) -> list[do.Command]:
        """Close the line in which the words are shown."""
        return [do.ShowText("assistant", "", ends=True)] if self.reply.text else []

    def restart(self) -> list[do.Command]:
        """Another response replaces what has come."""
        begun, self.reply = self.reply, ReplyAssembly()
        return [do.RestartReply()] if begun.text or begun.audio_size else []


def _write(audio: bytes) -> list[do.Command]:
    return [do.WriteAudio(audio)] if audio else []


def _show(text: str) -> list[do.Command]:
    return [do.ShowText("assistant", text)] if text else []
