"""What speech over a reply does: as the user wants it, or as the echo allows.

Without a wish it is confirmed where the speaker's sound is kept out of the microphone. While that
is not known yet, the first reply is guarded for a few seconds even if speech is to interrupt at
once.
"""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.dispatch import Handlers
from s2s.conversation.session_config import BargeInMode, ServerVad, TalkWishes

GUARD_MS = 3_000  # of the first reply: until then a canceller may not have learnt the room
OPENED_MS = 1_000  # of each: the speaker may have been opened again, and its echo have moved
BRIEF_MS = 120  # no word is shorter; what a canceller leaves for a moment is heard for 60 to 110
STAYS = (
    "What cancels the echo does not load on this system. Wear headphones, or have nothing sent "
    "while the assistant speaks (half-duplex)."
)
_TRUSTED = ("judging", "cancelling", "headphones", "platform")


class Mode:
    """Told of the echo, and of how far the first reply has sounded."""

    def __init__(self, wishes: TalkWishes) -> None:
        self._wishes = wishes
        self._echo = ""
        self._first_reply = True  # none has sounded for as long as it is guarded
        self._heard_ms = 0  # of the reply that sounds
        self._doubted = False  # the endpoint alone has heard something over it
        self._learning = False  # a canceller, if there is one, when speech was heard last
        self._brief = False  # that speech was over in a moment
        self._another = False  # it came behind one that was
        self.handlers: Handlers = {
            on.EchoJudged: self._echo_judged,
            on.AudioPlayed: self._audio_played,
        }

    @property
    def now(self) -> BargeInMode:
        """What speech does that begins now."""
        wishes = self._wishes
        if wishes.by_key or wishes.half_duplex or wishes.session.text_only:
            return "instant"
        trusted = self._echo in _TRUSTED and not wishes.recorded
        mode = wishes.barge_in or ("confirm" if trusted else "instant")
        guarded = self._first_reply and self._echo == "judging"
        return "confirm" if mode == "instant" and guarded else mode

    @property
    def pause_ms(self) -> float:
        """After how much silence the endpoint says that speech is over, if it goes by that."""
        by_silence = isinstance(self._wishes.session.turn_detection, ServerVad)
        return self._wishes.pause_ms if by_silence else 0.0

    def speech_opens(self, *, own: bool) -> bool:
        """Something is heard over a reply; return whether that is held for it.

        Where an echo is left the endpoint alone, and not this side (`own`), hears more than one.
        """
        self._learning = self._first_reply or 0 < self._heard_ms < OPENED_MS
        self._another, self._brief = self._brief, False
        again, self._doubted = self._doubted, self._doubted or not own
        return own or not (self.doubts and again)

    def speech_stops(self, lasted_ms: int | None) -> None:
        """The endpoint hears no more; `lasted_ms` counts its padding and the pause.

        Right behind other speech the padding is cut short, and by how much is not told.
        """
        turns = self._wishes.session.turn_detection
        if lasted_ms is not None and isinstance(turns, ServerVad):
            spoken_ms = lasted_ms - turns.prefix_ms - turns.silence_ms
            self._brief = spoken_ms < BRIEF_MS and (spoken_ms > 0 or self._another)

    @property
    def doubts(self) -> bool:
        """Whether it is what is left of an echo, if a detector on this side does not hear it."""
        may_be = self._learning or self._brief
        return may_be and self._echo in ("judging", "cancelling")

    def _echo_judged(self, event: on.EchoJudged) -> list[do.Command]:
        before, self._echo = self._echo, event.doing
        if event.doing == "missing" and before != "missing":
            return [do.Warn(STAYS)]
        return []

    def _audio_played(self, event: on.AudioPlayed) -> list[do.Command]:
        if event.heard:
            self._heard_ms = max(self._heard_ms, event.heard.ms)
            self._first_reply &= self._heard_ms < GUARD_MS
        return []

    def reply_is_over(self) -> None:
        """What sounded has been heard, or was cut."""
        self._first_reply, self._doubted, self._brief, self._heard_ms = False, False, False, 0
