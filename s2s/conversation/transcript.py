"""What was said, by whom, in the order of the conversation, and what was heard of it.

A line is settled when it will not change any more: the user's when the words have come or failed
or are 5 s late, the assistant's when it was heard whole or cut off. Settled lines are given once,
in order; a line that is not settled keeps those behind it waiting.
"""

from __future__ import annotations

from collections import deque
from functools import singledispatchmethod

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.captions import Caption
from s2s.conversation.places import Answer, Call, Line, Place, UserTurn


class Transcript:
    """Observes a conversation; times are seconds on its clock."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._by_id: dict[str, Place] = {}
        self._taken = 0  # places whose line was given
        self._typed: deque[UserTurn] = deque()  # until the endpoint has named their items
        self._spoken: dict[str, tuple[float, float]] = {}  # when an item to come was said
        self._response = ""  # the one under way
        self._text_only = False
        self._transcribes = False

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Take note of what concerns the words."""
        if not isinstance(happening, on.AudioCaptured | do.SendAudio):  # a hundred times a second
            self._note(happening, at)

    def settled(self, at: float) -> list[Line]:
        """Return the lines that have become settled since the last time."""
        lines = []
        while self._taken < len(self._places) and self._places[self._taken].settled(at):
            lines.append(self._places[self._taken].line())
            self._taken += 1
        return [line for line in lines if line]

    def open(self) -> list[Line]:
        """Return the lines that are not settled or wait for one that is not, as far as known."""
        return [line for place in self._places[self._taken :] if (line := place.line())]

    def lines(self) -> list[Line]:
        """Return all lines; words that came too late for `settled` stand in theirs."""
        return [line for place in self._places if (line := place.line())]

    def close(self, at: float) -> None:
        """Nothing more comes: settle everything."""
        for place in self._places[self._taken :]:
            place.close(at)

    @singledispatchmethod
    def _note(self, happening: on.Event | do.Command, at: float) -> None:
        pass

    @_note.register
    def _(self, happening: do.End, at: float) -> None:
        self.close(at)

    @_note.register
    def _(self, happening: do.ConfigureSession, at: float) -> None:
        self._text_only = happening.text_only

    @_note.register
    def _(self, happening: do.ConfigureTranscription, at: float) -> None:
        self._transcribes = True

    # --- the order

    def _put(self, place: Place) -> None:
        """Put a place behind the one it follows, or at the end."""
        if place.item_id:
            self._by_id[place.item_id] = place
        before = self._by_id.get(place.previous_id) if place.previous_id else None
        index = self._places.index(before) + 1 if before else len(self._places)
        self._places.insert(max(index, self._taken), place)
        for other in [each for each in self._places[self._taken :] if each is not place]:
            if place.item_id and other.previous_id == place.item_id:
                self._move_behind(other, place)

    def _move_behind(self, place: Place, before: Place) -> None:
        index = self._places.index(place)
        if self._taken <= index < self._places.index(before):
            self._places.remove(place)
            self._places.insert(self._places.index(before) + 1, place)

    def _replace(self, place: Place, previous_id: str) -> None:
        """Give a place that stands already the one it has by the endpoint's word."""
        if not previous_id or place.previous_id == previous_id:
            return
        place.previous_id = previous_id
        if self._places.index(place) >= self._taken:
            self._places.remove(place)
            self._put(place)

    # --- the user

    @_note.register
    def _(self, happening: on.SpeechStarted, at: float) -> None:
        self._spoken[happening.item_id] = (at, at)

    @_note.register
    def _(self, happening: on.SpeechStopped, at: float) -> None:
        self._spoken[happening.item_id] = (self._spoken.get(happening.item_id, (at, at))[0], at)
        if isinstance(turn := self._by_id.get(happening.item_id), UserTurn):
            turn.end = at  # its words came first

    @_note.register
    def _(self, happening: on.InputCommitted, at: float) -> None:
        self._user_turn(happening.item_id, happening.previous_id, at)

    @_note.register
    def _(self, happening: on.UserTextReceived, at: float) -> None:
        self._user_turn(happening.item_id, "", at).add(happening.text, at)

    @_note.register
    def _(self, happening: on.UserTranscribed, at: float) -> None:
        self._user_turn(happening.item_id, "", at).know(happening.text)

    @_note.register
    def _(self, happening: on.UserTranscriptionFailed, at: float) -> None:
        self._user_turn(happening.item_id, "", at).fail(happening.message)

    @_note.register
    def _(self, happening: do.CreateUserText, at: float) -> None:
        turn = UserTurn("", "", at, typed=happening.text)
        self._typed.append(turn)
        self._put(turn)

    def _user_turn(self, item_id: str, previous_id: str, at: float) -> UserTurn:
        turn = self._by_id.get(item_id)
        if isinstance(turn, UserTurn):
            self._replace(turn, previous_id)
            return turn
        turn = UserTurn(item_id, previous_id, at)
        turn.start, turn.end = self._spoken.pop(item_id, (at, at))
        if not self._transcribes:
            turn.due = at
        self._put(turn)
        return turn

    # --- items

    @_note.register
    def _(self, happening: on.ItemAdded, at: float) -> None:
        item_id, previous_id = happening.item_id, happening.previous_id
        if happening.kind == "message" and happening.role == "user":
            if self._typed and item_id not in self._by_id:
                typed = self._typed.popleft()
                typed.item_id = item_id
                self._by_id[item_id] = typed
                self._replace(typed, previous_id)
            else:
                self._user_turn(item_id, previous_id, at)
        elif item_id in self._by_id:
            self._replace(self._by_id[item_id], previous_id)
        elif happening.kind == "message" and happening.role == "assistant":
            self._begin(Answer(item_id, previous_id, self._response))
        elif happening.kind == "function_call":
            self._begin(Call(item_id, previous_id, self._response, at))
        else:
            self._put(Place(item_id, previous_id))

    def _begin(self, place: Answer | Call) -> None:
        """Put an item of a response; those of that response before it get no more parts."""
        for other in self._places[self._taken :]:
            if isinstance(other, Answer) and other.captions:
                other.complete = other.complete or other.response_id == place.response_id
        self._put(place)

    def _of_response(self, response_id: str) -> list[Answer | Call]:
        return [
            place
            for place in self._places[self._taken :]
            if isinstance(place, Answer | Call) and place.response_id in ("", response_id)
        ]

    def _answer(self, part: on.Part) -> Answer:
        item_id = part.item_id or f"{part.response_id}/{part.output_index}"
        answer = self._by_id.get(item_id)
        if isinstance(answer, Answer) and not (part.response_id or part.item_id):
            answer = None if answer.settled(0.0) else answer  # the next one of those without names
        if not isinstance(answer, Answer):
            named = part.item_id or f"{item_id}/{len(self._places)}"
            answer = Answer(named, "", part.response_id or self._response)
            self._begin(answer)
            self._by_id[item_id] = answer
        elif not answer.captions and (index := self._places.index(answer)) < self._taken:
            self._places.append(self._places.pop(index))  # it had nothing to show so far
            self._taken -= 1
        return answer

    def _caption(self, part: on.Part) -> Caption:
        return self._answer(part).captions.setdefault(part, Caption())

    # --- the assistant

    @_note.register
    def _(self, happening: on.ResponseStarted, at: float) -> None:
        self._response = happening.response_id

    @_note.register
    def _(self, happening: on.TextReceived, at: float) -> None:
        self._write(happening.part, happening.text, at)

    @_note.register
    def _(self, happening: on.TextEnded, at: float) -> None:
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

    @_note.register
    def _(self, happening: on.AudioReceived, at: float) -> None:
        self._caption(happening.part).has_audio = True

    @_note.register
    def _(self, happening: do.PlayAudio, at: float) -> None:
        self._caption(happening.part).size += len(happening.pcm)

    @_note.register
    def _(self, happening: on.AudioEnded, at: float) -> None:
        self._caption(happening.part).audio_ended = True

    @_note.register
    def _(self, happening: on.PartStarted, at: float) -> None:
        self._answer(happening.part).begin(at)

    @_note.register
    def _(self, happening: on.AudioPlayed, at: float) -> None:
        if happening.heard:
            self._caption(happening.heard.part).move(happening.heard.ms)

    @_note.register
    def _(self, happening: on.PartPlayed, at: float) -> None:
        self._caption(happening.part).end()
        self._answer(happening.part).end = at

    @_note.register
    def _(self, happening: on.PlayoutCleared, at: float) -> None:
        for part, ms in happening.heard:
            self._caption(part).stop(ms)
            self._answer(part).finish(at)

    @_note.register
    def _(self, happening: do.CancelResponse, at: float) -> None:
        """What of a text comes after this is not for the user."""
        if self._text_only:
            for place in self._of_response(happening.response_id):
                if isinstance(place, Answer):
                    place.close(at)

    @_note.register
    def _(self, happening: on.ResponseEnded, at: float) -> None:
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

    @_note.register
    def _(self, happening: on.FunctionCalled, at: float) -> None:
        call = self._by_id.get(happening.item_id)
        if not isinstance(call, Call):
            call = Call(happening.item_id, "", happening.response_id, at)
            self._put(call)
        call.call_id, call.name = happening.call_id, happening.name
        call.arguments = happening.arguments

    @_note.register
    def _(self, happening: do.CreateFunctionOutput, at: float) -> None:
        for place in self._places:
            if isinstance(place, Call) and place.call_id == happening.call_id:
                place.answer = happening.output
