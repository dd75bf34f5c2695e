"""The jitter buffer with a playhead: how much of each part was heard is counted here.

Bytes that were pulled will sound, so what was pulled is what is heard, never less, never more.
Nothing is dropped to keep up: a reply of ten minutes that arrives at once plays whole.

A hold is silence with the place kept. It fades out over 10 ms and comes back over the same 10 ms:
the two pieces add up to what was received, sample for sample, so nothing of it is lost or heard
twice. The place is where the fade begins; a clear while held counts the fade as heard, as every
clear does.
"""

from __future__ import annotations

from array import array
from collections import deque

from s2s import pcm
from s2s.audio.events import Heard, Part, PartPlayed, PartStarted, PlayoutUnderrun

PREBUFFER_MS = (
    60  # evens out the gaps between deltas; a first delta of 100 ms or more waits for none
)
FADE_MS = 10  # of a clear or a hold: short enough to be at once, long enough not to click

Happening = PartStarted | PartPlayed | PlayoutUnderrun


class _Queued:
    """One part: what of it waits, and how much of it was pulled."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.waiting = 0  # bytes
        self.pulled = 0  # bytes
        self.ended = False
        self.rising = 0  # bytes at the front that come back after a hold
        self._pieces: deque[memoryview] = deque()

    def add(self, audio: bytes) -> None:
        self._pieces.append(memoryview(audio))
        self.waiting += len(audio)

    def take(self, size: int) -> bytes:
        """Return the next bytes, at most `size`, as pulled."""
        taken = b""
        while len(taken) < size and self._pieces:
            piece = self._pieces[0]
            wanted = size - len(taken)
            taken += piece[:wanted]
            if wanted < len(piece):
                self._pieces[0] = piece[wanted:]
            else:
                self._pieces.popleft()
        self.waiting -= len(taken)
        self.pulled += len(taken)
        self.rising = max(0, self.rising - len(taken))
        return taken

    def put_back(self, audio: bytes) -> None:
        """Let what was taken last wait again, as if it had not been pulled."""
        self._pieces.appendleft(memoryview(audio))
        self.waiting += len(audio)
        self.pulled -= len(audio)

    @property
    def heard(self) -> Heard:
        return Heard(self.part, pcm.duration_ms(self.pulled))


class Playout:
    """Parts play in the order of their first audio, each to its end; all sizes are bytes of PCM."""

    def __init__(self, prebuffer_ms: float = PREBUFFER_MS) -> None:
        self._prebuffer = pcm.size_of(prebuffer_ms)
        self._parts: deque[_Queued] = deque()
        self._held_back = True  # until the prebuffer is full, or its part has ended
        self._fading = b""  # what a clear or a hold leaves to sound
        self._hold: _Hold | None = None
        self._missing = 0  # bytes of silence in the middle of a part, holds left out
        self._dry_at: int | None = None  # bytes taken when the part ran dry
        self.taken = 0  # bytes, in all: pulled, and skipped while nobody pulled
        self._happened: list[Happening] = []

    @property
    def silent_at_ms(self) -> int:
        """When it falls silent if nothing is added: after all that was pulled, and a fade."""
        return pcm.duration_ms(self.taken + len(self._fading))

    @property
    def heard(self) -> Heard | None:
        """The part under the playhead, and how far into it that is."""
        playing = self._parts[0] if self._parts and self._parts[0].pulled else None
        return playing.heard if playing else None

    def skip(self, size: int) -> None:
        """Let silence pass while there is no speaker: what is queued waits."""
        self.taken += size

    def add(self, part: Part, audio: bytes) -> None:
        """Queue audio of a part behind what is queued already."""
        queued = next((each for each in self._parts if each.part == part), None)
        if queued is None:
            queued = _Queued(part)
            self._parts.append(queued)
        queued.add(audio)

    def end(self, part: Part) -> None:
        """No more audio comes for a part: what is left of it plays, however short."""
        for queued in self._parts:
            if queued.part == part:
                queued.ended = True

    def clear(self) -> tuple[Heard, ...]:
        """Drop what is queued but for a fade; return how much of each part was or will be heard."""
        if self._hold:
            if self._hold.part:  # its fade has sounded, or will
                self._hold.part.take(len(self._hold.faded))
        elif self._sounds:
            rest, whole = self._cut()
            self._fading = rest + _faded(whole)
        heard = tuple(each.heard for each in self._parts)
        self._parts.clear()
        self._hold = None
        self._held_back = True
        self._missing, self._dry_at = 0, None
        return heard

    @property
    def _sounds(self) -> bool:
        """Whether the first part is in the middle of sounding."""
        return bool(self._parts and self._parts[0].pulled and not self._held_back)

    def hold(self) -> None:
        """Fade to silence and keep the place, until `resume` or `clear`; more may be added."""
        if self._hold:
            return
        if not self._sounds:
            self._hold = _Hold()
            return
        first = self._parts[0]
        rest, whole = self._cut()
        faded = _faded(whole)
        first.put_back(_difference(whole, faded))
        first.rising = len(whole)
        self._fading = rest + faded
        self._hold = _Hold(first, whole, faded)

    def _cut(self) -> tuple[bytes, bytes]:
        """Take what is to fade out, and before it what is still coming back from a hold."""
        first = self._parts[0]
        return self._fading + first.take(first.rising), first.take(pcm.size_of(FADE_MS))

    def resume(self) -> None:
        """Go on where it was held: what had faded out comes back with its other half."""
        hold, self._hold = self._hold, None
        if hold and hold.part and len(self._fading) >= len(hold.faded):  # not begun to fade yet
            hold.part.take(len(hold.faded))
            hold.part.put_back(hold.whole)
            self._fading = self._fading[: len(self._fading) - len(hold.faded)]

    def pull(self, size: int) -> tuple[bytes, list[Happening]]:
        """Return exactly `size` bytes, silence where there is nothing, and what that brought."""
        if not self._parts and not self._fading:
            silence = bytes(size)
            self.taken += size
            return silence, []
        pulled = bytearray(self._fading[:size])
        self._fading = self._fading[size:]
        while len(pulled) < size and not self._hold and self._ready():
            pulled += self._take(self._parts[0], size - len(pulled), self.taken + len(pulled))
        if len(pulled) < size:
            self._miss(size - len(pulled), self.taken + len(pulled))
            pulled += bytes(size - len(pulled))
        self.taken += size
        happened, self._happened = self._happened, []
        return bytes(pulled), happened

    def _miss(self, size: int, at: int) -> None:
        """Count silence where a part should sound; a hold's own is none."""
        first = self._parts[0] if self._parts else None
        if first is None or not first.pulled or (self._hold and first.waiting):
            return
        if self._dry_at is None:
            self._dry_at = at
        if not self._hold:
            self._missing += size

    def _ready(self) -> bool:
        """Whether the first part has something to give, or has ended."""
        if not self._parts:
            return False
        first = self._parts[0]
        if self._held_back and (first.ended or first.waiting >= max(2, self._prebuffer)):
            self._held_back = False
        if not self._held_back and not first.waiting and not first.ended:
            self._held_back = True  # ran dry: fill up again before going on
        return not self._held_back

    def _take(self, first: _Queued, size: int, at: int) -> bytes:
        begins = not first.pulled
        taken = first.take(size)
        ends = at + len(taken) if taken or self._dry_at is None else self._dry_at
        if taken and begins:
            self._happened.append(PartStarted(first.part, pcm.duration_ms(at)))
        if self._missing and taken:
            self._happened.append(PlayoutUnderrun(first.part, pcm.duration_ms(self._missing)))
        if taken or first.ended:
            self._missing, self._dry_at = 0, None
        if first.ended and not first.waiting:
            self._parts.popleft()
            self._happened.append(PartPlayed(*first.heard, pcm.duration_ms(ends)))
            self._held_back = not self._parts or not self._parts[0].waiting
        return taken


class _Hold:
    """Where it was held: of which part, what of it fades out, and the same as it was received."""

    def __init__(self, part: _Queued | None = None, whole: bytes = b"", faded: bytes = b"") -> None:
        self.part, self.whole, self.faded = part, whole, faded


def _difference(whole: bytes, faded: bytes) -> bytes:
    pairs = zip(array("h", whole), array("h", faded), strict=True)
    return array("h", [each - less for each, less in pairs]).tobytes()


def _faded(audio: bytes) -> bytes:
    samples = array("h", audio)
    for index in range(len(samples)):
        samples[index] = samples[index] * (len(samples) - index) // (len(samples) + 1)
    return samples.tobytes()
