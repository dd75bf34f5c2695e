"""How far the words of a part have been heard: they follow the playhead, not the network."""

from __future__ import annotations

import unicodedata

from s2s import pcm

# Text runs seconds ahead of its audio, so while audio still comes the audio received says little
# about how long the text will take; nobody speaks much faster than this.
MS_PER_CHARACTER = 60
LONGEST_WORD = 20  # characters; what is longer is cut inside
_JOINER = "\u200d"  # makes one sign of the two around it


class Caption:
    """The text of one part and how much of its audio was heard; without audio it is read."""

    def __init__(self) -> None:
        self.text = ""
        self.size = 0  # bytes of PCM that were given to the speaker
        self.has_audio = False  # some has come, whether or not it was given to the speaker
        self.audio_ended = False
        self.over = False  # no more of it will be heard
        self.cut = False  # something of it was not heard, and will not be
        self._broken_off = False  # no more of it comes, and that was not its end
        self._length = 0  # characters heard

    @property
    def heard(self) -> str:
        return self.text[: self._length]

    @property
    def unheard(self) -> str:
        return self.text[self._length :]

    def add(self, text: str) -> None:
        """Take a piece of text; one that comes after a cut changes nothing."""
        if not self.cut:
            self.text += text
            if self.over:
                self._length = len(self.text)

    def move(self, ms: int) -> None:
        """Note where the playhead is; a word that has begun counts, and none is taken back."""
        received_ms = pcm.duration_ms(self.size)
        if not self.audio_ended:
            received_ms = max(received_ms, len(self.text) * MS_PER_CHARACTER)
        if self.over or ms <= 0 or not received_ms:
            return
        reached = word_boundary(self.text, len(self.text) * min(ms, received_ms) // received_ms)
        self._length = max(self._length, reached)

    def break_off(self) -> bool:
        """No more of it comes; return whether it is over by that, and does not play on."""
        if self.over or self.audio_ended:
            return False
        self._broken_off = True
        if not self.size:
            self.over = self.cut = True
        return self.over

    def end(self, ms: int = 0) -> None:
        """It was heard, or can be read, to its end; one that was broken off, for `ms`."""
        if self._broken_off:
            self.stop(ms)
            return
        self.over = True
        self._length = len(self.text)

    def stop(self, ms: int) -> None:
        """It was cut off after `ms`, or was heard whole in the last moment."""
        if ms and self.audio_ended and ms >= pcm.duration_ms(self.size):
            self.end()
            return
        self.move(ms)
        self.over = self.cut = True

    def read_so_far(self) -> None:
        """What has come of a text without audio can be read."""
        self._length = len(self.text)


def word_boundary(text: str, position: int) -> int:
    """Return the end of a word nearest to `position`; long words and CJK are cut anywhere."""
    if position <= 0 or position >= len(text):
        return max(0, min(position, len(text)))
    back, forward = position, position
    while back > 0 and not _is_boundary(text, back):
        back -= 1
    while forward < len(text) and not _is_boundary(text, forward):
        forward += 1
    if forward - back > LONGEST_WORD:
        return position
    return back if position - back < forward - position else forward


def _is_boundary(text: str, position: int) -> bool:
    """Whether a word ends just before `position`."""
    before, after = text[position - 1], text[position]
    if _JOINER in (before, after) or unicodedata.category(after)[0] == "M":
        return False
    if after.isspace():
        return not before.isspace()
    return _is_wide(before) and unicodedata.category(after)[0] != "P"


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
