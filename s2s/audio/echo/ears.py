"""The link of the chain that hears the microphone: cancels, judges whether that is needed, detects.

    raw chunk, reference > canceller, or round it > detector of speech > inbox

It works on the chain's worker but for `played`, which copies.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Literal

from s2s import pcm
from s2s.audio.devices.protocols import Post
from s2s.audio.echo.aec3 import CHUNK, DELAY, Aec3, Engine, loads_canceller
from s2s.audio.echo.canceller import RestingCanceller
from s2s.audio.echo.distance import Distance
from s2s.audio.echo.judge import Judge, Leak
from s2s.audio.echo.leftover import give_back
from s2s.audio.echo.reduction import Reduction
from s2s.audio.echo.reference import Reference
from s2s.audio.echo.verdict import HARMLESS_DB, Verdict
from s2s.audio.echo.voice import Detector, Voice, best_detector
from s2s.audio.events import Doing, EchoJudged, Heard, Times
from s2s.audio.live.chain import Taken

Wanted = Literal["auto", "cancel", "platform"]

SOUNDS = pcm.size_of(400)  # how long after the last sound it still counts as sounding
_LOOK_EVERY, _LATER_LOOK_EVERY = 3, 10  # chunks that count
_UNSURE = pcm.size_of(600)  # of sound, after a speaker was opened: it may be off by a block
_NEW = 100  # chunks of sound, 2 s: a canceller has just begun to learn
_MEASURED = pcm.size_of(200)  # of sound, before an echo is looked for
_EARLY = 150  # chunks, 3 s
_UNPLACED = 50  # chunks, 1 s: an echo is found within half a second
_PAUSE = 20  # chunks between words, 400 ms
_FADED = pcm.size_of(60)  # of silence after a reply: a hold, and no pause between two sounds
_TOO_LOUD_DB = -5.0  # of an echo, to be let through behind a reply
_ABOVE_DB = 3.0  # the loudest echo, as it was measured: what is louder is a voice
_LOUDER_DB = 12.0  # than the loudest echo that there can be: somebody talks


class Ears:
    """What a chain calls its canceller."""

    def __init__(
        self,
        post: Post,
        wanted: Wanted,
        hint_ms: Callable[[], float | None] = lambda: None,
        cancelled: Callable[[], bool] = lambda: False,
        *,
        engine: Callable[[float | None], Engine] = Aec3,
        detector: Callable[[], Detector] = best_detector,
        loads: Callable[[], bool] = loads_canceller,
    ) -> None:
        """Begin with `load`.

        `hint_ms` says how late an echo comes, once the devices are open and if that is known;
        `cancelled`, which may take its time, whether the system takes the echo out by itself, of
        the devices that are used then. `wanted` is `platform` where nothing else can.
        """
        self._post, self._wanted = post, wanted
        self._hint_ms, self._cancelled = hint_ms, cancelled
        self._by_system = self._missing = False
        self._new_detector, self._loads = detector, loads
        self._reference = Reference()
        self._replying = False  # a part is under the playhead, held or not
        self._canceller = RestingCanceller(lambda: engine(self._hint_ms()))
        self._voice: Voice | None = None
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._judge, self._verdict = Judge(), Verdict()
        self._reduction = Reduction()
        self._leak: Leak | None = None
        self._distance = Distance()
        self._unplaced: deque[tuple[bytes, int]] = deque(maxlen=_UNPLACED)  # chunks, and where
        self._sounded = 0  # as it was when last looked at
        self._lives = False  # the microphone has given something: it is not muted
        self._looks = 0
        self._talked = 0  # chunks until a pause is one
        self._guessed = False  # that it was no echo that was let through
        self._interrupted = False  # the user speaks, and what was said over sounds no more

    # --- from the chain

    def load(self) -> None:
        self._see_who_cancels()
        self._voice = Voice(self._new_detector())
        give_back()
        self._tell()

    def _see_who_cancels(self) -> None:
        self._by_system = self._cancelled()
        wanted = not (self._by_system or self._wanted == "platform")
        self._missing = wanted and not self._loads()

    def reopened(self) -> None:
        self._hint_ms = _none  # it was that of another pair
        self._see_who_cancels()
        self._canceller.forget()
        self._begin_anew()
        self._tell()

    def played(self, block: bytes, at: int, times: Times | None, heard: Heard | None) -> None:
        self._replying = heard is not None
        self._reference.played(block, at, times)
        self._canceller.ready |= times is not None

    def cleaned(self, chunk: bytes, at: int, taken: Taken) -> bytes:
        given = b""
        for first in range(0, len(chunk), CHUNK):
            near = chunk[first : first + CHUNK]
            # Of chunks that come together, the speaker had taken less when the first was captured.
            behind = max(0, len(chunk) - first - CHUNK)
            piece = self._piece(
                near.ljust(CHUNK, b"\0"), at + first, taken.size - behind, taken.evenly - behind
            )
            given += piece[: len(near)]
        return given

    # --- a piece of 20 ms

    def _piece(self, near: bytes, at: int, taken: int, evenly: float) -> bytes:
        if self._leaves:
            quiet = self._reference.quiet_for(at)
            self._listen(near, at, quiet)
            return near
        far = self._reference.beside(at, CHUNK, taken, evenly)
        quiet = self._reference.quiet_beside(at)
        gives = near.count(0) != CHUNK
        self._lives |= gives
        # Zeros are silence before an echo was heard, and a microphone that is muted after that.
        if quiet < SOUNDS and (gives or (self._lives and self._choice == "judging")):
            if self._wanted == "auto" or not self._distance.known:  # else nothing is asked
                self._judge.hear(near, far)
            self._looks += 1
            if self._choice == "cancelling" and self._puts_right(near, at):
                far = self._reference.again(at, CHUNK)
            self._look()
        headphones = self._choice == "headphones"
        if headphones:
            self._canceller.rest()
        self._interrupted = quiet >= _FADED and (self._interrupted or self._is_interrupted(near))
        go_round = headphones or self._interrupted
        go_round |= self._choice == "judging" and self._talks(near)
        wanted = pcm.size_of(10_000) if headphones else quiet
        cleaned = self._canceller.clean(near, far, wanted, go_round=go_round)
        self._listen(cleaned, at - DELAY, quiet)
        if self._choice == "cancelling":
            self._measure(near, cleaned, quiet)
        return cleaned

    @property
    def _leaves(self) -> bool:
        """Whether the echo is left to the system, or cannot be helped."""
        return self._by_system or self._missing or self._wanted == "platform"

    @property
    def _choice(self) -> str:
        return self._verdict.choice if self._wanted == "auto" else "cancelling"

    def _look(self) -> None:
        """Judge whether the speaker reaches the microphone."""
        early = self._choice == "judging" and self._looks < _EARLY
        every = _LOOK_EVERY if early else _LATER_LOOK_EVERY
        every = 1 if early and (self._leak is None or self._leak.guess) else every
        if self._wanted == "auto" and self._looks % every == 0:
            self._leak = self._judge.leak(self._verdict.asks)
            if self._verdict.looked(self._leak):
                self._reduction = Reduction()
                self._tell()

    def _puts_right(self, near: bytes, at: int) -> bool:
        """Measure where the echo is after the speaker was opened; return whether that was wrong.

        Until then the canceller learns a wrong delay, and would fall back to it seconds later, for
        a tenth of a second. So it hears those chunks once more, beside what belongs there.
        """
        if self._reference.sounded < self._sounded:  # opened again
            self._distance.opened()
            self._judge.forget()
            self._unplaced.clear()
        self._sounded = self._reference.sounded
        if self._distance.known:
            return False
        if self._sounded >= _MEASURED and self._looks % _LOOK_EVERY == 0:
            echo = self._judge.found()
            if off_ms := self._distance.looked(echo.delay_ms, echo.found_db):
                self._reference.move(off_ms)
                self._judge.forget()
                for earlier, place in self._unplaced:
                    self._canceller.unlearn(earlier, self._reference.again(place, CHUNK))
                return True
        self._unplaced.append((near, at))
        return False

    def _talks(self, near: bytes) -> bool:
        """Whether somebody is so much louder than any echo can be that none needs cancelling."""
        self._talked -= 1
        if self._leak is None or (self._leak.found_db or HARMLESS_DB) > HARMLESS_DB:
            return False
        if 0 < self._loudest_echo(_LOUDER_DB) < pcm.level(near):
            self._talked = _PAUSE
            self._guessed |= self._leak.guess
        return self._talked > 0

    def _is_interrupted(self, near: bytes) -> bool:
        """Whether the user is heard over what is left of a reply that fell silent, a hold's too.

        For a moment the canceller takes both out. An echo as loud as the user is worse than that.
        """
        speaks = self._voice is not None and self._voice.speaks
        if (self._verdict.leak_db or 0.0) > _TOO_LOUD_DB:
            return False
        return speaks and 0 < self._loudest_echo(_ABOVE_DB) < pcm.level(near)

    def _listen(self, chunk: bytes, at: int, quiet: int) -> None:
        if self._voice:
            wanted = self._replying or quiet < SOUNDS
            probability = self._canceller.speech_probability
            least = self._loudest_echo(_ABOVE_DB) if self._choice == "headphones" else 0.0
            if fact := self._voice.hear(
                chunk, at, probability, wanted=wanted, sure=self._sure, least=least
            ):
                self._post(fact)

    @property
    def _sure(self) -> bool:
        """Whether what begins now is a voice, and not what may be left of an echo."""
        if self._choice == "judging":
            return not self._guessed
        new = not self._leaves and self._looks < _NEW
        return self._choice == "headphones" or (self._reference.sounded >= _UNSURE and not new)

    def _loudest_echo(self, above_db: float) -> float:
        """Return how loud the speaker can be at the microphone of late, and so much more."""
        leak_db = self._verdict.leak_db
        if leak_db is None and self._leak:
            leak_db = self._leak.at_most_db
        return 0.0 if leak_db is None else self._judge.loudest * 10 ** ((leak_db + above_db) / 20)

    def _measure(self, near: bytes, cleaned: bytes, quiet: int) -> None:
        """Tell how much is taken out, when a reply is over and that has changed."""
        speaks = self._voice is not None and self._voice.speaks
        if quiet < 0 and not speaks:
            self._reduction.hear(near, cleaned)
        elif quiet >= SOUNDS and self._reduction.settled():
            self._tell()

    def _tell(self) -> None:
        if self._leaves:
            otherwise: Doing = "missing" if self._missing else "off"
            self._post(EchoJudged("platform" if self._by_system else otherwise))
        elif self._choice == "judging":
            self._post(EchoJudged("judging"))
        elif self._choice == "headphones":
            self._post(EchoJudged("headphones", leak_db=_rounded(self._verdict.leak_db)))
        else:
            told = self._reduction.db
            leak = _rounded(self._verdict.leak_db)
            self._post(EchoJudged("cancelling", _rounded(told), leak))


def _none() -> None:
    return None


def _rounded(db: float | None) -> float | None:
    return None if db is None else round(db, 1)
