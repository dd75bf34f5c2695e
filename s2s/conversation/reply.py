"""The reply as it comes: audio of each part in order, words without repetition."""

from __future__ import annotations

from s2s.conversation.events import Part


class Reply:
    """Collects one response: keeps parts apart and gives their audio and text in order.

    The audio of a part is passed on at once; the audio of a part that begins before the one
    before it has ended waits for it, so that parts never mix in a file.
    """

    def __init__(self) -> None:
        self.audio_size = 0  # bytes of PCM passed on
        self._speaking: Part | None = None
        self._waiting: dict[Part, list[bytes]] = {}
        self._ended: set[Part] = set()
        self._texts: dict[Part, str] = {}

    @property
    def text(self) -> str:
        """All that was said or written, a line for each part."""
        return "\n".join(text for text in self._texts.values() if text)

    def add_audio(self, part: Part, pcm: bytes) -> bytes:
        """Take audio; return the audio that may be heard now."""
        if self._speaking is None:
            self._speaking = part
        if part != self._speaking:
            self._waiting.setdefault(part, []).append(pcm)
            return b""
        return self._pass(pcm)

    def end_audio(self, part: Part) -> bytes:
        """No more audio comes for `part`; return the audio that waited for that."""
        self._ended.add(part)
        heard = bytearray()
        while self._speaking in self._ended:
            self._speaking = min(self._waiting, key=_order, default=None)
            if self._speaking is not None:
                heard += b"".join(self._waiting.pop(self._speaking))
        return self._pass(bytes(heard))

    def end(self) -> bytes:
        """The response is over; return whatever audio still waits."""
        rest = b"".join(b"".join(self._waiting[part]) for part in sorted(self._waiting, key=_order))
        self._waiting.clear()
        return self._pass(rest)

    def add_text(self, part: Part, text: str) -> str:
        """Take a piece of text; return the piece to show, on a line of its own for a new part."""
        begins = part not in self._texts
        before = self.text
        self._texts[part] = self._texts.get(part, "") + text
        return f"\n{text}" if begins and before and text else text

    def end_text(self, part: Part, whole: str) -> str:
        """Take the whole text of a part; return what no piece has brought before."""
        if part not in self._texts and whole in self._texts.values():
            return ""  # its pieces came without the ids that the whole has
        known = self._texts.get(part, "")
        if whole.startswith(known):
            return self.add_text(part, whole[len(known) :]) if whole != known else ""
        return ""

    def _pass(self, pcm: bytes) -> bytes:
        self.audio_size += len(pcm)
        return pcm


def _order(part: Part) -> tuple[int, int]:
    return part.output_index, part.content_index
