"""It ends, and says how: what is owed, what counts as progress, and what a reply must hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from complaints import complaint
from conversing import CHUNK, FIRST, NEXT, SECOND, SERVER, SPEAKS, Story, cleared, ended

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.session_config import SemanticVad, TalkWishes
from s2s.errors import NetworkError, ResponseError, S2SError

ANSWER = on.TimerFired("answer")
LIMIT, LAST, GRACE = on.TimerFired("limit"), on.TimerFired("last"), on.TimerFired("grace")
STOPS = on.SpeechStopped("item_9", 900)
COMMITTED = on.InputCommitted("item_9")
STARTED = on.ResponseStarted("resp_1")
SOUND = on.AudioReceived(FIRST, SECOND)
LIVE = TalkWishes(do.ConfigureSession(turn_detection=SERVER))
RECORDED = replace(LIVE, recorded=True)


def waits(story: Story) -> bool:
    """Whether the timer for what is owed runs."""
    timers = [each for each in story.asked if isinstance(each, do.StartTimer | do.CancelTimer)]
    answer = [each for each in timers if each.name == "answer"]
    return bool(answer) and isinstance(answer[-1], do.StartTimer)


def recorded() -> Story:
    return Story(RECORDED).talking()


def failing(story: Story) -> S2SError:
    error = story.error
    assert error is not None
    return error


def warnings(story: Story) -> list[str]:
    return [each.message for each in story.of(do.Warn)]


# --- what is owed to a recording

OWED = [
    ("the end of your turn", (SPEAKS, on.CaptureEnded())),
    ("your turn to be taken", (SPEAKS, STOPS)),
    ("the reply", (SPEAKS, STOPS, COMMITTED)),
    ("the reply", (SPEAKS, COMMITTED, STARTED)),
    ("the end of the reply", (COMMITTED, STARTED, SOUND)),
    ("the end of the reply", (COMMITTED, STARTED, SOUND, on.AudioEnded(FIRST))),
    ("the reply", (on.TextEntered("Hello."),)),
    ("the reply", (COMMITTED, STARTED, SOUND, ended(), SPEAKS, STOPS, on.InputCommitted("u2"))),
]


@pytest.mark.parametrize(("missing", "story"), OWED)
def test_what_is_owed_to_a_recording_and_does_not_come_is_what_it_ends_with(
    missing: str, story: tuple[on.Event, ...]
) -> None:
    told = recorded().tell(*story)
    assert waits(told)
    assert not told.leaves
    told.tell(ANSWER, on.PartPlayed(FIRST, 1000))
    if not told.of(do.End):  # what had come is heard first
        told.tell(GRACE)
    assert isinstance(failing(told), NetworkError)
    named = f"No answer from the endpoint for 30 s while waiting for {missing}."
    assert failing(told).message == named


@pytest.mark.parametrize(("missing", "story"), OWED[1:])
def test_somebody_who_talks_is_told_and_goes_on(missing: str, story: tuple[on.Event, ...]) -> None:
    told = Story(LIVE).talking().tell(*story, ANSWER, on.PartPlayed(FIRST, 1000))
    assert warnings(told) == [f"No answer from the endpoint for 30 s while waiting for {missing}."]
    assert not told.of(do.End)
    assert told.state == "listening"


def test_somebody_who_talks_may_speak_for_as_long_as_they_like() -> None:
    assert not waits(Story(LIVE).talking().tell(SPEAKS))


def test_the_end_of_a_turn_may_take_the_pause_that_ends_it() -> None:
    eager = SemanticVad("low")
    story = Story(TalkWishes(do.ConfigureSession(turn_detection=eager))).talking()
    story.tell(SPEAKS, on.CaptureEnded())
    assert do.StartTimer("answer", 38_000.0) in story.asked


def test_a_recording_in_which_no_turn_was_found_says_so() -> None:
    story = recorded().tell(on.AudioCaptured(CHUNK), on.CaptureEnded(), GRACE)
    assert isinstance(failing(story), NetworkError)
    assert "no turn" in failing(story).message


def test_an_answer_that_was_missing_before_the_recording_was_over_is_what_it_ends_with() -> None:
    story = Story(LIVE).talking().tell(COMMITTED, ANSWER, on.CaptureEnded(), GRACE)
    assert isinstance(failing(story), NetworkError)


def test_what_was_interrupted_is_nobodys_loss() -> None:
    story = recorded().tell(on.TextEntered("Hello."), STARTED, on.InterruptPressed())
    story.tell(on.CaptureEnded())
    assert waits(story), "until its end, which may never come"
    story.tell(ANSWER)
    assert story.leaves
    assert not warnings(story)


def test_an_answer_to_speech_whose_end_was_never_told_is_an_answer() -> None:
    story = recorded().tell(SPEAKS, on.CaptureEnded(), STARTED, SOUND, ended())
    assert story.tell(on.PartPlayed(FIRST, 1000)).leaves


def test_sound_that_nobody_ends_does_not_keep_a_recording_for_ever() -> None:
    story = recorded().tell(COMMITTED, STARTED, SOUND, ended(), on.PartPlayed(FIRST, 1000))
    story.tell(on.AudioReceived(NEXT, SECOND), on.CaptureEnded(), ANSWER)
    assert do.EndPart(NEXT) in story.asked


@pytest.mark.parametrize("more", [b"", SECOND])
def test_an_endpoint_that_was_given_up_is_not_waited_for_though_it_goes_on(more: bytes) -> None:
    story = recorded().tell(COMMITTED, STARTED, SOUND, on.PartStarted(FIRST), ANSWER)
    again = (on.AudioReceived(FIRST, more), STARTED, SPEAKS, on.AudioReceived(NEXT, more))
    story.tell(*again, on.PartPlayed(FIRST, 1000), *again)
    assert story.leaves
    assert isinstance(story.tell(GRACE).error, NetworkError)


def test_sound_without_a_sample_is_nothing_that_is_played() -> None:
    story = recorded().tell(COMMITTED, STARTED, on.AudioReceived(FIRST, b""), ANSWER)
    assert isinstance(story.error, NetworkError)


# --- progress


HEARTBEATS = [
    on.Ignored(),
    on.Ignored("response.output_item.added item_1 0"),
    on.RateLimitsUpdated(1.0),
    on.AudioReceived(FIRST, b""),
    on.TextReceived(FIRST, ""),
    on.UserTextReceived("item_9", ""),
    STARTED,
    COMMITTED,
    SPEAKS,
    STOPS,
    on.ItemAdded("item_1", "", "message", "assistant"),
    on.UserTranscribed("item_9", ""),
    on.AudioEnded(FIRST),
    on.TextEnded(FIRST, ""),
    on.SessionConfigured(),
    on.FunctionCalled("resp_1", "f1", "c1", "weather", "{}"),
    complaint("", "odd", "Still busy."),
]


@pytest.mark.parametrize("beat", HEARTBEATS, ids=lambda beat: type(beat).__name__)
def test_what_says_nothing_or_the_same_again_is_no_progress(beat: on.Event) -> None:
    story = recorded().tell(SPEAKS, STOPS, COMMITTED, STARTED, beat)
    story.asked.clear()
    story.tell(beat, beat)
    restarted = [each for each in story.of(do.StartTimer) if each.name == "answer"]
    assert not restarted


@pytest.mark.parametrize(
    "step",
    [
        SOUND,
        on.TextReceived(FIRST, "a"),
        on.ItemAdded("item_1", "", "message", "assistant"),
        on.Ignored("response.output_item.added item_1 0"),
        on.UserTranscribed("item_9", "Hello"),
    ],
)
def test_sound_a_letter_an_item_and_a_status_are_progress(step: on.Event) -> None:
    story = recorded().tell(COMMITTED, STARTED)
    story.asked.clear()
    assert do.StartTimer("answer", 30_000.0) in story.tell(step).asked


def test_a_turn_that_is_told_twice_is_one_turn() -> None:
    story = recorded().tell(SPEAKS, STOPS, COMMITTED, STARTED, SOUND, ended(), COMMITTED)
    assert story.tell(on.CaptureEnded(), on.PartPlayed(FIRST, 1000)).leaves


# --- the limit


def test_at_the_limit_the_microphone_closes() -> None:
    story = Story(LIVE).talking().tell(LIMIT)
    assert story.of(do.CloseMicrophone)
    assert not story.tell(on.AudioCaptured(CHUNK)).of(do.SendAudio)
    assert story.leaves


STATES: list[tuple[on.Event, ...]] = [
    (),
    (SPEAKS,),
    (SPEAKS, STOPS),
    (SPEAKS, STOPS, COMMITTED),
    (COMMITTED, STARTED),
    (COMMITTED, STARTED, SOUND),
    (COMMITTED, STARTED, SOUND, on.PartStarted(FIRST)),
    (COMMITTED, STARTED, SOUND, on.PartStarted(FIRST), ended()),
    (on.TextEntered("Hello."), on.InterruptPressed()),
    (COMMITTED, STARTED, ended("failed", "rate_limit_exceeded", "Try again in 100s.")),
    (on.MutePressed(), SPEAKS),
]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("wishes", [LIVE, replace(LIVE, session=do.ConfigureSession())])
def test_whatever_goes_on_the_limit_is_a_normal_end(
    state: tuple[on.Event, ...], wishes: TalkWishes
) -> None:
    story = Story(wishes).talking().tell(*state, LIMIT)
    assert [each for each in story.of(do.StartTimer) if each.name == "last"]
    assert story.tell(LAST).error is None


@pytest.mark.parametrize("state", STATES[1:7])
def test_with_a_recording_an_answer_that_is_owed_then_is_missing(
    state: tuple[on.Event, ...],
) -> None:
    assert isinstance(recorded().tell(*state, LIMIT, LAST).error, NetworkError)


@pytest.mark.parametrize("state", STATES[1:6])
def test_after_the_limit_silence_of_the_endpoint_is_a_normal_end(
    state: tuple[on.Event, ...],
) -> None:
    story = Story(LIVE).talking().tell(*state, LIMIT)
    assert waits(story)
    story.tell(ANSWER, on.PartPlayed(FIRST, 1000))
    assert story.leaves
    assert story.tell(GRACE).error is None


def test_with_a_recording_it_is_not() -> None:
    assert isinstance(recorded().tell(COMMITTED, LIMIT, ANSWER).error, NetworkError)


def test_what_sounds_at_the_limit_sounds_for_a_minute_at_most() -> None:
    story = Story(LIVE).talking().tell(COMMITTED, STARTED, SOUND, on.PartStarted(FIRST), LIMIT)
    assert do.StartTimer("last", 60_000.0) in story.asked


def test_an_answer_that_begins_after_the_limit_sounds_for_a_minute_at_most() -> None:
    story = Story(LIVE).talking().tell(COMMITTED, LIMIT)
    assert do.StartTimer("last", 90_000.0) in story.asked
    story.asked.clear()
    story.tell(STARTED, SOUND, on.PartStarted(FIRST), on.PartStarted(FIRST))
    assert [each for each in story.of(do.StartTimer) if each.name == "last"] == [
        do.StartTimer("last", 60_000.0)
    ]


@pytest.mark.parametrize(
    "trouble",
    [
        on.ConnectionLost(1006),
        on.SendingStalled(31_000),
        complaint("", "session_expired", "An hour is over."),
        ended("failed", "insufficient_quota", "No credit."),
    ],
)
@pytest.mark.parametrize("sounds", [True, False])
def test_after_the_limit_trouble_is_told_and_no_failure(trouble: on.Event, sounds: bool) -> None:
    story = Story(LIVE).talking().tell(COMMITTED, STARTED)
    story.tell(*((SOUND, on.PartStarted(FIRST)) if sounds else ()), LIMIT, trouble)
    if sounds:
        story.tell(on.PartPlayed(FIRST, 1000), GRACE)
    assert story.error is None
    assert len(warnings(story)) == 1


# --- functions


def called(number: int, name: str = "weather") -> tuple[on.Event, ...]:
    response = f"r{number}"
    return (
        on.ResponseStarted(response),
        on.FunctionCalled(response, f"f{number}", f"c{number}", name, "{}"),
        on.ResponseEnded(response, "completed"),
    )


def test_calls_are_answered_three_times_in_a_turn_and_then_nothing_is_asked_for() -> None:
    story = Story(LIVE).talking().tell(on.TextEntered("Rain?"))
    for number in range(20):
        story.tell(*called(number))
    assert len(story.of(do.CreateResponse)) == 1 + 3
    assert len(story.of(do.CreateFunctionOutput)) == 20
    assert story.state == "listening"
    assert any("nothing more" in each for each in warnings(story))


def test_the_next_turn_of_the_user_has_its_own_three() -> None:
    story = Story(LIVE).talking()
    for text in ("Rain?", "Snow?"):
        story.tell(on.TextEntered(text))
        for number in range(6):
            story.tell(*called(number))
    assert len(story.of(do.CreateResponse)) == 2 * (1 + 3)


def test_sound_between_the_calls_makes_no_new_turn() -> None:
    story = Story(LIVE).talking().tell(on.TextEntered("Rain?"))
    for number in range(9):
        started, call, over = called(number)
        sound = on.AudioReceived(on.Part(f"r{number}", f"i{number}", 0, 0), pcm.silence(20))
        story.tell(started, sound, call, over)
    assert len(story.of(do.CreateResponse)) == 1 + 3


def test_a_call_that_is_told_twice_or_only_with_the_end_is_answered_once() -> None:
    call = on.FunctionCalled("resp_1", "f1", "c1", "weather", "{}")
    story = Story(LIVE).talking().tell(on.TextEntered("Rain?"), STARTED, call, call)
    story.tell(replace(ended(), calls=(call,)))
    assert len(story.of(do.CreateFunctionOutput)) == 1
    story = Story(LIVE).talking().tell(on.TextEntered("Rain?"), STARTED)
    story.tell(replace(ended(), calls=(call,)))
    assert len(story.of(do.CreateFunctionOutput)) == 1


def test_an_approval_is_declined_as_a_call_is() -> None:
    wanted = on.ApprovalRequested("resp_1", "a1", "mail", "send", "{}")
    story = Story(LIVE).talking().tell(on.TextEntered("Write."), STARTED, wanted, wanted, ended())
    assert story.for_endpoint[-2:] == [do.DeclineApproval("a1"), do.CreateResponse()]
    assert story.of(do.DeclineApproval) == [do.DeclineApproval("a1")]
    assert "send of mail" in warnings(story)[0]


# --- what a reply holds


def ending(*events: on.Event) -> S2SError:
    """What a recording ends with that gets such a reply."""
    story = recorded().tell(COMMITTED, STARTED, *events, on.CaptureEnded(), GRACE)
    assert failing(story).message in warnings(story)
    return failing(story)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ((ended(),), "The reply is empty."),
        ((on.AudioReceived(FIRST, b""), ended()), "The reply is empty."),
        ((on.TextReceived(FIRST, "Hi."), ended()), "The reply holds no audio, only words."),
        (
            (on.MessageUnreadable("it is not base64"), ended()),
            "Nothing of the reply's audio could be read: it is not base64.",
        ),
        ((ended("cancelled"),), "The model's response was cancelled."),
        (
            (ended("", "in_progress"),),
            "The model's response ended without a known status: in progress.",
        ),
        ((ended(""),), "The model's response ended without a known status."),
        ((ended("incomplete", "content_filter"),), "The reply is incomplete: content filter."),
    ],
)
def test_a_reply_that_is_none_is_named_as_what_it_is(
    events: tuple[on.Event, ...], message: str
) -> None:
    error = ending(*events)
    assert isinstance(error, ResponseError)
    assert error.message == message


def test_a_recording_that_only_gets_calls_is_told_so() -> None:
    story = recorded().tell(COMMITTED)
    for number in range(4):
        story.tell(*called(number))
    story.tell(on.CaptureEnded(), GRACE)
    assert len(warnings(story)) == 4 + 1
    assert failing(story).message == (
        "The reply only asks for a function (weather), which nobody here can run."
    )


def test_a_good_answer_after_a_call_is_a_good_end() -> None:
    story = recorded().tell(COMMITTED, *called(1), STARTED, SOUND, ended(), on.CaptureEnded())
    assert story.tell(on.PartPlayed(FIRST, 1000), GRACE).error is None


def test_a_written_reply_needs_no_audio_and_what_was_interrupted_nothing() -> None:
    written = replace(RECORDED, session=replace(RECORDED.session, text_only=True))
    story = Story(written).talking().tell(COMMITTED, STARTED, on.TextReceived(FIRST, "Hi."))
    assert story.tell(ended(), on.CaptureEnded(), GRACE).error is None
    story = Story(LIVE).talking().tell(COMMITTED, STARTED, SPEAKS, cleared(), ended("cancelled"))
    assert not warnings(story)


@pytest.mark.parametrize("why", ["turn_detected", "client_cancelled"])
def test_a_response_that_was_cancelled_because_the_user_spoke_is_no_failure(why: str) -> None:
    story = Story(LIVE).talking().tell(COMMITTED, SPEAKS, STOPS, ended("cancelled", why))
    assert not warnings(story)
