"""One manual turn, rule by rule: what is waited for, shown and told at each of its steps."""

from __future__ import annotations

import pytest
from test_exchange import PART, SECOND, TRANSCRIPTION, Story, reply

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.exchange import Exchange
from s2s.conversation.phases import Phase, Timer
from s2s.conversation.session_config import Wishes
from s2s.errors import NetworkError, ResponseError, S2SError, UsageError

LIMITED = on.ErrorReported("", "", "Slow down", cause=Cause.RATE_LIMIT)
OTHER = on.Part("resp_1", "item_1", 0, 1)


def warned(story: Story) -> list[str]:
    return [each.message for each in story.of(do.Warn)]


def answered() -> Story:
    """The reply is complete, and the user's words are to come."""
    story = Story(Wishes(transcription=TRANSCRIPTION)).up_to_upload()
    story.tell(on.SessionConfigured(), on.UploadEnded(len(SECOND), 0.5), on.InputCommitted("i"))
    return story.tell(*reply(on.AudioReceived(PART, b"\1\2"), on.TextReceived(PART, "Hi.")))


# --- how long each step may take


def test_from_its_first_moment_the_endpoint_has_its_time_and_anew_with_each_step() -> None:
    story = Story(Wishes(timeout_ms=7_000.0))
    anew = do.StartTimer(Timer.SILENCE, 7_000.0)
    assert story.asked == [do.Connect(), anew]
    for step in (on.SessionStarted("s", "m"), on.UploadEnded(len(SECOND), 0.5)):
        story.asked.clear()
        story.tell(step)
        assert anew in story.asked
        story.tell(on.SessionConfigured())


STEPS: list[tuple[list[on.Event], str | None]] = [
    ([], "opening the session"),
    ([on.SessionStarted("s", "m")], "setting the session up"),
    ([on.SessionStarted("s", "m"), on.SessionConfigured()], None),  # it is we who read
]


@pytest.mark.parametrize(("steps", "doing"), STEPS)
def test_silence_ends_it_where_the_endpoint_has_to_answer(
    steps: list[on.Event], doing: str | None
) -> None:
    story = Story(Wishes(timeout_ms=7_000.0)).tell(*steps, on.TimerFired(Timer.SILENCE))
    if doing is None:
        assert not story.of(do.End)
    else:
        assert str(story.error) == f"No answer from the endpoint for 7 s while {doing}."


def test_other_timers_mean_nothing_out_of_their_time() -> None:
    story = Story().up_to_question()
    for timer in (Timer.SETTLE, Timer.PAUSE, Timer.OPTION):
        story.tell(on.TimerFired(timer))
    assert not story.of(do.End)
    assert len(story.of(do.CreateResponse)) == 1
    assert len(story.of(do.StartUpload)) == 1


def test_silence_after_the_reply_is_no_silence_of_a_reply() -> None:
    story = answered().tell(on.TimerFired(Timer.SILENCE))
    assert not story.of(do.End)


def test_an_upload_that_stalls_is_told_with_the_time_it_had() -> None:
    story = Story(Wishes(timeout_ms=7_000.0)).up_to_upload().tell(on.UploadStalled())
    assert str(story.error) == "No answer from the endpoint for 7 s while uploading."


def test_a_recording_that_cannot_be_read_further_ends_it_with_that() -> None:
    failure = UsageError("The file is cut off.", "Is it whole?")
    assert Story().up_to_upload().tell(on.UploadFailed(failure)).error is failure


def test_what_connecting_failed_by_is_what_it_ends_with() -> None:
    failure = NetworkError("Nobody is there.", "")
    assert Story().tell(on.ConnectFailed(failure)).error is failure


# --- the question


def test_an_optional_setting_has_half_the_time_and_five_seconds_at_most() -> None:
    for timeout_ms, patience_ms in ((4_000.0, 2_000.0), (30_000.0, 5_000.0)):
        wishes = Wishes(transcription=TRANSCRIPTION, timeout_ms=timeout_ms)
        story = Story(wishes).up_to_upload()
        assert do.StartTimer(Timer.OPTION, patience_ms) in story.asked
        story.tell(on.SessionConfigured())
        assert do.CancelTimer(Timer.OPTION) in story.asked


def test_a_text_takes_the_place_of_a_recording() -> None:
    exchange = Exchange(Wishes(), text="How are you?")
    exchange.handle(on.SessionStarted("s", "m"))
    asked = exchange.handle(on.SessionConfigured())
    sent = [each for each in asked if isinstance(each, do.CreateUserText | do.CreateResponse)]
    assert sent == [do.CreateUserText("How are you?"), do.CreateResponse()]
    assert do.StartUpload() not in asked
    assert exchange.phase is Phase.ASKING


def test_a_recording_is_asked_about_once_however_often_it_is_taken() -> None:
    story = Story().up_to_question().tell(on.InputCommitted("item_0"))
    assert len(story.of(do.CreateResponse)) == 1
    early = Story().up_to_upload().tell(on.InputCommitted("item_0"))
    assert not early.of(do.CreateResponse), "nothing was committed yet"


def test_a_transcription_that_is_refused_by_everybody_is_told_and_costs_no_more() -> None:
    refused = on.ErrorReported("", "no_such", "Not here.")
    story = Story(Wishes(transcription=TRANSCRIPTION)).up_to_upload().tell(refused, refused)
    assert warned(story) == ["No transcript of your words: the endpoint took no such setting."]
    assert story.of(do.StartUpload)


# --- the reply


def test_what_comes_before_anything_was_asked_is_no_reply() -> None:
    story = Story().up_to_upload()
    story.tell(
        on.ResponseStarted("resp_1"),
        on.AudioReceived(PART, b"\1\2"),
        on.FunctionCalled("resp_1", "f1", "c1", "weather", "{}"),
        on.ResponseEnded("resp_1", "completed"),
    )
    assert not story.of(do.WriteAudio) and not story.of(do.Warn) and not story.of(do.End)


def test_an_end_that_is_told_twice_after_a_call_does_not_end_the_answer_to_it() -> None:
    story = Story().up_to_question()
    call = on.FunctionCalled("resp_1", "f1", "c1", "weather", "{}")
    story.tell(on.ResponseStarted("resp_1"), call, on.ResponseEnded("resp_1", "completed"))
    assert len(story.of(do.CreateResponse)) == 2
    story.tell(on.ResponseStarted("resp_2"), on.ResponseEnded("resp_1", "completed"))
    assert not story.of(do.End)


def test_a_model_that_goes_on_calling_is_told_of_and_asked_no_more() -> None:
    story = Story().up_to_question()
    for number in range(4):
        call = on.FunctionCalled(f"r{number}", f"f{number}", f"c{number}", "weather", "{}")
        story.tell(on.ResponseStarted(f"r{number}"), call)
        story.tell(on.ResponseEnded(f"r{number}", "completed"))
    assert len(story.of(do.CreateResponse)) == 4
    assert isinstance(story.error, ResponseError)
    assert any("goes on calling" in each for each in warned(story))


def test_the_lines_of_a_reply_are_closed_once_if_there_are_any() -> None:
    story = Story().up_to_question().tell(*reply(on.TextReceived(PART, "Hi.")))
    assert story.of(do.ShowText) == [
        do.ShowText("assistant", "Hi."),
        do.ShowText("assistant", "", ends=True),
    ]
    mute = Story().up_to_question().tell(*reply(on.AudioReceived(PART, b"\1\2")))
    assert not mute.of(do.ShowText)


def test_a_part_that_waits_for_the_one_before_it_is_written_when_that_has_ended() -> None:
    story = Story().up_to_question()
    story.tell(on.ResponseStarted("resp_1"), on.AudioReceived(PART, b"\1\1"))
    story.tell(on.AudioReceived(OTHER, b"\2\2"), on.AudioReceived(PART, b"\3\3"))
    assert story.written == b"\1\1\3\3"
    story.tell(on.AudioEnded(PART))
    assert story.written == b"\1\1\3\3\2\2"


def test_what_still_waits_when_the_response_is_over_is_written_and_shown() -> None:
    story = Story().up_to_question().tell(*reply(
        on.AudioReceived(PART, b"\1\1"), on.AudioReceived(OTHER, b"\2\2"),
        on.TextReceived(PART, "One."), on.TextReceived(OTHER, "Two."),
    ))  # fmt: skip
    assert story.written == b"\1\1\2\2"
    assert story.said == "One.\nTwo."


def test_halves_of_samples_of_two_parts_are_not_put_together() -> None:
    story = Story().up_to_question().tell(on.ResponseStarted("resp_1"))
    story.tell(on.AudioReceived(PART, b"\1"), on.AudioReceived(OTHER, b"\2\2"))
    story.tell(on.AudioReceived(PART, b"\1"), on.AudioEnded(PART))
    assert story.written == b"\1\1\2\2"


def test_the_final_texts_are_shown_where_no_piece_has_come() -> None:
    texts = ((PART, "One."), (OTHER, "Two."))
    story = (
        Story()
        .up_to_question()
        .tell(
            on.ResponseStarted("resp_1"),
            on.AudioReceived(PART, b"\1\2"),
            on.ResponseEnded("resp_1", "completed", texts=texts),
        )
    )
    assert story.said == "One.\nTwo."
    with_pieces = (
        Story()
        .up_to_question()
        .tell(
            on.TextReceived(PART, "One."),
            on.AudioReceived(PART, b"\1\2"),
            on.ResponseEnded("resp_1", "completed", texts=texts),
        )
    )
    assert with_pieces.said == "One."


# --- again, after a while


def test_a_rate_limit_is_waited_for_and_told_and_what_had_come_is_begun_anew() -> None:
    story = (
        Story()
        .up_to_question()
        .tell(
            on.ResponseStarted("resp_1"),
            on.AudioReceived(PART, b"\1\2"),
            on.ResponseEnded("resp_1", "failed", "rate", "Slow down", cause=Cause.RATE_LIMIT),
        )
    )
    assert warned(story) == ["Rate limited; trying again in 1.0 s (1 of 3)."]
    assert do.StartTimer(Timer.PAUSE, 1_000.0) in story.asked
    assert story.of(do.RestartReply) == [do.RestartReply()]
    story.tell(on.TimerFired(Timer.PAUSE))
    assert len(story.of(do.CreateResponse)) == 2


def test_where_nothing_had_come_nothing_is_begun_anew() -> None:
    story = Story().up_to_question().tell(LIMITED)
    assert not story.of(do.RestartReply)
    assert do.StartTimer(Timer.PAUSE, 1_000.0) in story.asked


def test_a_rate_limit_that_is_told_while_the_reply_comes_is_a_complaint() -> None:
    story = Story().up_to_question().tell(on.ResponseStarted("resp_1"), LIMITED)
    assert warned(story) == ["The endpoint complains: Slow down"]
    assert not story.of(do.End)


def test_after_three_it_ends_with_what_the_endpoint_says() -> None:
    story = Story().up_to_question()
    for _ in range(3):
        story.tell(LIMITED, on.TimerFired(Timer.PAUSE))
    story.tell(LIMITED)
    assert str(story.error) == "Rate limited (3 retries): Slow down"


# --- the user's words


def shown(story: Story) -> list[str]:
    return [each.text for each in story.of(do.ShowText) if each.role == "user"]


def test_pieces_of_the_users_words_are_put_together_and_shown_once() -> None:
    story = answered()
    story.tell(on.UserTextReceived("i", "How "), on.UserTextReceived("i", "are you?"))
    assert shown(story) == []
    story.tell(on.TimerFired(Timer.SETTLE))
    assert shown(story) == ["How are you?"]
    assert not warned(story)


def test_words_that_replace_those_before_them_do() -> None:
    story = answered()
    story.tell(on.UserTextReceived("i", "How"), on.UserTextReceived("i", "Who are", whole=True))
    story.tell(on.TimerFired(Timer.SETTLE))
    assert shown(story) == ["Who are"]


def test_words_that_may_still_change_are_waited_for_though_nobody_asked_for_them() -> None:
    story = Story().up_to_question().tell(on.UserTextReceived("i", "How", whole=True))
    story.tell(*reply(on.AudioReceived(PART, b"\1\2")))
    assert not story.of(do.End)
    story.tell(on.UserTranscribed("i", "How are you?"))
    assert shown(story) == ["How are you?"]
    assert story.error is None


def test_words_that_come_before_the_reply_do_not_end_it() -> None:
    story = Story(Wishes(transcription=TRANSCRIPTION)).up_to_upload()
    story.tell(on.SessionConfigured(), on.UploadEnded(len(SECOND), 0.5), on.InputCommitted("i"))
    story.tell(on.UserTranscribed("i", "Hi"), on.UserTranscribed("i", "Hi"))
    assert shown(story) == ["Hi"] and not story.of(do.End)


MISSING = "The transcript of your words did not come"


@pytest.mark.parametrize(
    ("late", "told"),
    [
        (on.TimerFired(Timer.SETTLE), MISSING),
        (on.ConnectionLost(1000), f"{MISSING}: the connection ended"),
        (on.ErrorReported("", "odd", "No words."), f"{MISSING}: No words."),
        (on.ErrorReported("", "odd", ""), f"{MISSING}: odd"),
    ],
)
def test_words_that_do_not_come_are_told_with_the_reason_that_is_known(
    late: on.Event, told: str
) -> None:
    story = answered().tell(late)
    assert warned(story) == [told]
    assert story.error is None


# --- complaints


@pytest.mark.parametrize(
    ("steps", "begins"),
    [
        ([], "The endpoint refused the session: No."),
        ([on.SessionStarted("s", "m")], "The endpoint rejected the session's settings: No."),
    ],
)
def test_a_complaint_about_the_step_under_way_ends_it(steps: list[on.Event], begins: str) -> None:
    story = Story().tell(*steps, on.ErrorReported("", "", "No"))
    error: S2SError | None = story.error
    assert str(error) == begins


def test_a_complaint_that_refuses_what_was_asked_for_ends_it_too() -> None:
    story = Story().up_to_question().tell(on.ErrorReported("", "", "No"))
    assert str(story.error) == "The endpoint reported an error while waiting for the reply: No."
