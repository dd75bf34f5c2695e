"""What the user says over a reply: held first, decided later.

At the first sign of speech, on this side or from the endpoint, the playout is held. What goes on
interrupts, cut at the place that was heard. What was short lets the reply go on, and its words
decide when they come: none, or such as only show that somebody listens, and the item is deleted;
any other interrupt then, and are answered.
"""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.backchannel import Backchannel
from s2s.conversation.barge_in_mode import Mode
from s2s.conversation.capture import Capture
from s2s.conversation.deciding import Deciding
from s2s.conversation.dispatch import Handlers
from s2s.conversation.error_policy import Once
from s2s.conversation.hearing import Hearing, Words
from s2s.conversation.phases import Timer
from s2s.conversation.playing import Playing
from s2s.conversation.responses import Replies
from s2s.conversation.session_config import BargeInMode, TalkWishes
from s2s.conversation.session_setup import Setup
from s2s.conversation.shutdown import Departure, Stage
from s2s.conversation.speech import CROSSED_MS, NOISE, OVER_A_REPLY, QUIET_MS, WORDS_MS, Speech


class BargeIn:
    """Told of speech as it is heard on either side, of its words, and of every other fact."""

    def __init__(
        self,
        wishes: TalkWishes,
        setup: Setup,
        capture: Capture,
        hearing: Hearing,
        words: Words,
        replies: Replies,
        playing: Playing,
        departure: Departure,
        once: Once,
    ) -> None:
        self._wishes, self._setup, self._capture = wishes, setup, capture
        self._hearing, self._words = hearing, words
        self._replies, self._playing, self._departure = replies, playing, departure
        self._once = once
        self._mode = Mode(wishes)
        self._deciding = Deciding(wishes.session.turn_detection, setup, replies, once)
        language = next((each.language for each in wishes.transcription), "")
        self._backchannel = Backchannel(language, wishes.backchannels)
        self.held = False
        self._speech = Speech.NONE
        self._told = False  # the endpoint has heard that speech too
        self._cut_too = True  # and was to stop its reply for it
        self._own = False  # it was heard on this side
        self._voice = False  # it goes on, on this side
        self._taken = False  # it is an item
        self._long = False  # it has lasted long enough, and a pause is in it
        self._unknown: list[str] = []  # items whose words decide
        self._away = False  # there is no session
        self.handlers: Handlers = {
            on.VoiceStarted: self._voice_started,
            on.VoiceStopped: self._voice_stopped,
            **self._mode.handlers,
        }

    @property
    def _over_reply(self) -> bool:
        """Whether what is said now is said over a reply, if only one that is about to sound."""
        return bool(self._playing) or (not self._deciding.wanted and self._replies.awaited)

    @property
    def _mode_now(self) -> BargeInMode:
        """What speech does that begins now, with this endpoint."""
        return "instant" if self._deciding.unfit else self._mode.now

    # --- speech

    def _voice_started(self, event: on.VoiceStarted) -> list[do.Command]:
        deaf = self._departure.deaf or self._capture.muted
        if self._mode_now != "confirm" or deaf:
            return []
        self._voice = True
        if self._speech is not Speech.OPEN:
            return self._open(self._wishes.confirm_ms, own=True) if self._over_reply else []
        commands: list[do.Command] = [do.CancelTimer(Timer.QUIET)]
        if self._long:
            return [*commands, *self._interrupt(ask=self._taken)]
        if not self._own:
            self._own = True
            commands += [*self._hold(), do.StartTimer(Timer.CONFIRM, self._wishes.confirm_ms)]
        return commands

    def _voice_stopped(self, event: on.VoiceStopped) -> list[do.Command]:
        self._voice = False
        waits = self._speech is Speech.OPEN and self._own
        return [do.StartTimer(Timer.QUIET, QUIET_MS)] if waits else []

    def speech_started(self) -> list[do.Command]:
        """The endpoint hears speech."""
        known = self._speech is Speech.OPEN or (self._speech is Speech.SHORT and not self._told)
        self._told, self._cut_too = True, self._deciding.by_endpoint
        if known:
            return []
        mode = self._mode_now
        if self._over_reply and mode == "confirm":
            return self._open(self._wishes.confirm_ms + self._mode.pause_ms, own=False)
        if self._over_reply and mode == "never":
            self._speech = Speech.PASSED
            return []
        self._speech = Speech.MEANT
        return self._silence() + self._replies.interrupt(cancel=not self._deciding.by_endpoint)

    def speech_stopped(self) -> list[do.Command]:
        """The endpoint hears no more of it."""
        self._mode.speech_stops(self._hearing.lasted_ms)
        return self._short() if self._speech is Speech.OPEN and not self._own else []

    def _open(self, ms: float, *, own: bool) -> list[do.Command]:
        """Hold, and see how long it lasts."""
        self._speech, self._own, self._long, self._taken = Speech.OPEN, own, False, False
        self._told = self._hearing.speech
        holds = self._mode.speech_opens(own=own)
        return [*(self._hold() if holds else []), do.StartTimer(Timer.CONFIRM, ms)]

    def _hold(self) -> list[do.Command]:
        before, self.held = self.held, True
        return [] if before else [do.HoldPlayout()]

    def _short(self) -> list[do.Command]:
        """It was short: let the reply go on until the words are known."""
        self._speech = Speech.SHORT
        commands = self._let_go(do.ResumePlayout())
        return commands if self._setup.transcribes else commands + self._all_noise()

    def _let_go(self, command: do.Command) -> list[do.Command]:
        if not self.held:
            return []
        self.held = False
        return [do.CancelTimer(Timer.CONFIRM), do.CancelTimer(Timer.QUIET), command]

    def _silence(self) -> list[do.Command]:
        held = self._let_go(do.ClearPlayout())
        return held or ([do.ClearPlayout()] if self._playing else [])

    def _interrupt(self, *, ask: bool) -> list[do.Command]:
        """It is meant: the reply is over; ask for an answer if what was said is an item by now."""
        self._speech = Speech.MEANT
        commands = self._silence() + self._replies.interrupt(cancel=True)
        return commands + (self._ask() if ask else [])

    def by_user(self) -> list[do.Command]:
        """A key: fall silent at once, whatever was to be decided."""
        if self._speech is Speech.OPEN:
            self._speech = Speech.MEANT
        return self._silence() + self._replies.interrupt(cancel=True)

    # --- what becomes of it

    def committed(self, item_id: str, *, spoken: bool) -> list[do.Command]:
        """A turn is an item; not `spoken` and not heard here, it is the endpoint's own idea."""
        speech = self._speech
        if speech is not Speech.OPEN:
            self._speech = Speech.NONE
        if self._deciding.by_endpoint or (speech is Speech.NONE and not spoken):
            return self._left_to_endpoint(speech)
        self._deciding.kept = True
        if speech in (Speech.NONE, Speech.MEANT):
            return self._ask()
        if speech is Speech.PASSED:
            return self._discard(item_id) if self._over_reply else self._ask()
        self._unknown.append(item_id)
        self._taken = True
        if speech is Speech.SHORT and self._mode.doubts and not self._own:
            return self._discard(item_id)
        if speech is Speech.SHORT and not self._setup.transcribes:
            return self._all_noise()
        return [do.StartTimer(Timer.WORDS, WORDS_MS)]

    def _left_to_endpoint(self, speech: Speech) -> list[do.Command]:
        """The endpoint answers it by itself, and has stopped what it was saying."""
        commands: list[do.Command] = []
        if speech in OVER_A_REPLY:
            self._speech = Speech.NONE
            commands = self._silence() + self._replies.interrupt(cancel=False)
        # It may have been told in time not to answer.
        crosses = self._deciding.changes or not self._deciding.by_endpoint
        self._replies.expect(unsure=crosses)
        return commands + ([do.StartTimer(Timer.CROSSED, CROSSED_MS)] if crosses else [])

    def _ask(self) -> list[do.Command]:
        self._unknown.clear()
        return [do.CancelTimer(Timer.WORDS), *self._replies.ask(instead=True)]

    def transcribed(self, item_id: str, text: str) -> list[do.Command]:
        """The words of an item are known."""
        if item_id not in self._unknown:
            return []
        if self._backchannel.is_all(text):
            return self._discard(item_id)
        self._unknown.remove(item_id)
        return self._interrupt(ask=not self._hearing.spoken)  # else along with what is being said

    def untranscribed(self, item_id: str) -> list[do.Command] | None:
        """The words will not be known; None: they decide nothing."""
        return self._noise(item_id) if item_id in self._unknown else None

    def _noise(self, item_id: str) -> list[do.Command]:
        return [*self._once.tell(NOISE), *self._discard(item_id)]

    def _all_noise(self) -> list[do.Command]:
        return [each for item_id in list(self._unknown) for each in self._noise(item_id)]

    def _discard(self, item_id: str) -> list[do.Command]:
        """Let it be as if nothing had been said."""
        if item_id in self._unknown:
            self._unknown.remove(item_id)
        self._words.known(item_id)
        commands: list[do.Command] = [do.DeleteItem(item_id)] if item_id else []
        if self._speech is Speech.OPEN:
            commands += self._short()
        return commands + self._replies.next_one(speech=self._hearing.speech)

    # --- the clock

    def timer_fired(self, timer: str) -> list[do.Command]:
        """One of the timers of this part has fired."""
        if timer == Timer.WORDS:
            return self._all_noise()
        if timer == Timer.CROSSED:
            return self._replies.ask_after_all()
        if self._speech is not Speech.OPEN:
            return []
        if timer == Timer.QUIET or (self._mode.doubts and not self._own):
            return self._short()
        self._long = self._own and not self._voice
        return [] if self._long else self._interrupt(ask=self._taken)

    # --- the endpoint

    def leave(self) -> list[do.Command]:
        """There is no session: only what this side hears goes on to be decided."""
        self._away, self._told, self._cut_too = True, False, True
        self._deciding.again()
        waits: list[do.Command] = [do.CancelTimer(Timer.WORDS), do.CancelTimer(Timer.CROSSED)]
        if self._own and self._speech in (Speech.OPEN, Speech.SHORT):
            return waits
        self._speech = Speech.NONE
        return waits + self._let_go(do.ResumePlayout())

    def back(self) -> list[do.Command]:
        """There is another, which hears again what is no item, and is told of what is one."""
        self._away = False
        if not (self._speech is Speech.OPEN or (self._speech is Speech.SHORT and self._over_reply)):
            self._speech = Speech.NONE
        words = [do.StartTimer(Timer.WORDS, WORDS_MS)] if self._unknown else []
        return [*self._switch(), *words]

    def cut_by_endpoint(self, event: on.ResponseEnded) -> list[do.Command]:
        """A response was cancelled, and not by us: the endpoint has decided after all."""
        undecided = self._speech in OVER_A_REPLY or self._unknown
        if not undecided:
            return []
        commands = self._interrupt(ask=bool(self._unknown) and not self._hearing.spoken)
        return commands + ([] if self._cut_too else self._deciding.give_up())

    def consider(self, event: on.Event, *, uninvited: bool) -> list[do.Command]:
        """Return what follows from `event`; `uninvited`: it began a response nobody waited for."""
        if isinstance(event, on.PartPlayed | on.PlayoutCleared) and not self._playing:
            self._mode.reply_is_over()
        commands = self._deciding.notice(uninvited=uninvited)
        if commands and uninvited and isinstance(event, on.ResponseStarted):
            commands += self._silence()  # what it says now is not to wait behind what sounds
        if self.held and (self._departure.deaf or self._capture.muted):
            commands += self._short()  # the end of what is said would never come
        if self.held and not self._over_reply:
            self._speech = Speech.MEANT
            commands += self._let_go(do.ResumePlayout())
        return commands + self._switch()

    def _switch(self) -> list[do.Command]:
        """Let the endpoint decide, or not, as it is now."""
        if self._away or self._departure.over or self._departure.stage == Stage.LOST:
            return []
        switch = self._deciding.let(self._is_for_endpoint())
        if switch and self._deciding.wanted:  # what only this side has heard is past
            self._speech = Speech.NONE
        return switch

    def _is_for_endpoint(self) -> bool:
        """Whether the endpoint is to decide from now on; never changed while the user speaks."""
        instant = self._mode_now == "instant"
        if self._deciding.unfit or self._deciding.wanted:
            return instant or not self._playing
        speaks = self._voice or self._hearing.spoken
        undecided = speaks or self._speech is Speech.OPEN or self._unknown
        return not (undecided or (self._over_reply and not instant))
