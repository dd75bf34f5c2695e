"""One manual turn, told as stories: what the endpoint says, what we do about it."""

from __future__ import annotations

from typing import TypeVar

import pytest
from complaints import complaint, hung_up, response_ended

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.exchange import Exchange
from s2s.conversation.refusals import hinted_wait_s
from s2s.conversation.session_config import Wishes
from s2s.errors import (
    NetworkError,
    RefusedError,
    ResponseError,
    S2SError,
    SoundError,
    UsageError,
)

C = TypeVar("C")
PART = on.Part("resp_1", "item_1", 0, 0)
SECOND = pcm.silence(1000)
TRANSCRIPTION = (do.ConfigureTranscription("first"), do.ConfigureTranscription("second"))


class Story:
    """An exchange and everything it has asked for."""

    def __init__(self, wishes: Wishes | None = None) -> None:
        self.exchange = Exchange(wishes or Wishes())
        self.asked: list[do.Command] = self.exchange.start()

    def tell(self, *events: on.Event) -> Story:
        for event in events:
            self.asked += self.exchange.handle(event)
        return self

    def up_to_upload(self) -> Story:
        return self.tell(on.SessionStarted("sess_1", "m"), on.SessionConfigured())

    def up_to_question(self) -> Story:
        self.up_to_upload()
        return self.tell(on.UploadEnded(len(SECOND), 0.5), on.InputCommitted("item_0"))

    def of(self, kind: type[C]) -> list[C]:
        return [each for each in self.asked if isinstance(each, kind)]

    @property
    def error(self) -> S2SError | None:
        (end,) = self.of(do.End)
        return end.error

    @property
    def written(self) -> bytes:
        return b"".join(each.pcm for each in self.of(do.WriteAudio))

    @property
    def said(self) -> str:
        return "".join(each.text for each in self.of(do.ShowText) if each.role == "assistant")


def reply(*events: on.Event) -> tuple[on.Event, ...]:
    return on.ResponseStarted("resp_1"), *events, on.ResponseEnded("resp_1", "completed")


def test_a_recording_goes_up_and_a_reply_comes_back() -> None:
    story = Story().up_to_question()
    story.tell(*reply(on.AudioReceived(PART, b"\1\2"), on.TextReceived(PART, "Hi.")))
    timers = (do.StartTimer, do.CancelTimer)
    order = [type(each).__name__ for each in story.asked if not isinstance(each, timers)]
    assert order == [
        "Connect", "ConfigureSession", "StartUpload", "CommitAudio", "CreateResponse",
        "WriteAudio", "ShowText", "ShowText", "End",
    ]  # fmt: skip
    assert story.written == b"\1\2"
    assert story.error is None


def test_nothing_is_uploaded_before_the_endpoint_took_the_settings() -> None:
    assert not Story().tell(on.SessionStarted("sess_1", "m")).of(do.StartUpload)


def test_no_response_is_asked_for_before_the_recording_was_taken() -> None:
    story = Story().up_to_upload().tell(on.UploadEnded(len(SECOND), 0.5))
    assert not story.of(do.CreateResponse)


def test_only_the_essential_events_are_needed() -> None:
    """No `response.created`, no `audio.done`, no text: some endpoints send just deltas."""
    story = Story().up_to_question()
    story.tell(on.AudioReceived(PART, b"\1\2"), on.ResponseEnded("resp_1", "completed"))
    assert (story.written, story.error) == (b"\1\2", None)


def test_text_that_comes_only_at_the_end_is_shown_once() -> None:
    ended = on.ResponseEnded("resp_1", "completed", texts=((PART, "Hello."),))
    story = Story().up_to_question().tell(on.AudioReceived(PART, b"\1\2"), ended)
    assert story.said == "Hello."
    story = Story().up_to_question()
    story.tell(on.TextReceived(PART, "Hel"), on.TextEnded(PART, "Hello."))
    story.tell(on.AudioReceived(PART, b"\1\2"), ended)
    assert story.said == "Hello."


def test_a_rejected_transcription_model_gives_way_to_the_next_and_then_to_none() -> None:
    rejected = complaint("invalid_request_error", "invalid_value", "no such model")
    story = Story(Wishes(transcription=TRANSCRIPTION)).up_to_upload()
    story.tell(rejected)
    assert [each.model for each in story.of(do.ConfigureTranscription)] == ["first", "second"]
    assert not story.of(do.StartUpload)
    story.tell(rejected)
    assert story.of(do.StartUpload)
    assert "transcript" in story.of(do.Warn)[0].message


def test_an_endpoint_that_never_answers_an_optional_setting_does_not_hold_us_up() -> None:
    story = Story(Wishes(transcription=TRANSCRIPTION)).up_to_upload()
    story.tell(on.TimerFired("option"))
    assert story.of(do.StartUpload)
    assert not story.of(do.End)


def test_an_upload_is_not_watched_though_a_setting_was_never_answered() -> None:
    story = Story(Wishes(transcription=TRANSCRIPTION)).up_to_upload()
    asked = story.exchange.handle(on.TimerFired("option"))
    assert asked == [do.CancelTimer("silence"), do.StartUpload()]


def test_a_recording_that_ends_twice_is_committed_once() -> None:
    story = Story().up_to_upload()
    story.tell(*[on.UploadEnded(len(SECOND), 0.5)] * 2)
    assert len(story.of(do.CommitAudio)) == 1


def test_the_users_words_may_come_after_the_reply() -> None:
    story = Story(Wishes(transcription=TRANSCRIPTION)).up_to_upload()
    story.tell(on.SessionConfigured(), on.UploadEnded(len(SECOND), 0.5), on.InputCommitted("i"))
    story.tell(*reply(on.AudioReceived(PART, b"\1\2")))
    assert not story.of(do.End)
    story.tell(on.UserTranscribed("i", "hello"))
    assert story.of(do.ShowText)[-1] == do.ShowText("user", "hello", ends=True)
    assert story.error is None


@pytest.mark.parametrize(
    "late",
    [
        on.TimerFired("settle"),
        on.ConnectionLost(1000),
        on.UserTranscriptionFailed("i", "too noisy"),
    ],
)
def test_a_complete_reply_is_complete_without_the_users_words(late: on.Event) -> None:
    story = Story(Wishes(transcription=TRANSCRIPTION)).up_to_upload()
    story.tell(on.SessionConfigured(), on.UploadEnded(len(SECOND), 0.5), on.InputCommitted("i"))
    story.tell(*reply(on.AudioReceived(PART, b"\1\2")), late)
    assert story.error is None
    assert story.of(do.Warn)


@pytest.mark.parametrize(
    ("size", "peak", "kind", "words"),
    [
        (0, 0.0, UsageError, "nothing"),
        (pcm.size_of(99), 0.5, UsageError, "99 ms"),
        (len(SECOND), 0.0, SoundError, "zeros"),
    ],
)
def test_audio_of_no_use_is_not_committed(
    size: int, peak: float, kind: type[S2SError], words: str
) -> None:
    story = Story().up_to_upload().tell(on.UploadEnded(size, peak))
    assert isinstance(story.error, kind)
    assert words in story.error.message
    assert not story.of(do.CommitAudio)


@pytest.mark.parametrize(
    ("code", "kind", "hint"),
    [
        ("invalid_api_key", RefusedError, "the key"),
        ("insufficient_quota", RefusedError, "credit"),
        ("model_not_found", RefusedError, "Name a model"),
        ("beta_api_shape_disabled", RefusedError, "GA"),
        ("something_new", RefusedError, ""),
    ],
)
def test_an_error_before_the_session_is_a_refusal(
    code: str, kind: type[S2SError], hint: str
) -> None:
    story = Story().tell(complaint("invalid_request_error", code, "No."))
    assert isinstance(story.error, kind)
    assert hint in story.error.hint


def test_a_server_that_fails_to_open_a_session_is_a_network_failure() -> None:
    story = Story().tell(complaint("server_error", "", "overloaded"))
    assert isinstance(story.error, NetworkError)


def test_a_close_reason_alone_names_the_refusal() -> None:
    lost = hung_up(3000, "invalid_request_error.invalid_api_key")
    assert isinstance(Story().tell(lost).error, RefusedError)


def test_rejected_settings_are_named() -> None:
    story = Story().tell(on.SessionStarted("s", "m"))
    story.tell(complaint("invalid_request_error", "invalid_value", "No.", "session.voice"))
    assert story.error is not None
    assert "session.voice" in story.error.message


def test_an_endpoint_with_another_rate_is_not_fed_chipmunks() -> None:
    story = Story().tell(on.SessionStarted("s", "m"))
    story.tell(on.SessionConfigured("audio/pcm 16000", "audio/pcm 24000"))
    assert isinstance(story.error, RefusedError)
    assert "audio/pcm 16000" in story.error.message


def test_during_the_upload_the_endpoint_owes_nothing() -> None:
    """A pipe may pause; only a network that takes nothing ends the upload."""
    story = Story().up_to_upload()
    assert do.CancelTimer("silence") in story.asked
    assert story.exchange.handle(on.Uploaded(5)) == []
    story.tell(on.UploadStalled())
    assert isinstance(story.error, NetworkError)


def test_a_complete_reply_outlives_whatever_happens_while_the_transcript_is_awaited() -> None:
    story = Story(Wishes(transcription=TRANSCRIPTION)).up_to_upload()
    story.tell(on.SessionConfigured(), on.UploadEnded(len(SECOND), 0.5), on.InputCommitted("i"))
    story.tell(*reply(on.AudioReceived(PART, b"\1\2")))
    story.tell(complaint("invalid_request_error", "session_expired", "Over."))
    assert story.error is None


def test_a_quota_that_fails_the_response_is_a_refusal() -> None:
    story = Story().up_to_question()
    story.tell(response_ended("resp_1", "failed", "insufficient_quota", "No credit."))
    assert isinstance(story.error, RefusedError)
    assert "credit" in story.error.hint


def test_a_message_lost_before_the_reply_makes_no_hole_in_it() -> None:
    story = Story().up_to_upload().tell(on.MessageUnreadable("not JSON"))
    story.tell(on.UploadEnded(len(SECOND), 0.5), on.InputCommitted("i"))
    story.tell(on.MessageUnreadable("not JSON"), RATE_LIMIT, on.TimerFired("pause"))
    story.tell(
        on.ResponseStarted("resp_2"), on.AudioReceived(PART._replace(response_id="resp_2"), b"\1\2")
    )
    story.tell(on.ResponseEnded("resp_2", "completed"))
    assert story.error is None


def test_a_response_announced_without_an_id_is_taken_all_the_same() -> None:
    story = Story().up_to_question().tell(on.ResponseStarted(""), on.AudioReceived(PART, b"\1\2"))
    story.tell(on.ResponseEnded("resp_1", "completed"))
    assert (story.written, story.error) == (b"\1\2", None)


def test_a_setting_that_is_confirmed_late_still_brings_a_transcript() -> None:
    story = Story(Wishes(transcription=TRANSCRIPTION)).up_to_upload().tell(on.TimerFired("option"))
    story.tell(on.SessionConfigured(), on.UploadEnded(len(SECOND), 0.5), on.InputCommitted("i"))
    story.tell(*reply(on.AudioReceived(PART, b"\1\2")))
    assert not story.of(do.End), "the transcript is waited for"


def test_an_optional_setting_never_costs_the_whole_patience() -> None:
    story = Story(Wishes(transcription=TRANSCRIPTION, timeout_ms=2000.0)).up_to_upload()
    assert do.StartTimer("option", 1000.0) in story.asked


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Please try again in 1.2s.", 1.2),
        ("Please try again in 50ms. Visit our site.", 0.05),
        ("Please try again in 1m12.5s.", 72.5),
        ("Please try again in 6m0s.", 360),
        ("Please try again in 1h2m.", 3720),
        ("Retry after 20 seconds.", 20),
        ("Please try again later.", None),
        ("Slow down.", None),
    ],
)
def test_the_servers_hint_is_read(message: str, seconds: float | None) -> None:
    assert hinted_wait_s(message) == (pytest.approx(seconds) if seconds else None)


@pytest.mark.parametrize("phase", ["connecting", "configuring", "asking", "replying"])
def test_silence_and_a_lost_connection_end_every_phase_as_network_failures(phase: str) -> None:
    for end in (on.TimerFired("silence"), on.ConnectionLost(1006)):
        story = Story()
        if phase != "connecting":
            story.tell(on.SessionStarted("s", "m"))
        if phase in ("asking", "replying"):
            story.tell(on.SessionConfigured())
        if phase in ("asking", "replying"):
            story.tell(on.UploadEnded(len(SECOND), 0.5), on.InputCommitted("i"))
        if phase == "replying":
            story.tell(on.ResponseStarted("resp_1"))
        assert story.exchange.phase == phase
        story.tell(end)
        assert isinstance(story.error, NetworkError)
        assert story.error.hint


def test_only_progress_restarts_the_watch_for_silence() -> None:
    story = Story().up_to_question()
    restart = do.StartTimer("silence", 30_000.0)
    item = on.ItemAdded("item_1", "", "message", "assistant")
    step = on.Ignored("response.output_item.added item_1 0")
    for event in (on.ResponseStarted("resp_1"), item, step, on.TextReceived(PART, "a")):
        assert restart in story.exchange.handle(event)
    same: tuple[on.Event, ...] = (
        on.ResponseStarted("resp_1"),
        item,
        step,
        on.TextReceived(PART, ""),
    )
    nothing: tuple[on.Event, ...] = (
        on.Ignored(),
        on.RateLimitsUpdated(0.0),
        on.AudioReceived(PART, b""),
    )
    for other in (*same, *nothing, on.SessionConfigured(), on.MessageUnreadable("odd")):
        assert restart not in story.exchange.handle(other)
    assert restart in story.exchange.handle(on.AudioReceived(PART, b"\1\2"))


@pytest.mark.parametrize("status", ["failed", "cancelled", ""])
def test_a_response_that_fails_says_why(status: on.ResponseStatus) -> None:
    story = Story().up_to_question()
    story.tell(response_ended("resp_1", status, "server_error", "It broke."))
    assert isinstance(story.error, ResponseError)
    assert "It broke." in story.error.message


def test_an_incomplete_response_is_a_failure_that_keeps_what_came() -> None:
    story = Story().up_to_question().tell(on.AudioReceived(PART, b"\1\2"))
    story.tell(response_ended("resp_1", "incomplete", "content_filter"))
    assert isinstance(story.error, ResponseError)
    assert "content filter" in story.error.message
    assert story.written == b"\1\2"


def test_a_reply_without_audio_is_a_failure_unless_text_was_asked_for() -> None:
    events = reply(on.TextReceived(PART, "Hi."))
    assert isinstance(Story().up_to_question().tell(*events).error, ResponseError)
    written = Wishes(do.ConfigureSession(text_only=True))
    assert Story(written).up_to_question().tell(*events).error is None


RATE_LIMIT = response_ended("resp_1", "failed", "rate_limit_exceeded", "Please try again in 1.5s.")


def test_a_rate_limited_response_is_retried_when_the_server_says() -> None:
    story = Story().up_to_question().tell(RATE_LIMIT)
    assert story.of(do.StartTimer)[-1] == do.StartTimer("pause", 1500.0)
    story.tell(on.TimerFired("pause"))
    assert len(story.of(do.CreateResponse)) == 2
    story.tell(*reply(on.AudioReceived(PART, b"\1\2")))
    assert story.error is None


def test_the_fourth_rate_limit_is_final() -> None:
    story = Story().up_to_question()
    for _ in range(3):
        story.tell(RATE_LIMIT, on.TimerFired("pause"))
    story.tell(RATE_LIMIT)
    assert isinstance(story.error, ResponseError)
    assert len(story.of(do.CreateResponse)) == 4


def test_a_wait_of_hours_is_the_users_decision() -> None:
    story = Story().up_to_question()
    story.tell(response_ended("r", "failed", "rate_limit_exceeded", "Please try again in 600s"))
    assert isinstance(story.error, ResponseError)
    assert "600 s" in story.error.hint


def test_without_a_hint_the_pauses_double() -> None:
    story = Story().up_to_question()
    limit = response_ended("resp_1", "failed", "rate_limit_exceeded", "Slow down.")
    story.tell(limit, on.TimerFired("pause"), limit, on.TimerFired("pause"), limit)
    pauses = [each.ms for each in story.of(do.StartTimer) if each.name == "pause"]
    assert pauses == [1000.0, 2000.0, 4000.0]


def test_a_retry_after_audio_starts_the_reply_over() -> None:
    story = Story().up_to_question().tell(on.AudioReceived(PART, b"\1\2"), RATE_LIMIT)
    assert story.of(do.RestartReply)


def test_an_error_of_another_kind_while_the_reply_arrives_is_only_a_warning() -> None:
    story = Story().up_to_question().tell(on.ResponseStarted("resp_1"))
    story.tell(complaint("invalid_request_error", "response_cancel_not_active", "No."))
    assert not story.of(do.End)
    story.tell(on.AudioReceived(PART, b"\1\2"), on.ResponseEnded("resp_1", "completed"))
    assert story.error is None


def test_a_reply_that_was_never_announced_arrives_with_its_first_piece() -> None:
    story = Story().up_to_question().tell(on.AudioReceived(PART, b"\1\2"))
    story.tell(on.ErrorReported("invalid_request_error", "odd", "Odd."))
    assert not story.of(do.End), "the request was answered, so it is not what is refused"
    assert story.tell(on.ResponseEnded("resp_1", "completed")).error is None


def test_a_quota_that_runs_out_while_the_reply_arrives_ends_it() -> None:
    story = Story().up_to_question().tell(on.ResponseStarted("resp_1"))
    story.tell(complaint("insufficient_quota", "some_new_code", "No credit."))
    assert isinstance(story.error, RefusedError)


def test_a_reply_with_a_hole_is_not_called_complete() -> None:
    story = Story().up_to_question().tell(on.AudioReceived(PART, b"\1\2"))
    story.tell(on.MessageUnreadable("not base64"), on.ResponseEnded("resp_1", "completed"))
    assert isinstance(story.error, ResponseError)
    assert "hole" in story.error.message


def test_a_stray_binary_message_costs_nothing() -> None:
    story = Story().up_to_question().tell(on.MessageUnreadable("binary", lossy=False))
    story.tell(*reply(on.AudioReceived(PART, b"\1\2")))
    assert story.error is None


def test_audio_of_a_response_that_was_given_up_is_not_written() -> None:
    story = Story().up_to_question().tell(on.ResponseStarted("resp_1"), RATE_LIMIT)
    story.tell(on.TimerFired("pause"), on.ResponseStarted("resp_2"))
    story.tell(on.AudioReceived(PART, b"\1\2"))
    assert story.written == b""


# --- ids that do not fit


def test_an_end_and_sound_with_another_id_than_was_announced_belong_to_the_response() -> None:
    story = Story().up_to_question().tell(on.ResponseStarted("announced"))
    story.tell(on.AudioReceived(PART, b"\1\2"), on.ResponseEnded("nobody", "completed"))
    assert (story.written, story.error) == (b"\1\2", None)


# --- what nobody here can run


def call(number: int) -> on.Event:
    return on.FunctionCalled(f"r{number}", f"f{number}", f"c{number}", "weather", "{}")


def test_a_call_is_answered_and_the_answer_to_that_is_the_reply() -> None:
    story = Story().up_to_question()
    story.tell(on.ResponseStarted("r1"), call(1), call(1), on.ResponseEnded("r1", "completed"))
    (output,) = story.of(do.CreateFunctionOutput)
    assert output.call_id == "c1"
    assert len(story.of(do.CreateResponse)) == 2
    story.tell(*reply(on.AudioReceived(PART, b"\1\2")))
    assert (story.written, story.error) == (b"\1\2", None)


def test_words_before_a_call_and_after_it_are_one_reply() -> None:
    first = on.Part("r1", "i1", 0, 0)
    story = Story().up_to_question().tell(on.ResponseStarted("r1"))
    story.tell(on.AudioReceived(first, b"\1\2"), call(1), on.ResponseEnded("r1", "completed"))
    story.tell(on.ResponseStarted("resp_1"), on.AudioReceived(PART, b"\3\4"))
    assert story.written == b"\1\2\3\4", "as it comes"
    assert story.tell(on.ResponseEnded("resp_1", "completed")).error is None


def test_after_three_rounds_of_calls_nothing_more_is_asked_for() -> None:
    story = Story().up_to_question()
    for number in range(1, 9):
        story.tell(on.ResponseStarted(f"r{number}"), call(number))
        story.tell(on.ResponseEnded(f"r{number}", "completed"))
    assert len(story.of(do.CreateResponse)) == 1 + 3
    assert isinstance(story.error, ResponseError)
    assert "only asks for a function (weather)" in story.error.message


def test_an_approval_is_declined() -> None:
    wanted = on.ApprovalRequested("resp_1", "a1", "mail", "send", "{}")
    story = Story().up_to_question().tell(*reply(wanted, wanted))
    assert story.of(do.DeclineApproval) == [do.DeclineApproval("a1")]
    assert len(story.of(do.CreateResponse)) == 2


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ((), "The reply is empty."),
        ((on.TextReceived(PART, "Hi."),), "The reply holds no audio, only words."),
        (
            (on.MessageUnreadable("it is not base64"),),
            "Nothing of the reply's audio could be read: it is not base64.",
        ),
    ],
)
def test_a_reply_that_is_none_is_named_as_what_it_is(
    events: tuple[on.Event, ...], message: str
) -> None:
    story = Story().up_to_question().tell(*reply(*events))
    assert isinstance(story.error, ResponseError)
    assert story.error.message == message


def so_far(text: str) -> on.Event:
    return on.UserTextReceived("i", text, whole=True)


def user_lines(story: Story) -> list[str]:
    return [each.text for each in story.of(do.ShowText) if each.role == "user"]


ANSWERED = reply(on.AudioReceived(PART, b"\1\2"))


def test_words_that_grow_are_shown_once_and_waited_for() -> None:
    story = Story().up_to_question().tell(so_far("What"), *ANSWERED, so_far("What is"))
    assert (user_lines(story), story.of(do.End)) == ([], [])
    story.tell(on.UserTranscribed("i", "What is it?"))
    assert (user_lines(story), story.error) == (["What is it?"], None)


@pytest.mark.parametrize(
    "end",
    [
        on.TimerFired("settle"),
        on.ConnectionLost(1000),
        complaint("", "odd", "No words."),
        on.UserTranscriptionFailed("i", "too noisy"),
    ],
)
def test_the_last_words_count_when_the_final_ones_never_come(end: on.Event) -> None:
    story = Story().up_to_question().tell(so_far("What"), so_far("What is"), *ANSWERED, end)
    assert (user_lines(story), story.error) == (["What is"], None)


def test_words_that_come_again_are_not_shown_again() -> None:
    story = Story().up_to_question().tell(on.UserTranscribed("i", "What"))
    story.tell(on.UserTranscribed("i", "What is it?"), so_far("What is it?"), *ANSWERED)
    assert (user_lines(story), story.error) == (["What"], None)


def test_whoever_wishes_says_how_a_failure_is_helped() -> None:
    wishes = Wishes(hints={"no_answer": "Turn the knob.", "key": "Look under the mat."})
    story = Story(wishes).tell(on.TimerFired("silence"))
    assert story.error
    assert (story.error.code, story.error.hint) == ("no_answer", "Turn the knob.")
    refused = Story(wishes).tell(complaint("", "invalid_api_key", "No.")).error
    assert refused
    assert (refused.code, refused.hint) == ("key", "Look under the mat.")
    other = Story(wishes).tell(complaint("", "insufficient_quota", "No.")).error
    assert other
    assert "credit" in other.hint
