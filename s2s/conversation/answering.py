"""The assistant's side: responses as they come, and what the speaker makes of them."""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.barge_in import BargeIn
from s2s.conversation.calls import Call
from s2s.conversation.capture import HalfDuplex
from s2s.conversation.dispatch import Handlers
from s2s.conversation.hearing import Hearing
from s2s.conversation.phases import Phase
from s2s.conversation.playing import Playing
from s2s.conversation.refusals import is_fatal, refusal
from s2s.conversation.responses import Replies
from s2s.conversation.session_config import TalkWishes
from s2s.conversation.shutdown import Departure


class Answering:
    """Lets a response be heard as it comes, and forgotten as far as it was not heard."""

    def __init__(
        self,
        wishes: TalkWishes,
        hearing: Hearing,
        replies: Replies,
        playing: Playing,
        half_duplex: HalfDuplex,
        departure: Departure,
        barge_in: BargeIn,
    ) -> None:
        self._text_only = wishes.session.text_only
        self._hearing, self._replies, self._playing = hearing, replies, playing
        self._half_duplex, self._departure = half_duplex, departure
        self._barge_in = barge_in
        self.handlers: Handlers = {
            on.ResponseStarted: self.response_started,
            on.AudioReceived: self.audio_received,
            on.AudioEnded: self.audio_ended,
            on.TextReceived: self.text_came,
            on.TextEnded: self.text_came,
            on.FunctionCalled: self.called,
            on.ApprovalRequested: self.called,
            on.ResponseEnded: self.response_ended,
            on.RateLimitsUpdated: self.limits_updated,
            on.PartStarted: self.part_started,
            on.PartPlayed: self.part_played,
            on.PlayoutCleared: self.playout_cleared,
        }

    # --- responses

    def response_started(self, event: on.ResponseStarted) -> list[do.Command]:
        return self._replies.started(event.response_id)

    def audio_received(self, event: on.AudioReceived) -> list[do.Command]:
        response = self._replies.takes(event.part)
        if response is None:
            return []
        response.given.add(event.part.item_id)
        response.brought.audio_size += len(event.pcm)
        return self._playing.give(event.part, event.pcm, response)

    def audio_ended(self, event: on.AudioEnded) -> list[do.Command]:
        return self._playing.end(event.part)

    def text_came(self, event: on.TextReceived | on.TextEnded) -> list[do.Command]:
        response = self._replies.takes(event.part)
        if response is None:
            return []
        response.brought.words |= bool(event.text)
        if self._text_only:
            response.given.add(event.part.item_id)
        return []

    def called(self, event: Call) -> list[do.Command]:
        return self._replies.called(event)

    def response_ended(self, event: on.ResponseEnded) -> list[do.Command]:
        refused = on.ErrorReported("", event.code, event.message, cause=event.cause)
        if event.status == "failed" and is_fatal(refused):
            return self._departure.lose(refusal(refused, Phase.REPLYING))
        response = self._replies.over(event.response_id)
        if response is None:
            return []
        commands = self._playing.end_all_of(response)
        if event.status == "cancelled" and not response.interrupted:
            commands += self._barge_in.cut_by_endpoint(event)
        return commands + self._replies.ended(response, event, speech=self._hearing.speech)

    def limits_updated(self, event: on.RateLimitsUpdated) -> list[do.Command]:
        self._replies.retries.limits(event.reset_s)
        return []

    # --- the speaker

    def part_started(self, event: on.PartStarted) -> list[do.Command]:
        self._playing.started(event.part)
        return self._departure.sounds()

    def part_played(self, event: on.PartPlayed) -> list[do.Command]:
        self._playing.played(event.part, event.ms)
        return self._half_duplex.played(playing=bool(self._playing))

    def playout_cleared(self, event: on.PlayoutCleared) -> list[do.Command]:
        forget = self._replies.forget(self._playing.cleared(event.heard))
        return [*forget, *self._half_duplex.played(playing=bool(self._playing))]
