"""Items in their places, and the line that each becomes, one rule at a time."""

from __future__ import annotations

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.captions import Caption
from s2s.conversation.transcript.items import SETTLE_S, Answer, Call, Line, Place, UserTurn
from s2s.conversation.transcript.order import Order
from s2s.conversation.transcript.transcript import Transcript

PARTS = [on.Part("r1", "a1", 0, index) for index in range(3)]


def user(item_id: str, previous_id: str = "") -> UserTurn:
    turn = UserTurn(item_id, previous_id, 0.0)
    turn.know(f"I am {item_id}", 0.0)
    return turn


def line_of(turn: UserTurn) -> Line:
    line = turn.line()
    assert line
    return line


def waiting(item_id: str, previous_id: str = "") -> UserTurn:
    return UserTurn(item_id, previous_id, 0.0)


def ids(order: Order) -> list[str]:
    return [place.item_id for place in order.places]


# --- places


def test_an_item_stands_right_behind_the_one_it_follows() -> None:
    order = Order()
    for place in (waiting("a"), waiting("b", "a"), waiting("c", "b"), waiting("x", "a")):
        order.put(place)
    assert ids(order) == ["a", "x", "b", "c"]


def test_an_item_that_follows_an_unknown_one_or_none_stands_at_the_end() -> None:
    order = Order()
    for place in (waiting("a"), waiting("b", "nobody"), waiting("c")):
        order.put(place)
    assert ids(order) == ["a", "b", "c"]


def test_the_one_that_was_awaited_takes_its_follower_along_to_right_behind_it() -> None:
    order = Order()
    for place in (waiting("b", "a"), waiting("c"), waiting("a"), waiting("d")):
        order.put(place)
    assert ids(order) == ["c", "a", "b", "d"]


def test_a_place_that_has_a_new_predecessor_moves_behind_it() -> None:
    order = Order()
    first, second, third = waiting("a"), waiting("b"), waiting("c", "b")
    for place in (first, second, third):
        order.put(place)
    order.replace(third, "a")
    assert ids(order) == ["a", "c", "b"]
    assert third.previous_id == "a"
    order.replace(third, "c")  # nothing follows itself
    order.replace(third, "")
    assert ids(order) == ["a", "c", "b"]


def test_what_was_given_stays_where_it_is() -> None:
    order = Order()
    for place in (user("a"), user("b")):
        order.put(place)
    assert [line.text for line in order.settled(0.0)] == ["I am a", "I am b"]
    order.put(user("x", "a"))
    assert ids(order) == ["a", "b", "x"]
    assert [line.text for line in order.settled(0.0)] == ["I am x"]


def test_a_place_without_a_line_that_has_one_now_is_brought_back_and_given() -> None:
    order = Order()
    silent = Place("s", "")
    for place in (user("a"), silent, user("b"), waiting("c")):
        order.put(place)
    assert [line.text for line in order.settled(0.0)] == ["I am a", "I am b"]
    order.bring_back(silent)
    assert ids(order) == ["a", "b", "c", "s"]
    assert [each.item_id for each in order.rest] == ["c", "s"]
    order.bring_back(silent)
    assert ids(order) == ["a", "b", "c", "s"], "it stands at the end already"


def test_a_nameless_place_is_found_by_the_name_it_is_given() -> None:
    order = Order()
    typed, other = UserTurn("", "", 0.0, typed="Hello"), waiting("")
    order.put(typed)
    order.put(other)
    order.name(typed, "item_1")
    order.name(other, "item_2", "r1/0")
    assert order.get("item_1") is typed
    assert order.get("r1/0") is other
    assert other.item_id == "item_2"
    assert "item_2" not in order
    order.forget(typed)
    assert order.get("item_1") is None
    assert "r1/0" in order


# --- the user's lines


def test_words_that_do_not_come_are_waited_for_five_seconds() -> None:
    turn = UserTurn("u1", "", 10.0)
    assert not turn.settled(10.0 + SETTLE_S - 0.1)
    assert line_of(turn).note == ""
    assert turn.settled(10.0 + SETTLE_S)
    assert turn.line() == Line("user", "", "u1", note="not transcribed", start=10.0, end=10.0)


def test_a_failed_transcription_says_why_where_it_is_known() -> None:
    turn, other = UserTurn("u1", "", 0.0), UserTurn("u2", "", 0.0)
    turn.fail("too quiet", 0.0)
    other.fail("", 0.0)
    assert line_of(turn).note == "not transcribed: too quiet"
    assert line_of(other).note == "not transcribed"


def test_words_that_come_in_pieces_push_the_end_of_waiting_on() -> None:
    turn = UserTurn("u1", "", 0.0)
    turn.add("Good ", 4.0)
    turn.add("morning", 8.0)
    assert not turn.settled(12.9)
    assert turn.settled(13.0)
    assert line_of(turn).text == "Good morning"


def test_a_typed_message_is_a_line_at_once() -> None:
    turn = UserTurn("u1", "", 3.0, typed="Hello")
    assert turn.settled(3.0)
    assert turn.line() == Line("user", "Hello", "u1", typed=True, start=3.0, end=3.0)


# --- the assistant's lines


def answer(*captions: Caption) -> Answer:
    made = Answer("a1", "", "r1")
    for part, caption in zip(PARTS, captions, strict=False):
        made.captions[part] = caption
    made.begin(1.0)
    return made


def caption(text: str, ms: int = 0) -> Caption:
    made = Caption()
    made.add(text)
    made.has_audio = made.audio_ended = ms > 0
    made.size = pcm.size_of(ms)
    return made


def test_parts_stand_in_their_order_each_on_a_line_of_its_own() -> None:
    parts = [on.Part("r1", "a1", 0, index) for index in (1, 0)]
    made = Answer("a1", "", "r1")
    for part, text in zip(parts, ("second", "first "), strict=True):
        made.captions[part] = caption(text, 100)
        made.captions[part].end()
    made.begin(1.0)
    made.finish(4.0)
    assert made.line() == Line("assistant", "first\nsecond", "a1", start=1.0, end=4.0)


def test_an_answer_begins_once() -> None:
    made = answer(caption("Yes", 100))
    made.begin(9.0)
    made.finish(12.0)
    line = made.line()
    assert line and (line.start, line.end) == (1.0, 12.0)


def test_an_answer_is_settled_when_it_was_heard_and_no_more_of_it_comes() -> None:
    made = answer(caption("Yes", 100))
    assert not made.settled(0.0)
    made.captions[PARTS[0]].end()
    assert not made.settled(0.0)
    made.complete = True
    assert made.settled(0.0)


def test_one_that_was_cut_off_is_settled_though_more_of_it_would_have_come() -> None:
    made = answer(caption("Yes, of course", 1000))
    made.captions[PARTS[0]].stop(0)
    assert made.settled(0.0)


def test_an_answer_that_has_brought_nothing_waits_for_its_response() -> None:
    made = Answer("a1", "", "r1")
    assert not made.settled(0.0)
    assert made.line() is None
    assert Answer("a1", "", "").settled(0.0), "it is of no response that could bring more"


def test_sound_without_words_is_told_as_that() -> None:
    made = answer(caption("", 500))
    made.captions[PARTS[0]].end()
    assert made.line() == Line("assistant", "", "a1", note="no words", start=1.0)
    assert answer(caption("")).line() is None, "neither sound nor words"


def test_what_was_not_heard_stands_apart_only_where_something_was_cut() -> None:
    made = answer(caption("All of it", 1000), caption("none of this", 1000))
    made.captions[PARTS[0]].end()
    uncut = made.line()
    assert uncut and (uncut.text, uncut.unheard, uncut.cut) == ("All of it", "", False)
    made.close(7.0)
    cut = made.line()
    assert cut and (cut.text, cut.unheard, cut.cut) == ("All of it", "none of this", True)
    assert cut.end == 7.0
    assert made.settled(7.0)


def test_when_the_response_is_over_its_texts_without_sound_were_read() -> None:
    """Behind a part that is still to be heard there may be one that is only text."""
    made = answer(caption("spoken", 1000), caption("written"))
    made.read(5.0, whole=True)
    assert made.complete
    assert not made.captions[PARTS[0]].over
    assert made.captions[PARTS[1]].heard == "written"


def test_a_response_that_broke_off_leaves_its_texts_unread() -> None:
    made = answer(caption("never read"))
    made.read(5.0, whole=False)
    line = made.line()
    assert line and (line.text, line.unheard, line.cut) == ("", "never read", True)


# --- functions


def call(arguments: str = '{"city": "Köln"}') -> Call:
    made = Call("c1", "", "r1", 2.0)
    made.name, made.arguments = "weather", arguments
    return made


def test_a_call_is_a_line_with_its_arguments_on_one_line_and_its_answer() -> None:
    made = call('{"city":\n "Köln"}')
    made.answer = {"sky": "sunny,\n mostly", "air": "warm"}
    expected = 'weather({"city": "Köln"})'
    assert made.line() == Line(
        "call", expected, "c1", note="sky: sunny, mostly; air: warm", start=2.0, end=2.0
    )


def test_a_call_waits_five_seconds_for_its_answer() -> None:
    made = call()
    assert not made.settled(2.0 + SETTLE_S - 0.1)
    assert made.settled(2.0 + SETTLE_S)
    line = made.line()
    assert line and line.note == ""
    answered = call()
    answered.answer = {}
    assert answered.settled(2.0)


def test_a_call_without_a_name_is_none_yet_and_waits_for_its_response() -> None:
    made = Call("c1", "", "r1", 2.0)
    assert made.line() is None
    assert not made.settled(100.0)
    made.complete = True
    assert made.settled(2.0)
    assert Call("c1", "", "", 2.0).settled(2.0)


def test_at_the_end_nobody_waits_for_a_call_any_more() -> None:
    named, nameless = call(), Call("c2", "", "r1", 2.0)
    for made in (named, nameless):
        made.close(3.0)
        assert made.settled(3.0)


# --- the user's turns, as the transcript sees them


def test_the_words_of_a_turn_without_an_id_go_to_the_oldest_that_has_none() -> None:
    transcript = Transcript()
    transcript.observe(0.0, do.ConfigureTranscription("whisper"))
    for item_id in ("", ""):
        transcript.observe(0.0, on.InputCommitted(item_id))
    transcript.observe(1.0, on.UserTranscribed("", "first"))
    transcript.observe(1.0, on.UserTranscribed("", "second"))
    assert [line.text for line in transcript.lines()] == ["first", "second"]


def test_words_with_an_id_go_to_their_own_turn_whatever_waits_before_it() -> None:
    transcript = Transcript()
    transcript.observe(0.0, do.ConfigureTranscription("whisper"))
    transcript.observe(0.0, on.InputCommitted(""))
    transcript.observe(0.0, on.InputCommitted("u2"))
    transcript.observe(1.0, on.UserTranscribed("u2", "second"))
    assert [line.text for line in transcript.lines() if line.text] == ["second"]
    assert transcript.lines()[1].text == "second"


def test_a_typed_message_takes_the_place_that_the_endpoint_gives_it() -> None:
    transcript = Transcript()
    transcript.observe(0.0, do.ConfigureTranscription("whisper"))
    transcript.observe(0.0, on.InputCommitted("u1"))
    transcript.observe(0.1, on.InputCommitted("u2", "u1"))
    transcript.observe(0.2, do.CreateUserText("typed"))
    transcript.observe(0.3, on.ItemAdded("u3", "u1", "message", "user"))
    transcript.observe(0.4, on.UserTranscribed("u1", "one"))
    transcript.observe(0.4, on.UserTranscribed("u2", "two"))
    assert [(line.text, line.item_id) for line in transcript.lines()] == [
        ("one", "u1"),
        ("typed", "u3"),
        ("two", "u2"),
    ]


def test_a_turn_lasts_from_its_first_word_to_its_last() -> None:
    transcript = Transcript()
    transcript.observe(1.0, on.SpeechStarted("u1", 0))
    transcript.observe(3.5, on.SpeechStopped("u1", 0))
    transcript.observe(4.0, on.InputCommitted("u1"))
    transcript.observe(5.0, on.SpeechStopped("u2", 0))
    transcript.observe(5.5, on.InputCommitted("u2", "u1"))
    assert [(line.start, line.end) for line in transcript.lines()] == [(1.0, 3.5), (5.0, 5.0)]


def test_a_second_key_turn_of_one_id_is_a_turn_of_its_own() -> None:
    transcript = Transcript()
    for text in ("one", "two"):
        transcript.observe(0.0, do.CommitAudio())
        transcript.observe(0.0, on.InputCommitted("u1"))
        transcript.observe(0.0, on.ItemAdded("u1", "", "message", "user"))
        transcript.observe(0.0, on.UserTranscribed("u1", text))
    assert [line.text for line in transcript.lines()] == ["one", "two"]
