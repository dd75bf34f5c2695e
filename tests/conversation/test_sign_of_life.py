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


# --- while somebody talks

LOUD, QUIET = b"\x00\x20" * 480, b"\x01\x00" * 480  # 20 ms each
LASTING = TalkWishes(do.ConfigureSession(turn_detection=SERVER), reconnect_ms=300_000)
NO_SIGN = on.TimerFired(Timer.SIGN)
COMMITTED = on.InputCommitted("user_1")


def talks(wishes: TalkWishes = LASTING) -> Story:
    return Story(wishes, there=False).talking()


def says(story: Story, seconds: float, *then: on.Event, chunk: bytes = LOUD) -> Story:
    """Something is said, the endpoint says this to it, and a pause is made that is long enough."""
    story.tell(*[on.AudioCaptured(chunk)] * round(seconds * 50), *[on.AudioCaptured(QUIET)] * 25)
    return story.tell(*then, *[on.AudioCaptured(QUIET)] * 105)


def is_asked(story: Story) -> bool:
    return SIGN in story.asked


def connects_again(story: Story) -> bool:
    return do.Connect() in story.asked


@pytest.mark.parametrize(
    "then", [(), (on.SpeechStarted("user_1", 0),), (on.TimerFired(Timer.ECHO),)], ids=str
)
def test_an_endpoint_that_says_nothing_to_what_was_spoken_is_asked_for_a_sign(
    then: tuple[on.Event, ...],
) -> None:
    assert is_asked(says(talks(), 0.5, *then))


@pytest.mark.parametrize(
    "then",
    [
        (on.SpeechStarted("user_1", 0), on.SpeechStopped("user_1", 600)),
        (COMMITTED,),
        (on.AudioReceived(FIRST, pcm.silence(20)),),
        (on.Ignored(),),
    ],
    ids=str,
)
def test_one_that_says_anything_to_it_is_not(then: tuple[on.Event, ...]) -> None:
    assert not is_asked(says(talks(), 0.5, *then))


@pytest.mark.parametrize(
    ("wishes", "seconds", "chunk"),
    [
        (LASTING, 0.5, QUIET),
        (LASTING, 0.08, LOUD),
        (replace(LASTING, reconnect_ms=0.0), 0.5, LOUD),
        (replace(LASTING, session=do.ConfigureSession()), 0.5, LOUD),
    ],
    ids=["nobody speaks", "a click", "no other connection is wanted", "turns of the key"],
)
def test_it_is_asked_for_nothing_where_it_owes_nothing(
    wishes: TalkWishes, seconds: float, chunk: bytes
) -> None:
    assert not is_asked(says(talks(wishes), seconds, chunk=chunk))


def test_while_a_voice_falls_and_rises_it_has_not_ended() -> None:
    story = talks()
    for _ in range(8):
        story.tell(*[on.AudioCaptured(LOUD)] * 20, *[on.AudioCaptured(QUIET)] * 100)
    assert not is_asked(story)


def test_over_a_noise_that_stays_it_is_heard_that_a_voice_has_ended() -> None:
    noise = b"\x00\x04" * 480  # loud enough to be speech where nothing is louder
    story = talks().tell(*[on.AudioCaptured(LOUD)] * 25)
    assert is_asked(story.tell(*[on.AudioCaptured(noise)] * 130))


def test_one_that_gives_a_sign_has_found_no_turn() -> None:
    story = says(talks(), 0.5).tell(on.SessionConfigured(), NO_SIGN)
    assert not connects_again(story)
    assert do.CancelTimer(Timer.SIGN) in story.asked
    assert is_asked(says(talks(), 0.5)), "the next time too"


def test_an_endpoint_that_refuses_the_question_has_given_a_sign() -> None:
    refused = on.ErrorReported("invalid_request_error", "unknown_or_invalid_event", "No.")
    story = says(talks(), 0.5).tell(refused, NO_SIGN)
    assert not connects_again(story)
    assert not story.of(do.Warn)


def test_one_that_gives_none_is_left_and_the_next_hears_all_that_was_said() -> None:
    story = says(talks(), 15.0).tell(NO_SIGN)
    (warning,) = story.of(do.Warn)
    assert "sign that it is still there. Connecting again" in warning.message
    assert connects_again(story)
    story.asked.clear()
    story.tell(on.SessionStarted("sess_2", "m"), on.SessionConfigured())
    sent = b"".join(each.pcm for each in story.of(do.SendAudio))
    assert sent.count(LOUD) == 15 * 50


def test_a_second_one_that_gives_none_is_not_left_before_it_has_heard_a_turn() -> None:
    """One that answers no such question hears a noise no better for being connected anew."""
    story = says(talks(), 0.5).tell(NO_SIGN)
    story.tell(on.SessionStarted("sess_2", "m"), on.SessionConfigured())
    story.asked.clear()
    assert not is_asked(says(story, 0.5))
    story.tell(on.SpeechStarted("user_1", 0), on.SpeechStopped("user_1", 900), COMMITTED)
    story.tell(on.ResponseStarted("resp_1"), ended())
    assert is_asked(says(story, 0.5))


def owed(wishes: TalkWishes = LASTING) -> Story:
    """An answer is due, and the endpoint comes no further."""
    story = talks(wishes)
    story.tell(on.SpeechStarted("user_1", 0), on.SpeechStopped("user_1", 900), COMMITTED)
    return story.tell(on.ResponseStarted("resp_1"), ANSWER)


def test_before_somebody_is_told_that_no_answer_comes_the_endpoint_is_asked_for_a_sign() -> None:
    story = owed()
    assert is_asked(story)
    assert not story.of(do.Warn)
    (warning,) = story.tell(on.SessionConfigured()).of(do.Warn)
    assert "No answer from the endpoint for 30 s" in warning.message
    assert not connects_again(story)


def test_one_that_is_gone_is_asked_again_over_another_connection() -> None:
    story = owed().tell(NO_SIGN)
    assert connects_again(story)
    story.asked.clear()
    story.tell(on.SessionStarted("sess_2", "m"), on.SessionConfigured(), on.SessionConfigured())
    assert do.CreateResponse() in story.asked


def test_an_answer_that_comes_after_all_may_take_its_time_again() -> None:
    story = owed().tell(on.AudioReceived(FIRST, pcm.silence(20)))
    assert not story.of(do.Warn)
    assert story.of(do.StartTimer)[-1].name == Timer.ANSWER
    story.tell(on.SessionConfigured())
    assert not story.of(do.Warn)


def test_without_another_connection_somebody_is_told_at_once() -> None:
    story = owed(replace(LASTING, reconnect_ms=0.0))
    assert story.of(do.Warn)
    assert not is_asked(story)


def test_a_recording_is_not_kept_waiting_for_a_sign_of_what_owes_it_an_answer() -> None:
    story = owed(replace(LASTING, recorded=True))
    assert not is_asked(story)
    assert connects_again(story)


def test_it_is_asked_once_whatever_else_is_said_meanwhile() -> None:
    story = says(says(talks(), 0.5), 0.5)
    assert story.asked.count(SIGN) == 1


def test_a_sign_that_a_lost_session_owed_is_not_waited_for_in_the_next() -> None:
    story = says(talks(), 0.5).tell(on.ConnectionLost())
    story.tell(on.SessionStarted("sess_2", "m"), on.SessionConfigured())
    story.asked.clear()
    assert not connects_again(story.tell(NO_SIGN))
