"""A live conversation, told as stories: what happens, and what we do about it."""

from __future__ import annotations

import pytest
from conversing import (
    CHUNK,
    FIRST,
    NEXT,
    SECOND,
    SECOND_ITEM,
    SERVER,
    SPEAKS,
    Story,
    cleared,
    ended,
)

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.session_config import TalkWishes
from s2s.errors import NetworkError, RefusedError, ResponseError, SoundError, Stopped

# --- barge-in, case by case (design: section 3)


def test_during_generation_the_endpoint_stops_by_itself_and_what_was_heard_is_kept() -> None:
    story = Story().answered().tell(SPEAKS)
    assert story.of(do.ClearPlayout)
    story.tell(cleared((FIRST, 480)))
    assert story.for_endpoint == [do.TruncateItem("item_1", 0, 480)]


def test_late_deltas_of_an_interrupted_response_are_not_heard() -> None:
    story = Story().answered().tell(SPEAKS, cleared((FIRST, 480)))
    story.asked.clear()
    story.tell(on.AudioReceived(FIRST, SECOND), ended("cancelled"), on.AudioReceived(FIRST, SECOND))
    assert not story.of(do.PlayAudio)


def test_the_next_response_is_heard_again() -> None:
    story = Story().answered().tell(SPEAKS, cleared((FIRST, 480)), ended("cancelled"))
    story.tell(on.ResponseStarted("resp_2"), on.AudioReceived(NEXT, SECOND))
    assert story.of(do.PlayAudio) == [do.PlayAudio(NEXT, SECOND)]


def test_after_the_response_is_done_there_is_nothing_to_cancel_and_still_what_to_truncate() -> None:
    story = Story().answered(ends=True).tell(SPEAKS, cleared((FIRST, 1200)))
    assert story.of(do.ClearPlayout)
    assert story.for_endpoint == [do.TruncateItem("item_1", 0, 1200)]


def test_before_the_first_sample_sounds_the_item_is_deleted_when_its_response_is_over() -> None:
    story = Story().talking().tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, SECOND))
    story.tell(SPEAKS, cleared((FIRST, 0)))
    assert not story.for_endpoint
    story.tell(ended("cancelled"))
    assert story.for_endpoint == [do.DeleteItem("item_1")]


def test_before_the_first_delta_came_the_item_is_deleted_too() -> None:
    story = Story().talking().tell(on.ResponseStarted("resp_1"), SPEAKS)
    story.tell(on.TextReceived(FIRST, "It"), on.AudioReceived(FIRST, SECOND), ended("cancelled"))
    assert not story.of(do.PlayAudio)
    assert story.for_endpoint == [do.DeleteItem("item_1")]


def test_in_the_last_block_everything_was_heard_and_nothing_is_sent() -> None:
    story = Story().answered(1000, ends=True).tell(SPEAKS, cleared((FIRST, 1000)))
    assert not story.for_endpoint


def test_after_the_last_block_there_is_nothing_to_clear() -> None:
    story = Story().answered(1000, ends=True).tell(on.PartPlayed(FIRST, 1000), SPEAKS)
    assert not story.of(do.ClearPlayout)


def test_items_queued_behind_the_one_that_sounds_are_deleted() -> None:
    story = Story().answered()
    story.tell(on.AudioEnded(FIRST), on.AudioReceived(SECOND_ITEM, SECOND))
    story.tell(ended("completed", "", "", "item_1", "item_2"), SPEAKS)
    story.tell(cleared((FIRST, 700), (SECOND_ITEM, 0)))
    assert story.for_endpoint == [do.TruncateItem("item_1", 0, 700), do.DeleteItem("item_2")]


def test_by_key_the_response_is_cancelled_and_truncated() -> None:
    story = Story().answered().tell(on.InterruptPressed(), cleared((FIRST, 480)))
    assert story.for_endpoint == [
        do.CancelResponse("resp_1"), do.TruncateItem("item_1", 0, 480)
    ]  # fmt: skip


def test_by_key_after_the_response_is_done_nothing_is_cancelled() -> None:
    story = Story().answered(ends=True).tell(on.InterruptPressed(), cleared((FIRST, 480)))
    assert story.for_endpoint == [do.TruncateItem("item_1", 0, 480)]


def test_by_key_while_nothing_is_said_nothing_happens() -> None:
    story = Story().talking().tell(on.InterruptPressed())
    assert not story.for_endpoint
    assert not story.of(do.ClearPlayout)


def test_by_key_before_the_response_has_begun_it_is_cancelled_as_soon_as_it_does() -> None:
    story = Story(TalkWishes(do.ConfigureSession(turn_detection=SERVER), greet=True)).talking()
    story.tell(on.InterruptPressed())
    assert not story.for_endpoint
    story.tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, SECOND))
    assert story.for_endpoint == [do.CancelResponse("resp_1")]
    assert not story.of(do.PlayAudio)


def test_by_typed_text_the_answer_is_asked_for_once_the_old_one_is_over() -> None:
    story = Story().answered().tell(on.TextEntered(" And tomorrow? "), cleared((FIRST, 480)))
    assert story.for_endpoint == [
        do.CancelResponse("resp_1"), do.CreateUserText("And tomorrow?"),
        do.TruncateItem("item_1", 0, 480),
    ]  # fmt: skip
    story.asked.clear()
    story.tell(ended("cancelled"))
    assert story.for_endpoint == [do.CreateResponse()]


def test_two_typed_messages_in_a_row_are_both_answered() -> None:
    story = Story().talking().tell(on.TextEntered("One."), on.TextEntered("Two."))
    assert story.for_endpoint == [
        do.CreateUserText("One."), do.CreateResponse(), do.CreateUserText("Two.")
    ]  # fmt: skip
    story.asked.clear()
    story.tell(on.ResponseStarted("resp_1"), ended("cancelled"))
    assert do.CreateResponse() in story.for_endpoint


def test_twice_in_a_row_the_second_finds_nothing_to_clear() -> None:
    story = Story().answered().tell(SPEAKS, cleared((FIRST, 480)))
    story.asked.clear()
    story.tell(on.SpeechStopped("item_9", 900), on.SpeechStarted("item_10", 1000))
    assert not story.of(do.ClearPlayout)
    assert not story.for_endpoint


def test_a_truncation_never_exceeds_what_was_received() -> None:
    story = Story().answered(1000).tell(SPEAKS, cleared((FIRST, 1000)))
    assert story.for_endpoint == [do.TruncateItem("item_1", 0, 1000)]


def test_samples_that_were_cut_in_half_are_joined_before_they_are_played() -> None:
    story = Story().talking().tell(on.ResponseStarted("resp_1"))
    story.tell(on.AudioReceived(FIRST, b"\1\2\3"), on.AudioReceived(FIRST, b"\4"))
    assert [each.pcm for each in story.of(do.PlayAudio)] == [b"\1\2", b"\3\4"]


def test_a_response_that_ends_without_ending_its_audio_lets_the_rest_play() -> None:
    story = Story().answered().tell(ended())
    assert story.of(do.EndPart) == [do.EndPart(FIRST)]


# --- what is sent


def test_nothing_that_was_captured_before_the_session_stands_is_lost() -> None:
    story = Story().tell(on.AudioCaptured(CHUNK), on.SessionStarted("s", "m"))
    story.tell(on.AudioCaptured(CHUNK))
    assert not story.of(do.SendAudio)
    story.tell(on.SessionConfigured(), on.AudioCaptured(CHUNK))
    assert len(story.of(do.SendAudio)) == 3


def test_muted_nothing_is_sent_and_the_endpoint_gets_the_pause_that_ends_a_turn() -> None:
    story = Story().talking().tell(SPEAKS, on.MutePressed(), on.AudioCaptured(CHUNK))
    (pause,) = story.of(do.SendAudio)
    assert pause.pcm == pcm.silence(1000)
    assert story.of(do.ShowState)[-1].muted
    story.tell(on.MutePressed(), on.AudioCaptured(CHUNK))
    assert story.of(do.SendAudio)[-1].pcm == CHUNK


def test_a_turn_of_the_key_has_the_sound_from_before_it_and_a_tail() -> None:
    story = Story(TalkWishes(do.ConfigureSession())).talking()
    story.tell(*[on.AudioCaptured(CHUNK)] * 40)
    assert not story.of(do.SendAudio)
    story.tell(on.TalkPressed(), *[on.AudioCaptured(CHUNK)] * 50, on.TalkPressed())
    assert len(story.of(do.SendAudio)) == 15 + 50
    assert not story.of(do.CommitAudio)
    story.tell(*[on.AudioCaptured(CHUNK)] * 30)
    assert len(story.of(do.SendAudio)) == 15 + 50 + 10
    assert story.for_endpoint == [do.ClearInput(), do.CommitAudio(), do.CreateResponse()]


def test_the_key_interrupts_what_is_being_said() -> None:
    story = Story(TalkWishes(do.ConfigureSession()))
    story.talking().tell(
        on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, SECOND), on.PartStarted(FIRST)
    )
    story.tell(on.TalkPressed())
    assert story.of(do.ClearPlayout)
    assert story.of(do.CancelResponse)


def test_half_duplex_sends_nothing_while_a_reply_sounds_and_the_room_still_rings() -> None:
    wishes = TalkWishes(do.ConfigureSession(turn_detection=SERVER), half_duplex=True)
    story = Story(wishes).answered(1000, ends=True).tell(on.AudioCaptured(CHUNK))
    story.tell(on.PartPlayed(FIRST, 1000), on.AudioCaptured(CHUNK))
    assert not story.of(do.SendAudio)
    story.tell(on.TimerFired("echo"), on.AudioCaptured(CHUNK))
    assert len(story.of(do.SendAudio)) == 1


# --- settings


def test_a_rejected_optional_setting_costs_that_setting_and_a_warning() -> None:
    options = (do.ConfigureOption("--speed", {}), do.ConfigureOption("--effort", {}))
    wishes = TalkWishes(do.ConfigureSession(turn_detection=SERVER), options=options)
    story = Story(wishes).tell(on.SessionStarted("s", "m"), on.SessionConfigured())
    story.tell(on.ErrorReported("", "unknown_parameter", "No speed.", about="s2s_2.--speed"))
    story.tell(on.SessionConfigured())
    assert [each.message for each in story.of(do.Warn)] == [
        "The endpoint refused --speed: No speed."
    ]
    assert not story.of(do.End)


def test_an_endpoint_that_does_not_name_the_update_means_the_oldest_unanswered() -> None:
    options = (do.ConfigureOption("--speed", {}), do.ConfigureOption("--effort", {}))
    wishes = TalkWishes(do.ConfigureSession(turn_detection=SERVER), options=options)
    story = Story(wishes).tell(on.SessionStarted("s", "m"), on.SessionConfigured())
    story.tell(on.SessionConfigured(), on.ErrorReported("", "unknown_parameter", "No."))
    assert [each.message for each in story.of(do.Warn)] == ["The endpoint refused --effort: No."]


def test_a_rejected_transcription_model_is_followed_by_the_next_and_then_by_a_warning() -> None:
    models = (do.ConfigureTranscription("first"), do.ConfigureTranscription("second"))
    wishes = TalkWishes(do.ConfigureSession(turn_detection=SERVER), transcription=models)
    story = Story(wishes).tell(on.SessionStarted("s", "m"), on.SessionConfigured())
    refused = on.ErrorReported("", "invalid_value", "No.", about="s2s_2.ConfigureTranscription")
    story.tell(refused)
    assert story.of(do.ConfigureTranscription) == list(models)
    story.tell(refused)
    assert "No transcript" in story.of(do.Warn)[0].message


def test_settings_that_must_hold_and_do_not_end_the_conversation() -> None:
    story = Story().tell(on.SessionStarted("s", "m"))
    story.tell(on.ErrorReported("invalid_request_error", "invalid_value", "No such voice."))
    assert isinstance(story.error, RefusedError)


# --- replies that do not come


def test_a_function_call_is_answered_as_unavailable_and_the_conversation_goes_on() -> None:
    story = Story().talking().tell(on.ResponseStarted("resp_1"))
    story.tell(on.FunctionCalled("resp_1", "item_1", "call_1", "get_weather", "{}"), ended())
    output, create = story.for_endpoint
    assert isinstance(output, do.CreateFunctionOutput)
    assert output.call_id == "call_1"
    assert create == do.CreateResponse()


def test_a_rate_limited_response_is_asked_for_again_and_given_up_after_three_times() -> None:
    story = Story().talking()
    for _ in range(3):
        story.tell(on.ResponseStarted("resp_1"))
        story.rules.handle(on.TimerFired("nothing"))
        story.tell(ended("failed", "rate_limit_exceeded", "Please try again in 50ms."))
        assert story.of(do.StartTimer)[-1] == do.StartTimer("retry", 50)
        story.tell(on.TimerFired("retry"))
    assert len(story.of(do.CreateResponse)) == 3
    story.tell(on.ResponseStarted("resp_1"), ended("failed", "rate_limit_exceeded", "Later."))
    assert "The response failed: Later." in [each.message for each in story.of(do.Warn)]


def test_quota_ends_the_conversation_at_once() -> None:
    story = Story().talking().tell(on.ResponseStarted("resp_1"))
    story.tell(ended("failed", "insufficient_quota", "You exceeded your quota."))
    assert isinstance(story.error, RefusedError)


def test_a_failed_response_is_told_and_the_conversation_goes_on() -> None:
    story = Story().talking().tell(on.ResponseStarted("resp_1"))
    story.tell(ended("failed", "server_error", "Out of order."))
    assert [each.message for each in story.of(do.Warn)] == ["The response failed: Out of order."]
    assert story.state == "listening"


def test_an_answer_that_does_not_come_is_told() -> None:
    story = Story().talking().tell(on.InputCommitted("item_0"), on.TimerFired("answer"))
    assert "No answer" in story.of(do.Warn)[0].message
    assert story.state == "listening"


@pytest.mark.parametrize(
    "complaint",
    [
        on.ErrorReported("", "response_cancel_not_active", "Nothing to cancel."),
        on.ErrorReported("", "invalid_value", "Already shorter.", about="s2s_7.TruncateItem"),
        on.ErrorReported("", "invalid_value", "Audio content of 1ms is already shorter than 2ms"),
        on.ErrorReported("", "item_delete_invalid_item_id", "No.", about="s2s_8.DeleteItem"),
    ],
)
def test_what_crossed_on_the_wire_is_nobodys_worry(complaint: on.ErrorReported) -> None:
    assert not Story().talking().tell(complaint).of(do.Warn)


def test_a_response_that_was_asked_for_too_early_is_asked_for_again() -> None:
    story = Story().talking().tell(on.TextEntered("Hello."))
    busy = on.ErrorReported("", "conversation_already_has_active_response", "Wait.")
    story.tell(busy)
    story.asked.clear()
    story.tell(ended())
    assert story.for_endpoint == [do.CreateResponse()]


# --- how it ends


def test_ctrl_c_interrupts_a_reply_that_sounds_and_leaves_otherwise() -> None:
    story = Story().answered().tell(on.StopPressed(), cleared((FIRST, 480)))
    assert story.of(do.ClearPlayout)
    assert not story.of(do.End)
    story.tell(on.StopPressed())
    assert isinstance(story.error, Stopped)
    assert story.error.exit_status == 130


def test_the_quit_key_leaves_at_once_and_without_an_error() -> None:
    assert Story().answered().tell(on.QuitPressed()).error is None


def test_a_lost_device_ends_the_conversation_with_its_error() -> None:
    lost = SoundError("The microphone is gone.")
    assert Story().talking().tell(on.DeviceLost("microphone", lost)).error is lost


def test_a_connection_lost_in_silence_ends_the_conversation() -> None:
    assert isinstance(Story().talking().tell(on.ConnectionLost(1006)).error, NetworkError)


def test_a_recording_that_is_over_ends_the_conversation_when_its_answer_was_heard() -> None:
    story = Story().talking().tell(on.CaptureEnded())
    assert story.leaves
    story.tell(SPEAKS)
    assert not story.leaves
    story.tell(on.SpeechStopped("item_9", 900), on.InputCommitted("item_9"))
    story.tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, SECOND), ended())
    story.tell(on.TimerFired("nothing"), on.PartStarted(FIRST), on.PartPlayed(FIRST, 1000))
    assert story.leaves
    assert not story.of(do.End)
    assert story.tell(on.TimerFired("grace")).error is None


def test_nothing_happens_after_the_end() -> None:
    story = Story().talking().tell(on.QuitPressed())
    story.asked.clear()
    assert not story.tell(on.AudioCaptured(CHUNK), SPEAKS, ended()).asked


def test_an_incomplete_last_reply_is_what_a_recording_ends_with() -> None:
    story = Story().talking().tell(on.CaptureEnded(), on.ResponseStarted("resp_1"))
    story.tell(ended("incomplete", "max_output_tokens"), on.TimerFired("grace"))
    assert isinstance(story.error, ResponseError)


def test_the_limit_in_the_middle_of_a_turn_lets_it_be_answered_and_ends() -> None:
    story = Story().talking().tell(SPEAKS, on.TimerFired("limit"), on.AudioCaptured(CHUNK))
    (pause,) = story.of(do.SendAudio)
    assert pause.pcm == pcm.silence(1000)
    story.tell(on.SpeechStopped("item_9", 900), on.InputCommitted("item_9"))
    story.tell(on.ResponseStarted("resp_1"), ended())
    assert story.leaves


def test_the_limit_in_the_middle_of_a_turn_of_the_key_ends_that_turn() -> None:
    story = Story(TalkWishes(do.ConfigureSession())).talking().tell(on.TalkPressed())
    story.tell(on.TimerFired("limit"))
    assert story.for_endpoint == [do.ClearInput(), do.CommitAudio(), do.CreateResponse()]
    assert not story.of(do.ShowState)[-1].talking


def test_a_connection_lost_in_a_turn_of_the_key_ends_when_the_reply_was_heard() -> None:
    story = Story(TalkWishes(do.ConfigureSession())).talking().tell(on.ResponseStarted("resp_1"))
    story.tell(on.AudioReceived(FIRST, SECOND), on.TalkPressed(), on.ConnectionLost())
    story.tell(cleared((FIRST, 0)))
    assert story.leaves


# --- what a reader of these rules found

MANUAL = TalkWishes(do.ConfigureSession())


def test_a_recording_that_is_over_before_the_session_stands_is_still_sent_and_answered() -> None:
    story = Story().tell(on.AudioCaptured(CHUNK), on.CaptureEnded())
    assert not story.leaves
    story.tell(on.SessionStarted("s", "m"), on.SessionConfigured())
    assert story.of(do.SendAudio)
    assert story.leaves


def test_speech_noticed_after_the_limit_gets_the_pause_that_ends_it() -> None:
    story = Story().talking().tell(on.AudioCaptured(CHUNK), on.TimerFired("limit"))
    story.asked.clear()
    story.tell(SPEAKS)
    assert [each.pcm for each in story.of(do.SendAudio)] == [pcm.silence(1000)]


def test_speech_noticed_after_muting_gets_the_pause_that_ends_it() -> None:
    story = Story().talking().tell(on.AudioCaptured(CHUNK), on.MutePressed())
    story.asked.clear()
    story.tell(SPEAKS)
    assert [each.pcm for each in story.of(do.SendAudio)] == [pcm.silence(1000)]


@pytest.mark.parametrize("over", [on.ConnectionLost(1006), on.TimerFired("limit")])
@pytest.mark.parametrize("pressed", [on.TalkPressed(), on.TextEntered("Hello?")])
def test_nothing_new_begins_once_we_are_leaving(over: on.Event, pressed: on.Event) -> None:
    story = (
        Story(MANUAL)
        .answered(ends=True)
        .tell(over, pressed, cleared((FIRST, 200)), on.PartPlayed(FIRST, 4000))
    )
    assert not story.of(do.CreateResponse)
    assert story.leaves


def test_a_reply_that_stalls_plays_what_came_and_the_conversation_can_end() -> None:
    story = Story().answered().tell(on.TimerFired("answer"))
    assert story.of(do.EndPart) == [do.EndPart(FIRST)]


def test_late_deltas_are_not_heard_though_the_next_response_began_before_the_old_was_over() -> None:
    story = Story().answered().tell(SPEAKS, cleared((FIRST, 480)), on.ResponseStarted("resp_2"))
    story.tell(on.AudioReceived(FIRST, SECOND))
    assert not story.of(do.PlayAudio)


REFUSED = on.ErrorReported("server_error", "", "Out of order.", about="s2s_7.CreateResponse")


def test_a_response_that_was_refused_does_not_keep_the_next_from_being_asked_for() -> None:
    story = Story().talking().tell(on.TextEntered("One."), REFUSED, on.TextEntered("Two."))
    assert len(story.of(do.CreateResponse)) == 2


def test_a_response_that_was_refused_to_the_end_of_a_recording_is_what_that_ends_with() -> None:
    story = (
        Story()
        .talking()
        .tell(on.TextEntered("One."), on.CaptureEnded(), REFUSED, on.TimerFired("grace"))
    )
    assert isinstance(story.error, ResponseError)


def test_who_quits_after_a_failed_response_leaves_without_an_error() -> None:
    story = (
        Story().talking().tell(on.ResponseStarted("resp_1"), ended("failed", "server_error", "No."))
    )
    assert story.tell(on.QuitPressed()).error is None


EXPIRED = on.ErrorReported(
    "", "session_expired", "Your session hit the maximum duration of 60 minutes."
)


@pytest.mark.parametrize("over", [EXPIRED, on.SendingStalled(31_000)])
def test_a_session_that_ends_while_a_reply_sounds_hears_it_out(over: on.Event) -> None:
    story = Story().answered(ends=True).tell(over)
    assert not story.of(do.End)
    story.tell(on.ConnectionLost(1000), on.PartPlayed(FIRST, 4000), on.TimerFired("grace"))
    assert isinstance(story.error, NetworkError)
    assert "lost" not in story.error.message


def test_the_key_pressed_again_in_the_tail_goes_on_with_the_turn() -> None:
    story = (
        Story(MANUAL)
        .talking()
        .tell(on.TalkPressed(), on.TalkPressed(), on.AudioCaptured(CHUNK), on.TalkPressed())
    )
    story.asked.clear()
    story.tell(*[on.AudioCaptured(CHUNK)] * 50)
    assert len(story.of(do.SendAudio)) == 50
    assert not story.of(do.CommitAudio)


def test_half_duplex_sends_a_turn_of_the_key_from_its_first_chunk() -> None:
    story = Story(TalkWishes(do.ConfigureSession(), half_duplex=True)).answered(ends=True)
    story.tell(on.TalkPressed(), cleared((FIRST, 200)), on.AudioCaptured(CHUNK))
    assert len(story.of(do.SendAudio)) == 1


def test_an_answer_is_still_expected_when_the_interrupted_one_is_over_late() -> None:
    story = Story().answered().tell(SPEAKS, cleared((FIRST, 480)), on.CaptureEnded())
    story.tell(on.SpeechStopped("item_9", 900), on.InputCommitted("item_9"), ended("cancelled"))
    assert story.state == "thinking"
    assert not story.leaves


def test_by_key_before_the_endpoints_own_response_has_begun_it_is_cancelled_too() -> None:
    story = Story().talking().tell(on.InputCommitted("item_0"), on.InterruptPressed())
    story.tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, SECOND))
    assert story.for_endpoint == [do.CancelResponse("resp_1")]
    assert not story.of(do.PlayAudio)


def test_a_refused_response_that_was_interrupted_does_not_silence_the_next_one() -> None:
    story = Story(TalkWishes(do.ConfigureSession(turn_detection=SERVER), greet=True)).talking()
    story.tell(
        on.InterruptPressed(),
        REFUSED,
        on.InputCommitted("i"),
        on.ResponseStarted("resp_1"),
        on.AudioReceived(FIRST, SECOND),
    )
    assert story.of(do.PlayAudio)


def test_a_retry_whose_turn_another_response_has_taken_is_not_made() -> None:
    story = (
        Story()
        .talking()
        .tell(
            on.ResponseStarted("resp_1"),
            ended("failed", "rate_limit_exceeded", "Try again in 20s."),
        )
    )
    story.tell(
        on.ResponseStarted("resp_2"),
        on.TimerFired("retry"),
        on.ResponseEnded("resp_2", "completed"),
    )
    assert not story.of(do.CreateResponse)


def test_a_response_that_ends_without_its_id_lets_the_rest_play() -> None:
    story = Story().answered().tell(on.ResponseEnded("", "completed"))
    assert story.of(do.EndPart) == [do.EndPart(FIRST)]


def test_the_limit_is_a_normal_end_even_after_a_failed_response() -> None:
    story = Story().talking().tell(on.ResponseStarted("resp_1"))
    story.tell(ended("failed", "server_error", "No."), on.TimerFired("limit"))
    assert story.tell(on.TimerFired("grace")).error is None


# --- the speaker rests


QUIET = on.TimerFired("rest")


def resting() -> Story:
    story = Story().talking().tell(QUIET)
    assert story.of(do.RestDevices)
    story.asked.clear()
    return story


def test_a_speaker_rests_when_nobody_has_spoken_for_a_while() -> None:
    story = Story()
    story.tell(on.SessionStarted("sess_1", "m"), on.SessionConfigured())
    assert "rest" in [each.name for each in story.of(do.StartTimer)]
    assert not story.of(do.RestDevices)
    story.tell(QUIET)
    assert story.of(do.RestDevices) == [do.RestDevices()]


@pytest.mark.parametrize(
    "sign",
    [SPEAKS, on.TextEntered("Hello"), on.ResponseStarted("resp_1"), on.InputCommitted("item_0")],
)
def test_at_the_first_sign_that_it_will_be_needed_it_wakes_once(sign: on.Event) -> None:
    story = resting().tell(sign)
    assert len(story.of(do.WakeDevices)) == 1
    story.tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, SECOND), on.PartStarted(FIRST))
    assert len(story.of(do.WakeDevices)) == 1
    assert not story.of(do.RestDevices)


def test_the_key_that_begins_a_turn_wakes_it_too() -> None:
    story = Story(TalkWishes(do.ConfigureSession())).talking().tell(QUIET, on.TalkPressed())
    assert len(story.of(do.WakeDevices)) == 1


def test_a_speaker_that_has_not_come_to_rest_need_not_wake() -> None:
    story = Story().talking().tell(SPEAKS)
    assert do.CancelTimer("rest") in story.asked
    assert not story.of(do.WakeDevices)


def test_it_rests_again_only_when_the_reply_was_heard() -> None:
    story = resting().tell(
        on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, SECOND), on.PartStarted(FIRST)
    )
    story.tell(on.AudioEnded(FIRST), ended())
    story.asked.clear()
    story.tell(on.PartPlayed(FIRST, 1000))
    assert [each.name for each in story.of(do.StartTimer)] == ["rest"]


# --- a microphone that gives nothing


DEAD = on.MicrophoneDead(SoundError("It is muted.", "Unmute it."))


def zeros(seconds: int) -> list[on.Event]:
    return [on.AudioCaptured(pcm.silence(20)) for _ in range(50 * seconds)]


def test_two_seconds_of_nothing_but_zeros_are_looked_into_once() -> None:
    story = Story().talking().tell(*zeros(1))
    assert not story.of(do.ExamineMicrophone)
    story.tell(*zeros(5))
    assert len(story.of(do.ExamineMicrophone)) == 1
    story.tell(DEAD)
    assert story.of(do.Warn) == [do.Warn("It is muted. Unmute it.")]


def test_a_microphone_that_was_only_quiet_is_told_of_when_it_is_heard() -> None:
    story = Story().talking().tell(*zeros(3), DEAD)
    story.asked.clear()
    story.tell(on.AudioCaptured(CHUNK), on.AudioCaptured(CHUNK))
    assert story.of(do.Warn) == [do.Warn("Now the microphone gives sound.")]


def test_who_was_told_nothing_of_zeros_need_not_hear_that_they_are_over() -> None:
    story = Story().talking().tell(*zeros(3), on.AudioCaptured(CHUNK), DEAD)
    assert not story.of(do.Warn)


def test_a_pause_after_the_first_sound_is_nothing_to_look_into() -> None:
    story = Story().talking().tell(on.AudioCaptured(CHUNK), *zeros(5))
    assert not story.of(do.ExamineMicrophone)


def test_half_a_sample_at_the_end_of_what_was_played_joins_what_comes_later() -> None:
    story = Story().talking().tell(on.InputCommitted("u1"), on.ResponseStarted("resp_2"))
    story.tell(on.AudioReceived(NEXT, pcm.silence(100)), on.AudioEnded(NEXT))
    story.tell(on.AudioReceived(NEXT, pcm.silence(100) + b"\1"), on.PartPlayed(NEXT, 100))
    story.tell(on.AudioReceived(NEXT, b"\2\3\4"))
    assert story.of(do.PlayAudio)[-1].pcm == b"\1\2\3\4"


def test_speech_clears_what_is_queued_though_it_does_not_sound_yet() -> None:
    story = Story().talking().tell(on.InputCommitted("u1"), on.ResponseStarted("resp_1"))
    story.tell(on.AudioReceived(FIRST, SECOND), SPEAKS)
    assert story.of(do.ClearPlayout)


def test_after_a_recording_the_endpoint_is_given_its_pause_to_find_the_turns_end() -> None:
    story = Story().talking().tell(on.CaptureEnded())
    assert do.StartTimer("grace", 500.0 + 500.0) in story.asked


def test_after_a_turn_of_the_key_no_pause_is_waited_for() -> None:
    story = Story(TalkWishes()).talking().tell(on.CaptureEnded())
    assert do.StartTimer("grace", 500.0) in story.asked
