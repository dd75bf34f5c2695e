"""Devices that are lost in a conversation: it stays, and goes on with them when they are back."""

from __future__ import annotations

import dataclasses

import pytest
from conversing import CHUNK, FIRST, SERVER, SPEAKS, Story, cleared, ended

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Timer
from s2s.conversation.session_config import ByKey, TalkWishes
from s2s.errors import Bug, SoundError, Stopped, WriteError

WISHES = TalkWishes(
    do.ConfigureSession(turn_detection=SERVER), returns=("microphone", "speaker"), max_ms=60_000.0
)
BY_KEY = dataclasses.replace(WISHES, session=do.ConfigureSession(turn_detection=ByKey()))
STOPPED = SoundError("The device is lost: Yeti has stopped.", "See: s2s devices")
ABSENT = SoundError("No microphone is called 'yeti'.")
MIC_LOST, SPEAKER_LOST = on.DeviceLost("microphone", STOPPED), on.DeviceLost("speaker", STOPPED)
LOOK = on.TimerFired(Timer.REOPEN)


def story(wishes: TalkWishes = WISHES) -> Story:
    return Story(wishes).talking()


def back(side: on.Side) -> on.DeviceBack:
    return on.DeviceBack(side, "Yeti", 4200)


def still_gone(side: on.Side) -> on.DeviceStillGone:
    return on.DeviceStillGone(side, ABSENT)


def gone(told: Story) -> tuple[str, ...]:
    return told.of(do.ShowState)[-1].gone


@pytest.mark.parametrize("side", ["microphone", "speaker"])
def test_a_device_that_is_lost_is_told_and_opened_again_at_once(side: on.Side) -> None:
    told = story().tell(on.DeviceLost(side, STOPPED))
    assert not told.of(do.End)
    assert told.of(do.ReopenDevice) == [do.ReopenDevice(side)]
    assert "Yeti has stopped" in told.of(do.Warn)[0].message
    assert gone(told) == (side,), "the screen says so"


def test_what_does_not_come_back_is_looked_for_again_and_again_and_not_told_each_time() -> None:
    told = story().tell(MIC_LOST)
    for _ in range(100):
        told.asked.clear()
        told.tell(still_gone("microphone"))
        assert told.asked == [do.StartTimer(Timer.REOPEN, 1000.0)]
        assert told.tell(LOOK).of(do.ReopenDevice) == [do.ReopenDevice("microphone")]


def test_what_is_back_is_told_with_its_name_and_not_looked_for_any_more() -> None:
    told = story().tell(MIC_LOST, still_gone("microphone"))
    told.asked.clear()
    told.tell(back("microphone"))
    assert "again after 4.2 s: Yeti" in told.of(do.Warn)[0].message
    assert gone(told) == ()
    assert not told.tell(LOOK).of(do.ReopenDevice)


def test_both_may_be_lost_and_each_comes_back_by_itself() -> None:
    told = story().tell(MIC_LOST, SPEAKER_LOST, still_gone("microphone"), still_gone("speaker"))
    told.asked.clear()
    told.tell(LOOK)
    assert told.asked == [do.ReopenDevice("microphone"), do.ReopenDevice("speaker")]
    told.tell(back("speaker"), LOOK)
    assert told.of(do.ReopenDevice)[2:] == [do.ReopenDevice("microphone")]
    assert gone(told) == ("microphone",)


def test_a_loss_that_is_told_twice_is_one() -> None:
    told = story().tell(MIC_LOST, MIC_LOST)
    assert len(told.of(do.Warn)) == len(told.of(do.ReopenDevice)) == 1


def test_a_device_that_opens_and_gives_nothing_is_looked_for_again() -> None:
    told = story().tell(MIC_LOST)
    told.asked.clear()
    told.tell(MIC_LOST)
    assert told.asked == [do.StartTimer(Timer.REOPEN, 1000.0)]


def test_a_turn_that_loses_its_microphone_is_over_after_the_pause_that_the_endpoint_awaits() -> (
    None
):
    told = story().tell(SPEAKS)
    told.asked.clear()
    told.tell(MIC_LOST)
    assert told.of(do.SendAudio) == [do.SendAudio(pcm.silence(SERVER.silence_ms + 500))]


def test_speech_that_is_noticed_only_after_the_loss_is_over_as_well() -> None:
    told = story().tell(MIC_LOST)
    assert not told.of(do.SendAudio)
    assert told.tell(SPEAKS).of(do.SendAudio)
    again = story().tell(MIC_LOST, back("microphone"), SPEAKS)
    assert not again.of(do.SendAudio), "who has a microphone again ends the turn by themselves"


def test_the_endpoint_is_not_waited_for_without_end_when_the_microphone_is_gone() -> None:
    told = story().tell(SPEAKS, MIC_LOST)
    assert [each.name for each in told.of(do.StartTimer)][-1] == Timer.ANSWER


def test_a_turn_of_the_key_that_loses_its_microphone_is_sent_as_far_as_it_was_said() -> None:
    told = story(BY_KEY).tell(on.TalkPressed(), on.AudioCaptured(CHUNK), MIC_LOST)
    assert told.for_endpoint == [do.ClearInput(), do.CommitAudio(), do.CreateResponse()]
    told.tell(on.TalkPressed())
    assert "no microphone" in told.of(do.Warn)[-1].message
    assert told.for_endpoint[3:] == [], "no turn begins that would hold nothing"
    told.tell(back("microphone"), on.TalkPressed())
    assert told.for_endpoint[3:4] == [do.ClearInput()]


def test_what_is_said_while_there_is_no_speaker_is_queued_and_heard_from_the_next() -> None:
    told = story().tell(on.InputCommitted("item_0"), on.ResponseStarted("resp_1"), SPEAKER_LOST)
    told.tell(on.AudioReceived(FIRST, pcm.silence(500)), on.AudioEnded(FIRST), ended())
    assert told.of(do.PlayAudio)
    told.tell(back("speaker"), on.PartStarted(FIRST), on.PartPlayed(FIRST, 500))
    assert not told.for_endpoint, "all of it was heard"


def test_an_interruption_without_a_speaker_leaves_what_was_heard_before() -> None:
    told = Story(WISHES).answered().tell(SPEAKER_LOST, on.InterruptPressed())
    told.tell(cleared((FIRST, 480)))
    assert do.TruncateItem("item_1", 0, 480) in told.for_endpoint


def test_what_is_no_loss_of_a_device_ends_the_conversation() -> None:
    for lost in (
        on.DeviceLost("speaker", Bug("The speaker was stopped", ValueError())),
        on.DeviceLost("speaker", WriteError("The disk is full.")),
    ):
        assert story().tell(lost).error is lost.error


def test_what_stands_in_for_a_device_does_not_come_back() -> None:
    told = story(dataclasses.replace(WISHES, returns=("speaker",))).tell(MIC_LOST)
    assert told.error is STOPPED


@pytest.mark.parametrize("leaving", [on.QuitPressed(), on.TimerFired(Timer.LIMIT)])
def test_who_leaves_before_it_is_back_is_told_that_it_has_not_come_back(leaving: on.Event) -> None:
    told = story().tell(MIC_LOST, leaving)
    if not told.of(do.End):
        told.tell(on.TimerFired(Timer.GRACE))
    assert told.error is not None
    assert told.error.exit_status == 4
    assert "has not come back" in told.error.message
    again = story().tell(MIC_LOST, back("microphone"), on.QuitPressed())
    assert again.error is None


def test_ctrl_c_leaves_as_ever() -> None:
    assert isinstance(story().tell(MIC_LOST, on.StopPressed()).error, Stopped)


def test_a_connection_that_is_lost_waits_for_no_speaker_to_hear_the_rest() -> None:
    told = Story(WISHES).answered().tell(SPEAKER_LOST, on.ConnectionLost())
    assert told.error is not None
    assert told.error.exit_status == 5
    other_way_round = Story(WISHES).answered().tell(on.ConnectionLost())
    assert not other_way_round.of(do.End)
    error = other_way_round.tell(SPEAKER_LOST).error
    assert error is not None
    assert error.exit_status == 5


def test_a_speaker_that_is_back_is_waited_for_as_ever() -> None:
    told = Story(WISHES).answered().tell(SPEAKER_LOST, back("speaker"), on.ConnectionLost())
    assert not told.of(do.End), "what has come of the reply is heard"


def test_a_microphone_that_comes_back_when_the_time_is_up_is_closed_again() -> None:
    told = Story(WISHES).answered().tell(MIC_LOST, on.TimerFired(Timer.LIMIT))
    told.asked.clear()
    assert not told.tell(LOOK).of(do.ReopenDevice), "nobody needs it any more"
    assert told.tell(back("microphone")).of(do.CloseMicrophone)


def test_one_that_gives_nothing_but_zeros_is_examined_whichever_it_is() -> None:
    told = story().tell(on.AudioCaptured(pcm.silence(2000)), on.MicrophoneDead(ABSENT))
    told.tell(on.DeviceChosen("microphone", "Headset"), on.DeviceBack("microphone", "Headset", 9))
    told.tell(on.AudioCaptured(pcm.silence(2000)))
    assert len(told.of(do.ExamineMicrophone)) == 2


# --- another one


def test_the_user_sees_which_devices_there_are_and_chooses_another() -> None:
    told = story().tell(on.DevicesAsked())
    assert told.of(do.ListDevices) == [do.ListDevices(("microphone", "speaker"))]
    told.tell(on.DeviceChosen("speaker", "Headset"))
    assert told.of(do.ReopenDevice) == [do.ReopenDevice("speaker", "Headset")]
    told.tell(on.DeviceBack("speaker", "Headset", 90))
    assert [each.message for each in told.of(do.Warn)] == ["The speaker is now Headset."]


def test_a_list_that_is_empty_is_told() -> None:
    told = story().tell(on.DevicesAsked(), on.DevicesListed((("speaker", "Headset"),)))
    assert not told.of(do.Warn)
    assert told.tell(on.DevicesListed(())).of(do.Warn)


def test_a_chosen_device_that_is_lost_later_is_waited_for_like_any() -> None:
    told = story().tell(on.DeviceChosen("speaker", "Headset"), on.DeviceBack("speaker", "x", 9))
    told.tell(SPEAKER_LOST)
    told.asked.clear()
    told.tell(still_gone("speaker"))
    assert told.asked == [do.StartTimer(Timer.REOPEN, 1000.0)]


def test_one_that_does_not_open_leaves_the_one_before_it() -> None:
    told = story().tell(on.DeviceChosen("microphone", "Headset"))
    told.tell(on.DeviceStillGone("microphone", SoundError("The Headset is in use.")))
    assert "in use. The microphone from before" in told.of(do.Warn)[0].message
    assert told.of(do.ReopenDevice)[1:] == [do.ReopenDevice("microphone")]
    told.tell(back("microphone"))
    assert gone(told) == ()


def test_another_one_may_be_chosen_in_place_of_one_that_is_lost() -> None:
    told = story().tell(MIC_LOST, on.DeviceChosen("microphone", "Headset"))
    told.tell(still_gone("microphone"))
    assert told.asked[-1] == do.StartTimer(Timer.REOPEN, 1000.0)
    told.tell(on.DeviceChosen("microphone", "Built-in"))
    told.tell(on.DeviceBack("microphone", "Built-in", 9000))
    assert gone(told) == ()
    assert told.of(do.Warn)[-1].message == "There is a microphone again after 9.0 s: Built-in."


def test_a_choice_that_failed_is_past() -> None:
    told = story().tell(on.DeviceChosen("speaker", "Headset"), still_gone("speaker"))
    told.tell(back("speaker"))
    told.asked.clear()
    told.tell(still_gone("speaker"))
    assert told.asked == [], "it is neither gone nor chosen"


def test_when_the_time_is_up_no_microphone_is_opened_and_a_speaker_is() -> None:
    told = story().tell(on.AudioReceived(FIRST, pcm.silence(4000)), on.PartStarted(FIRST))
    told.tell(on.TimerFired(Timer.LIMIT), on.DeviceChosen("microphone", "Headset"))
    assert not told.of(do.ReopenDevice)
    told.tell(on.DeviceChosen("speaker", "Headset"))
    assert told.of(do.ReopenDevice) == [do.ReopenDevice("speaker", "Headset")]


def test_there_is_nothing_to_choose_where_files_stand_in() -> None:
    told = Story().talking().tell(on.DevicesAsked(), on.DeviceChosen("speaker", "Headset"))
    assert not told.of(do.ListDevices)
    assert not told.of(do.ReopenDevice)
    assert len(told.of(do.Warn)) == 1
