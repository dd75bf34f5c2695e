"""What was said, by whom, in the order of the conversation, and what was heard of it.

A line is settled when it will not change any more: the user's when the words have come or failed
or are 5 s late, the assistant's when it was heard whole or cut off. Settled lines are given once
to each reader, in order; a line that is not settled keeps those behind it waiting. There is one
transcript of a conversation: it observes before those who read it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.captions import Caption
from s2s.conversation.transcript.items import Answer, Call, Line, Place
from s2s.conversation.transcript.order import Order
from s2s.conversation.transcript.reader import Reader
from s2s.conversation.transcript.turns import Turns


class Transcript:
    """Observes a conversation; times are seconds, those of its sound (`timeline.placed`)."""

    def __init__(self) -> None:
        self._order = Order()
        self._turns = Turns(self._order)
        self._answers: dict[on.Part, Answer] = {}
        self._response = ""  # the one under way
        self._announced = False  # the endpoint says when a response begins
        self._text_only = False
        self._settled: list[Line] = []
        self._late: list[Line] = []
        self._now = 0.0
        self._notes: dict[type, Callable[[Any, float], None]] = {
            do.End: lambda _, at: self.close(),
            do.Connect: self._connect,
            do.SwitchOver: self._connect,
            on.ConnectionLost: self._connect,
            do.ConfigureSession: self._configure_session,
            do.ConfigureTranscription: self._configure_transcription,
            on.SpeechStarted: self._speech_started,
            on.SpeechStopped: self._speech_stopped,
            do.CommitAudio: lambda _, at: self._turns.committed_by_key(),
            on.InputCommitted: self._input_committed,
            on.UserTextReceived: self._user_text_received,
            on.UserTranscribed: self._user_transcribed,
            on.UserTranscriptionFailed: self._user_transcription_failed,
            do.DeleteItem: lambda each, at: self._turns.taken_back(each.item_id),
            do.CreateUserText: lambda each, at: self._turns.typed(each.text, at),
            on.ItemAdded: self._item_added,
            on.ResponseStarted: self._response_started,
            on.TextReceived: self._text_received,
            on.TextEnded: self._text_ended,
            on.AudioReceived: self._audio_received,
            do.PlayAudio: self._play_audio,
            on.AudioEnded: self._audio_ended,
            on.PartStarted: self._part_started,
            on.AudioPlayed: self._audio_played,
            on.PartPlayed: self._part_played,
            on.PlayoutCleared: self._playout_cleared,
            do.CancelResponse: self._cancel_response,
            on.ResponseEnded: self._response_ended,
            on.FunctionCalled: self._function_called,
            do.CreateFunctionOutput: self._create_function_output,
        }

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Take note of what concerns the words; of a turn of the user `at` may be past."""
        self._now = max(self._now, at)
        if note := self._notes.get(type(happening)):
            note(happening, at)

    def reader(self) -> Reader:
        """Return what gives each line once, whoever else reads."""
        return Reader(self._settle, self._come_late)

    def _settle(self) -> list[Line]:
        self._settled += self._order.settled(self._now)
        return self._settled

    def _come_late(self) -> list[Line]:
        self._late += self._turns.late()
        return self._late

    def open(self) -> list[Line]:
        """Return the lines that are not settled or wait for one that is not, as far as known."""
        return [line for place in self._order.rest if (line := place.line())]

    def lines(self) -> list[Line]:
        """Return all lines; words that came too late for `settled` stand in theirs."""
        return [line for place in self._order.places if (line := place.line())]

    def close(self) -> None:
        """Nothing more comes: settle everything."""
        for place in self._order.rest:
            place.close(self._now)

    def _connect(self, happening: object, at: float) -> None:
        """What was to come over the connection before this does not come."""
        self._turns.break_off()
        for place in self._order.rest:
            place.break_off(at)
        self._response = ""

    def _configure_session(self, happening: do.ConfigureSession, at: float) -> None:
        self._text_only = happening.text_only

    def _configure_transcription(self, happening: do.ConfigureTranscription, at: float) -> None:
        self._turns.transcribes = True

    # --- the user

    def _speech_started(self, happening: on.SpeechStarted, at: float) -> None:
        self._turns.speech_started(happening.item_id, at)

    def _speech_stopped(self, happening: on.SpeechStopped, at: float) -> None:
        self._turns.speech_stopped(happening.item_id, at)

    def _input_committed(self, happening: on.InputCommitted, at: float) -> None:
        self._turns.turn(happening.item_id, happening.previous_id, at)

    def _user_text_received(self, happening: on.UserTextReceived, at: float) -> None:
        turn = self._turns.of_words(happening.item_id, at)
        take = turn.replace if happening.whole else turn.add
        take(happening.text, at)

    def _user_transcribed(self, happening: on.UserTranscribed, at: float) -> None:
        self._turns.transcribed(happening.item_id, happening.text, at)

    def _user_transcription_failed(self, happening: on.UserTranscriptionFailed, at: float) -> None:
        self._turns.of_words(happening.item_id, at).fail(happening.message, at)

    # --- items

    def _item_added(self, happening: on.ItemAdded, at: float) -> None:
        item_id, previous_id = happening.item_id, happening.previous_id
        place = self._order.get(item_id)
        if happening.kind == "message" and happening.role == "user":
            self._turns.added(item_id, previous_id, at)
        elif place and not self._is_earlier(place):
            self._order.replace(place, previous_id)
        elif happening.kind == "message" and happening.role == "assistant":
            self._begin(Answer(item_id, previous_id, self._response))
        elif happening.kind == "call":
            self._begin(Call(item_id, previous_id, self._response, at))
        else:
            self._order.put(Place(item_id, previous_id))

    def _is_earlier(self, place: Place) -> bool:
        """Whether a place is that of an item whose id the response under way uses again."""
        if not isinstance(place, Answer) or not place.complete:
            return False
        return self._response not in ("", place.response_id)

    def _begin(self, place: Answer | Call) -> None:
        """Put an item of a response; those of that response before it get no more parts."""
        for other in self._order.rest:
            if isinstance(other, Answer) and other.captions:
                other.complete = other.complete or other.response_id == place.response_id
        self._order.put(place)

    def _of_response(self, response_id: str) -> list[Answer | Call]:
        return [
            place
            for place in self._order.rest
            if isinstance(place, Answer | Call) and place.response_id in ("", response_id)
        ]

    def _answer(self, part: on.Part) -> Answer:
        """Return the item of a part; an id that was used for an earlier item is a new one."""
        if known := self._answers.get(part):
            return known
        item_id = part.item_id or f"{part.response_id}/{part.output_index}"
        answer = self._order.get(item_id)
        over = isinstance(answer, Answer) and answer.complete and bool(answer.captions)
        if not isinstance(answer, Answer) or (over and answer.response_id != part.response_id):
            named = part.item_id or f"{item_id}/{len(self._order.places)}"
            answer = Answer(named, "", part.response_id or self._response)
            self._begin(answer)
            self._order.name(answer, named, item_id)
        elif not answer.captions:
            self._order.bring_back(answer)  # it had nothing to show so far
        self._answers[part] = answer
        return answer

    def _caption(self, part: on.Part) -> Caption:
        return self._answer(part).captions.setdefault(part, Caption())

    def _renew(self, parts: Callable[[on.Part], bool]) -> None:
        """Let what still comes under these ids be new items, where the old ones are over."""
        for part, answer in list(self._answers.items()):
            if parts(part) and answer.settled(0.0):
                del self._answers[part]
                self._order.forget(answer)

    # --- the assistant

    def _response_started(self, happening: on.ResponseStarted, at: float) -> None:
        self._response, self._announced = happening.response_id, True
        self._renew(lambda part: part.response_id == happening.response_id)

    def _text_received(self, happening: on.TextReceived, at: float) -> None:
        self._comes(happening.part)
        self._write(happening.part, happening.text, at)

    def _comes(self, part: on.Part) -> None:
        """Not everybody announces a response; what comes after its end is of another."""
        answer = self._answers.get(part)
        if answer and answer.complete and not self._announced:
            self._renew(lambda other: other == part)

    def _text_ended(self, happening: on.TextEnded, at: float) -> None:
        self._write_whole(happening.part, happening.text, at)

    def _write_whole(self, part: on.Part, text: str, at: float) -> None:
        if not self._caption(part).text:
            self._write(part, text, at)

    def _write(self, part: on.Part, text: str, at: float) -> None:
        caption = self._caption(part)
        caption.add(text)
        if self._text_only and not caption.over:
            caption.read_so_far()
            self._answer(part).begin(at)

    def _audio_received(self, happening: on.AudioReceived, at: float) -> None:
        self._comes(happening.part)
        self._caption(happening.part).has_audio = True

    def _play_audio(self, happening: do.PlayAudio, at: float) -> None:
        self._caption(happening.part).size += len(happening.pcm)

    def _audio_ended(self, happening: on.AudioEnded, at: float) -> None:
        self._caption(happening.part).audio_ended = True

    def _part_started(self, happening: on.PartStarted, at: float) -> None:
        self._answer(happening.part).begin(at)

    def _audio_played(self, happening: on.AudioPlayed, at: float) -> None:
        if happening.heard:
            self._caption(happening.heard.part).move(happening.heard.ms)

    def _part_played(self, happening: on.PartPlayed, at: float) -> None:
        self._caption(happening.part).end(happening.ms)
        self._answer(happening.part).end = at

    def _playout_cleared(self, happening: on.PlayoutCleared, at: float) -> None:
        for part, ms in happening.heard:
            self._caption(part).stop(ms)
            self._answer(part).finish(at)

    def _cancel_response(self, happening: do.CancelResponse, at: float) -> None:
        """What of a text comes after this is not for the user."""
        if self._text_only:
            for place in self._of_response(happening.response_id):
                if isinstance(place, Answer):
                    place.close(at)

    def _response_ended(self, happening: on.ResponseEnded, at: float) -> None:
        response_id = happening.response_id or self._response
        if not any(caption.text for caption in self._captions(response_id)):
            for part, text in happening.texts:
                self._write_whole(part, text, at)
        for place in self._of_response(response_id):
            if isinstance(place, Answer):
                place.read(at, whole=happening.status == "completed")
            else:
                place.complete = True
        if response_id == self._response:
            self._response = ""

    def _captions(self, response_id: str) -> list[Caption]:
        answers = [each for each in self._of_response(response_id) if isinstance(each, Answer)]
        return [caption for answer in answers for caption in answer.captions.values()]

    # --- functions

    def _function_called(self, happening: on.FunctionCalled, at: float) -> None:
        call = self._order.get(happening.item_id)
        if not isinstance(call, Call):
            call = Call(happening.item_id, "", happening.response_id, at)
            self._order.put(call)
        elif not call.name:
            self._order.bring_back(call)
        call.call_id, call.name = happening.call_id, happening.name
        call.arguments = happening.arguments

    def _create_function_output(self, happening: do.CreateFunctionOutput, at: float) -> None:
        for place in self._order.places:
            if isinstance(place, Call) and place.call_id == happening.call_id:
                place.answer = happening.answer
