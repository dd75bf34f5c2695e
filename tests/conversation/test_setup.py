"""Setting a session up, and what is said before it stands."""

from __future__ import annotations

from conversing import CHUNK, SERVER, Story

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.conversation import Conversation
from s2s.conversation.exchange import Exchange
from s2s.conversation.session_config import TalkWishes, Wishes

MODELS = (do.ConfigureTranscription("first"), do.ConfigureTranscription("second"))
SPEED, EFFORT = do.ConfigureOption("--speed", {}), do.ConfigureOption("--effort", {})
EARLY = (do.SendAudio, do.CreateUserText, do.CreateResponse)


def test_a_message_typed_before_the_session_stands_is_sent_when_it_does() -> None:
    story = Story().tell(on.TextEntered("Hello?"), on.SessionStarted("s", "m"))
    assert not story.for_endpoint
    story.tell(on.SessionConfigured())
    assert story.for_endpoint == [do.CreateUserText("Hello?"), do.CreateResponse()]


def test_what_was_said_early_is_sent_in_the_order_in_which_it_was_said() -> None:
    story = Story().tell(on.AudioCaptured(CHUNK), on.SessionStarted("s", "m"))
    story.tell(on.AudioCaptured(CHUNK * 2), on.TextEntered("And this."))
    assert not [each for each in story.asked if isinstance(each, EARLY)]
    story.tell(on.SessionConfigured())
    assert [each for each in story.asked if isinstance(each, EARLY)] == [
        do.SendAudio(CHUNK), do.SendAudio(CHUNK * 2),
        do.CreateUserText("And this."), do.CreateResponse(),
    ]  # fmt: skip


def test_a_session_that_stands_goes_on_standing_whatever_option_is_taken_after_that() -> None:
    wishes = TalkWishes(do.ConfigureSession(turn_detection=SERVER), options=(SPEED,))
    story = Story(wishes).tell(on.SessionStarted("s", "m"), on.SessionConfigured())
    story.tell(on.SessionConfigured(), on.AudioCaptured(CHUNK))
    assert story.of(do.SendAudio) == [do.SendAudio(CHUNK)]


def test_a_session_that_transcribes_does_so_whatever_is_taken_after_that() -> None:
    wishes = TalkWishes(do.ConfigureSession(turn_detection=SERVER), (MODELS[0],), options=(SPEED,))
    story = Story(wishes).tell(on.SessionStarted("s", "m"))
    story.tell(*[on.SessionConfigured()] * 4, on.InputCommitted("i1"))
    assert do.StartTimer("settle", 5000.0) in story.asked


def test_an_error_that_names_an_update_refuses_that_one_and_no_other() -> None:
    wishes = TalkWishes(do.ConfigureSession(turn_detection=SERVER), options=(SPEED, EFFORT))
    story = Story(wishes).tell(on.SessionStarted("s", "m"), on.SessionConfigured())
    story.tell(on.ErrorReported("", "unknown_parameter", "No.", about="s2s_3.--effort"))
    assert [each.message for each in story.of(do.Warn)] == ["The endpoint refused --effort: No."]


def test_an_error_about_something_else_refuses_no_setting() -> None:
    story = Story(TalkWishes(do.ConfigureSession(turn_detection=SERVER), MODELS))
    story.tell(on.SessionStarted("s", "m"), on.SessionConfigured())
    story.tell(on.ErrorReported("", "odd", "Odd.", about="s2s_9.CreateUserText"))
    assert story.of(do.ConfigureTranscription) == [MODELS[0]]
    assert [each.message for each in story.of(do.Warn)] == ["The endpoint complains: Odd."]


def test_an_exchange_asks_for_one_thing_after_the_other() -> None:
    exchange = Exchange(Wishes(transcription=MODELS))
    asked = exchange.handle(on.SessionStarted("s", "m"))
    assert do.ConfigureSession() in asked
    assert MODELS[0] not in asked
    assert MODELS[0] in exchange.handle(on.SessionConfigured())


def test_a_conversation_asks_for_everything_at_once() -> None:
    talk = Conversation(TalkWishes(transcription=MODELS, options=(SPEED,)))
    asked = talk.handle(on.SessionStarted("s", "m"))
    assert asked[:3] == [do.ConfigureSession(), SPEED, MODELS[0]]


def test_a_complaint_that_comes_again_is_told_once() -> None:
    odd = on.ErrorReported("", "odd", "Odd.", about="s2s_9.CreateUserText")
    story = Story().talking().tell(odd, on.MessageUnreadable("cut"), odd)
    story.tell(on.MessageUnreadable("cut"), on.MessageUnreadable("not JSON"))
    assert [each.message for each in story.of(do.Warn)] == [
        "The endpoint complains: Odd.", "Unreadable: cut", "Unreadable: not JSON",
    ]  # fmt: skip
    exchange = Exchange(Wishes())
    exchange.handle(on.SessionStarted("s", "m"))
    exchange.handle(on.SessionConfigured())
    warns = [exchange.handle(each) for each in (odd, odd, on.MessageUnreadable("cut"))]
    assert warns == [
        [do.Warn("The endpoint complains: Odd.")], [], [do.Warn("Unreadable: cut")],
    ]  # fmt: skip
