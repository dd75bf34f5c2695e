"""How a conversation begins, how long that may take, what it is told of the keys, how it ends."""

from __future__ import annotations

import pytest
from conversing import CHUNK, FIRST, SERVER, SPEAKS, Story, cleared, ended

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.phases import Phase, Timer
from s2s.conversation.session_config import ByKey, TalkWishes
from s2s.errors import NetworkError, RefusedError, SoundError, Stopped

VAD = do.ConfigureSession(turn_detection=SERVER)
KEY = do.ConfigureSession(turn_detection=ByKey())
STANDS = (on.SessionStarted("sess_1", "m"), on.SessionConfigured())


def warned(story: Story) -> list[str]:
    return [each.message for each in story.of(do.Warn)]


# --- how it begins


def test_a_session_that_does_not_open_in_time_is_not_waited_for() -> None:
    story = Story(TalkWishes(VAD, timeout_ms=7_000.0))
    assert do.StartTimer(Timer.SETUP, 7_000.0) in story.asked
    story.tell(on.TimerFired(Timer.SETUP))
    assert isinstance(story.error, NetworkError)
    assert str(story.error) == "No answer from the endpoint for 7 s while opening the session."


def test_nor_is_one_that_opens_and_takes_no_settings() -> None:
    story = Story(TalkWishes(VAD, timeout_ms=7_000.0)).tell(on.SessionStarted("sess_1", "m"))
    assert story.of(do.StartTimer).count(do.StartTimer(Timer.SETUP, 7_000.0)) == 2
    assert not story.of(do.CancelTimer)
    story.tell(on.TimerFired(Timer.SETUP))
    assert str(story.error) == "No answer from the endpoint for 7 s while setting the session up."


def test_one_that_stands_is_waited_for_no_longer() -> None:
    story = Story().tell(*STANDS)
    assert do.CancelTimer(Timer.SETUP) in story.asked
    assert story.rules.phase is Phase.TALKING


def test_a_session_that_is_opened_or_configured_twice_is_set_up_once() -> None:
    story = Story().tell(*STANDS, *STANDS)
    assert story.of(do.ConfigureSession) == [VAD]
    assert story.asked.count(do.CancelTimer(Timer.SETUP)) == 1


def test_an_answer_before_anything_was_asked_makes_no_session() -> None:
    story = Story().tell(on.SessionConfigured(), on.AudioCaptured(CHUNK))
    assert story.rules.phase is Phase.CONNECTING
    assert not story.of(do.SendAudio)


def test_an_endpoint_that_insists_on_another_sound_is_of_no_use() -> None:
    story = Story().tell(STANDS[0], on.SessionConfigured("audio/pcmu", ""))
    assert isinstance(story.error, RefusedError)
    assert "insists on audio/pcmu" in str(story.error)


def test_what_connecting_failed_by_is_what_it_ends_with() -> None:
    failure = NetworkError("Nobody is there.", "Is it the right port?")
    assert Story().tell(on.ConnectFailed(failure)).error is failure


def test_a_complaint_ends_what_does_not_stand_yet_and_says_what_was_done() -> None:
    opening = Story().tell(on.ErrorReported("", "", "No", cause=Cause.SERVER))
    assert str(opening.error) == "The endpoint cannot open a session: No."


def test_a_conversation_lasts_as_long_as_it_was_to_and_that_begins_when_it_stands() -> None:
    story = Story(TalkWishes(VAD, max_ms=60_000.0)).tell(STANDS[0])
    assert Timer.LIMIT not in [each.name for each in story.of(do.StartTimer)]
    story.tell(STANDS[1])
    assert story.of(do.StartTimer).count(do.StartTimer(Timer.LIMIT, 60_000.0)) == 1
    assert Timer.LIMIT not in [each.name for each in Story().tell(*STANDS).of(do.StartTimer)]


def test_one_without_a_limit_keeps_what_was_said_early_as_well() -> None:
    story = Story(TalkWishes(VAD, max_ms=60_000.0)).tell(on.AudioCaptured(CHUNK), *STANDS)
    assert story.of(do.SendAudio) == [do.SendAudio(CHUNK, 0)]
    assert do.CancelTimer(Timer.SETUP) in story.asked


# --- the keys


@pytest.mark.parametrize("hints", [{}, {"no_talk_key": "Press n.", "muted": "Press m."}])
def test_a_key_that_does_nothing_says_so_in_the_words_of_who_has_given_it(
    hints: dict[str, str],
) -> None:
    no_key = hints.get("no_talk_key", "Turns end by themselves here.")
    muted = hints.get("muted", "Muted: nothing is sent.")
    story = Story(TalkWishes(VAD, hints=hints)).talking().tell(on.TalkPressed())
    assert warned(story) == [no_key]
    story = Story(TalkWishes(KEY, hints=hints)).talking()
    story.tell(on.MutePressed(), on.TalkPressed())
    assert warned(story) == [muted]


def test_the_key_shows_that_the_user_is_heard() -> None:
    story = Story(TalkWishes(KEY)).talking().tell(on.TalkPressed())
    assert story.of(do.ShowState)[-1] == do.ShowState("hearing you", False, True)
    story.tell(on.MutePressed())
    assert story.of(do.ShowState)[-1] == do.ShowState("listening", True, False)


def test_when_the_time_is_up_the_key_only_interrupts() -> None:
    story = (
        Story(TalkWishes(KEY))
        .talking()
        .tell(
            on.TextEntered("Hello"),
            on.ResponseStarted("resp_1"),
            on.AudioReceived(FIRST, pcm.silence(500)),
            on.PartStarted(FIRST),
            on.TimerFired(Timer.LIMIT),
        )
    )
    story.asked.clear()
    story.tell(on.TalkPressed())
    assert do.ClearPlayout() in story.asked
    assert do.CancelResponse("resp_1") in story.asked
    assert do.ClearInput() not in story.asked


def test_muting_while_one_speaks_sends_the_pause_that_ends_the_turn_and_unmuting_does_not() -> None:
    story = Story().talking().tell(SPEAKS, on.MutePressed())
    pause = do.SendAudio(pcm.silence(SERVER.silence_ms + 500))
    assert story.of(do.SendAudio) == [pause]
    story.tell(on.MutePressed())
    assert story.of(do.SendAudio) == [pause]


def test_speech_that_is_told_after_the_mute_interrupts_and_is_brought_to_its_end() -> None:
    story = Story().answered().tell(on.MutePressed(), SPEAKS)
    assert do.ClearPlayout() in story.asked
    assert story.of(do.SendAudio) == [do.SendAudio(pcm.silence(SERVER.silence_ms + 500))]
    assert not story.of(do.CancelResponse), "the endpoint stops by itself"


def test_ctrl_c_interrupts_what_sounds_and_leaves_when_nothing_does() -> None:
    story = Story().answered().tell(on.StopPressed())
    assert not story.of(do.End)
    assert do.ClearPlayout() in story.asked and do.CancelResponse("resp_1") in story.asked
    story.tell(cleared((FIRST, 480)), ended("cancelled"), on.StopPressed())
    assert isinstance(story.error, Stopped)
    assert story.error.exit_status == 130


def test_who_quits_while_the_rest_of_a_lost_reply_sounds_leaves_with_what_was_lost() -> None:
    story = Story().answered().tell(on.ConnectionLost(1006, ""), on.QuitPressed())
    assert isinstance(story.error, NetworkError)
    assert Story().answered().tell(on.QuitPressed()).error is None


def test_a_device_that_is_lost_ends_it_with_what_it_was_lost_by() -> None:
    failure = SoundError("The microphone is gone.", "Plug it in.")
    assert Story().talking().tell(on.DeviceLost("microphone", failure)).error is failure


# --- half duplex


def test_with_half_duplex_the_microphone_opens_when_the_room_is_quiet_again() -> None:
    story = Story(TalkWishes(VAD, half_duplex=True)).talking()
    story.tell(on.AudioCaptured(CHUNK))
    assert len(story.of(do.SendAudio)) == 1, "nothing rings before anything has sounded"
    story.tell(
        on.InputCommitted("item_0"),
        on.ResponseStarted("resp_1"),
        on.AudioReceived(FIRST, pcm.silence(500)),
        on.AudioReceived(on.Part("resp_1", "item_1", 0, 1), pcm.silence(500)),
        on.AudioCaptured(CHUNK),
        on.PartPlayed(FIRST, 500),
    )
    assert Timer.ECHO not in [each.name for each in story.of(do.StartTimer)], "more sounds"
    story.tell(on.PartPlayed(on.Part("resp_1", "item_1", 0, 1), 500), on.AudioCaptured(CHUNK))
    assert do.StartTimer(Timer.ECHO, 250.0) in story.asked
    assert len(story.of(do.SendAudio)) == 1
    story.tell(on.TimerFired(Timer.ECHO), on.AudioCaptured(CHUNK))
    assert len(story.of(do.SendAudio)) == 2


def test_so_it_does_after_an_interruption() -> None:
    story = Story(TalkWishes(VAD, half_duplex=True)).answered()
    story.tell(on.InterruptPressed())
    assert do.StartTimer(Timer.ECHO, 250.0) not in story.asked
    story.tell(cleared((FIRST, 480)))
    assert do.StartTimer(Timer.ECHO, 250.0) in story.asked


def test_what_is_captured_while_it_is_closed_has_its_place_all_the_same() -> None:
    story = Story(TalkWishes(VAD, half_duplex=True)).answered()
    story.tell(on.AudioCaptured(CHUNK), on.InterruptPressed(), cleared((FIRST, 480)))
    story.tell(on.TimerFired(Timer.ECHO), on.AudioCaptured(CHUNK))
    assert story.of(do.SendAudio) == [do.SendAudio(CHUNK, len(CHUNK))]


# --- the user's words


def transcribing() -> Story:
    wishes = TalkWishes(VAD, transcription=(do.ConfigureTranscription("m"),))
    return Story(wishes).tell(*STANDS, on.SessionConfigured(), on.InputCommitted("i1"))


def test_words_that_are_to_come_keep_us_until_they_come_or_fail_or_are_too_late() -> None:
    for known in (
        on.UserTranscribed("i1", "Hi"),
        on.UserTranscriptionFailed("i1", "too quiet"),
        on.TimerFired(Timer.SETTLE),
    ):
        story = transcribing().tell(
            on.ResponseStarted("resp_1"),
            on.AudioReceived(FIRST, pcm.silence(500)),
            on.PartStarted(FIRST),
            ended(),
            on.PartPlayed(FIRST, 500),
            on.CaptureEnded(),
            on.UserTranscribed("i7", "of another turn"),
        )
        assert not story.leaves
        assert do.StartTimer(Timer.SETTLE, 5_000.0) in story.asked
        assert story.tell(known).leaves


def test_words_that_will_not_come_are_told_with_the_reason_that_is_known() -> None:
    told = "Your words could not be transcribed"
    for message, line in (("too quiet", f"{told}: too quiet"), ("", told)):
        assert warned(transcribing().tell(on.UserTranscriptionFailed("i1", message))) == [line]
