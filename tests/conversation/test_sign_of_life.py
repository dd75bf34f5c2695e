"""An endpoint that has fallen silent is not taken for one that has found no other turn."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conversing import FIRST, SERVER, SPEAKS, Story, ended

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Timer
from s2s.conversation.session_config import TalkWishes
from s2s.errors import NetworkError

GRACE, ANSWER = on.TimerFired(Timer.GRACE), on.TimerFired(Timer.ANSWER)
RECORDED = TalkWishes(do.ConfigureSession(turn_detection=SERVER), recorded=True)
SIGN = do.AskForSign()


def heard_out(*, wishes: TalkWishes = RECORDED) -> Story:
    """One turn was answered and heard, and the recording is over."""
    story = Story(wishes, there=False).talking()
    story.tell(on.SpeechStarted("item_0", 0), on.InputCommitted("item_0"))
    story.tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, pcm.silence(500)))
    story.tell(on.PartStarted(FIRST), on.AudioEnded(FIRST), ended(), on.PartPlayed(FIRST, 500))
    story.asked.clear()
    return story.tell(on.CaptureEnded())


def test_a_silent_endpoint_is_asked_for_a_sign_before_a_recording_ends_well() -> None:
    story = heard_out().tell(GRACE)
    assert SIGN in story.asked
    assert not story.of(do.End)


def test_an_endpoint_that_answers_was_done() -> None:
    story = heard_out().tell(GRACE, on.SessionConfigured(), GRACE)
    assert story.of(do.End) == [do.End(None)]


def test_an_endpoint_that_refuses_has_answered_too() -> None:
    refused = on.ErrorReported("invalid_request_error", "unknown_or_invalid_event", "No.")
    story = heard_out().tell(GRACE, refused, GRACE)
    assert story.of(do.End) == [do.End(None)]
    assert not story.of(do.Warn)


def test_an_endpoint_that_gives_none_is_gone() -> None:
    (end,) = heard_out().tell(GRACE, ANSWER).of(do.End)
    assert isinstance(end.error, NetworkError)
    assert "sign that it is still there" in str(end.error)


def test_a_turn_that_comes_after_all_is_answered_and_wants_a_sign_of_its_own() -> None:
    story = heard_out().tell(GRACE, SPEAKS, on.SessionConfigured())
    assert not story.of(do.End)
    story.tell(on.SpeechStopped(SPEAKS.item_id, 900), on.InputCommitted(SPEAKS.item_id))
    story.tell(on.ResponseStarted("resp_2"), on.ResponseEnded("resp_2", "completed"))
    story.tell(GRACE)
    assert story.asked.count(SIGN) == 2


@pytest.mark.parametrize(
    "wishes",
    [
        replace(RECORDED, session=do.ConfigureSession()),
        replace(RECORDED, recorded=False, max_ms=1.0),
    ],
    ids=["turns of the key are acknowledged one by one", "somebody who talks leaves by themselves"],
)
def test_nobody_else_needs_a_sign(wishes: TalkWishes) -> None:
    story = Story(wishes, there=False).talking()
    story.tell(on.CaptureEnded() if wishes.recorded else on.TimerFired(Timer.LIMIT), GRACE)
    assert SIGN not in story.asked


def test_an_endpoint_that_never_answered_an_update_is_not_asked_for_another() -> None:
    options = (do.ConfigureTranscription("m"),)
    story = heard_out(wishes=replace(RECORDED, transcription=options)).tell(GRACE)
    assert SIGN not in story.asked
