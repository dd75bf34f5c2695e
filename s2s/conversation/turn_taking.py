"""The user's side: what is captured, turns, keys, and when what they do interrupts a reply."""

from __future__ import annotations

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.barge_in import BargeIn
from s2s.conversation.capture import Capture, HalfDuplex
from s2s.conversation.dispatch import Handlers
from s2s.conversation.hearing import Hearing, Words, untranscribed
from s2s.conversation.playing import Playing
from s2s.conversation.responses import Replies
from s2s.conversation.session_config import TalkWishes
from s2s.conversation.session_setup import Setup
from s2s.conversation.shutdown import GRACE_MS, Departure


class TurnTaking:
    """Turns what the user says, types and presses into turns, and asks for their answers."""

    def __init__(
        self,
        wishes: TalkWishes,
        setup: Setup,
        capture: Capture,
        half_duplex: HalfDuplex,
        hearing: Hearing,
        words: Words,
        replies: Replies,
        playing: Playing,
        departure: Departure,
        barge_in: BargeIn,
    ) -> None:
        self._wishes, self._setup = wishes, setup
        self._capture, self._half_duplex = capture, half_duplex
        self._hearing, self._words = hearing, words
        self._replies, self._playing = replies, playing
        self._departure, self._barge_in = departure, barge_in
        self.handlers: Handlers = {
            on.AudioCaptured: self.captured,
            on.CaptureEnded: self.capture_ended,
            on.SpeechStarted: self.speech_started,
            on.SpeechStopped: self.speech_stopped,
            on.InputCommitted: self.input_committed,
            on.UserTranscribed: self.user_transcribed,
            on.UserTranscriptionFailed: self.user_transcription_failed,
            on.TalkPressed: self.talk_pressed,
            on.MutePressed: self.mute_pressed,
            on.TextEntered: self.text_entered,
            on.InterruptPressed: self.interrupt_pressed,
        }

    # --- the microphone

    def captured(self, event: on.AudioCaptured) -> list[do.Command]:
        closed = self._half_duplex.closed(playing=bool(self._playing))
        if self._departure.deaf or (closed and not self._capture.in_turn):
            self._capture.skip(event.pcm)
            return []
        commands, turn_over = self._capture.take(event.pcm)
        return commands + self._commit() if turn_over else commands

    def _commit(self) -> list[do.Command]:
        """A turn of the key is over: ask for its answer."""
        self._hearing.given()
        return [do.CommitAudio(), *self._replies.ask()]

    def capture_ended(self, event: on.CaptureEnded) -> list[do.Command]:
        self._departure.recording_is_over()
        if self._capture.in_turn:
            self._capture.end_turn()
        return []

    def time_is_up(self) -> list[do.Command]:
        """Nothing more is captured: what was said by now is the last turn."""
        cut_short = self.cut_short()
        return self._departure.time_is_up() + cut_short

    def cut_short(self) -> list[do.Command]:
        """No more is captured of the user's turn: what was said of it is the turn."""
        return self._commit() if self._capture.cut_off() else self._end_of_speech()

    # --- what the endpoint hears

    def speech_started(self, event: on.SpeechStarted) -> list[do.Command]:
        self._hearing.started(event.start_ms)
        commands = self._barge_in.speech_started()
        if self._departure.deaf or self._capture.silent:  # its end would never come
            commands += self._end_of_speech()
        return commands

    def speech_stopped(self, event: on.SpeechStopped) -> list[do.Command]:
        self._hearing.stopped(event.end_ms)
        return self._barge_in.speech_stopped()

    def input_committed(self, event: on.InputCommitted) -> list[do.Command]:
        spoken = self._hearing.spoken
        if not self._hearing.committed(event.item_id):
            return []
        commands: list[do.Command] = []
        if self._setup.transcribes:
            self._words.expect(event.item_id)
            commands = self._words.wait()
        if not self._wishes.by_key:
            commands += self._barge_in.committed(event.item_id, spoken=spoken)
        return commands

    def user_transcribed(self, event: on.UserTranscribed) -> list[do.Command]:
        self._words.known(event.item_id)
        return self._barge_in.transcribed(event.item_id, event.text)

    def user_transcription_failed(self, event: on.UserTranscriptionFailed) -> list[do.Command]:
        self._words.known(event.item_id)
        decides = self._barge_in.untranscribed(event.item_id)
        return [untranscribed(event)] if decides is None else decides

    # --- keys

    def talk_pressed(self, event: on.TalkPressed) -> list[do.Command]:
        if not self._wishes.by_key:
            no_key = "Turns end by themselves here."
            return [do.Warn(self._wishes.hints.get("no_talk_key", no_key))]
        if self._capture.muted:
            return [do.Warn(self._wishes.hints.get("muted", "Muted: nothing is sent."))]
        if self._capture.gone:
            return [do.Warn("There is no microphone: nothing is sent.")]
        if self._capture.in_turn:
            self._capture.end_or_resume_turn()
            return []
        if self._departure.deaf:
            return self._barge_in.by_user()
        return [*self._barge_in.by_user(), *self._capture.begin_turn()]

    def mute_pressed(self, event: on.MutePressed) -> list[do.Command]:
        commands = self._capture.mute()
        return [*commands, *self._end_of_speech()] if self._capture.muted else commands

    def text_entered(self, event: on.TextEntered) -> list[do.Command]:
        if self._departure.deaf or not event.text.strip():
            return []
        self._hearing.given()
        said = do.CreateUserText(event.text.strip())
        return [*self._barge_in.by_user(), said, *self._replies.ask()]

    def interrupt_pressed(self, event: on.InterruptPressed) -> list[do.Command]:
        return self._barge_in.by_user()

    def _end_of_speech(self) -> list[do.Command]:
        """Send the pause for which the endpoint waits before it answers what it has heard."""
        if self._replies.closed:  # an answer would cost more than it may
            self._hearing.over()
        if not self._hearing.speech:
            return []
        return [do.SendAudio(pcm.silence(self._wishes.pause_ms + GRACE_MS))]
