"""A lost connection, what it costs and lost devices, all at once."""

from __future__ import annotations

from dataclasses import replace

from conversing import FIRST, Story
from test_cost_rules import CENT, answer, cents, costs, over, wishes

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Timer
from s2s.errors import LimitError, SoundError

LOST = on.ConnectionLost()
UNPLUGGED = SoundError("The microphone was unplugged.")


def lasting(most: str = "") -> Story:
    wished = replace(wishes(most), reconnect_ms=300_000, returns=("microphone", "speaker"))
    story = Story(wished).tell(on.SessionStarted("sess_1", "m"))
    story.tell(on.SessionConfigured(), on.SessionConfigured())
    return story


def again(story: Story) -> Story:
    story.tell(on.SessionStarted("sess_2", "m"), *[on.SessionConfigured()] * 3)
    assert story.state in ("listening", "thinking")
    return story


# --- money


def test_there_is_one_bill_for_all_sessions_and_telling_one_costs_nothing() -> None:
    story = again(answer(lasting(), "r1", cents(3)).tell(LOST))
    assert costs(story) == [(3 * CENT, 3 * CENT)]
    answer(story, "r2", cents(4))
    assert costs(story)[-1] == (7 * CENT, 7 * CENT)


def test_a_response_that_was_lost_is_not_taken_for_free_however_it_was_lost() -> None:
    for loss in (LOST, on.SendingStalled(31_000)):
        story = again(answer(lasting(), "r1", cents(3)).tell(on.ResponseStarted("r2"), loss))
        assert costs(story)[-1] == (None, 3 * CENT)


def test_a_conversation_that_may_cost_no_more_is_not_connected_again() -> None:
    """What was lost is taken to have cost as much as the last: that was all there was."""
    story = answer(lasting("0.10"), "r1", cents(4)).tell(on.ResponseStarted("r2"))
    story.asked.clear()
    story.tell(LOST)
    assert isinstance(story.error, LimitError)
    assert not story.of(do.Connect)


def test_nor_is_one_whose_last_reply_still_sounds() -> None:
    story = answer(lasting("0.07"), "r1", cents(4), heard=False)
    story.asked.clear()
    story.tell(LOST, on.PartPlayed(on.Part("r1", "item_of_r1", 0, 0), 500))
    story.tell(on.TimerFired(Timer.GRACE))
    assert isinstance(story.error, LimitError)
    assert not story.of(do.Connect)


def test_a_limit_that_is_passed_while_nobody_is_there_ends_the_trying() -> None:
    story = answer(lasting("0.10"), "r1", cents(4)).tell(on.ResponseStarted("r2"))
    story.tell(on.SendingStalled(31_000))
    assert story.state == "connecting again"
    story.tell(on.SessionStarted("sess_2", "m"))
    assert isinstance(story.error, LimitError)


def test_the_time_is_up_while_one_session_gives_way_to_another() -> None:
    story = lasting()
    story.tell(on.TimerFired(Timer.WALL), on.NextConnected())
    assert story.of(do.SwitchOver)
    story.tell(on.TimerFired(Timer.LIMIT))
    assert story.error is None


# --- devices


def test_a_microphone_is_lost_and_back_while_the_network_is_gone_too() -> None:
    story = lasting().tell(LOST, on.DeviceLost("microphone", UNPLUGGED))
    shown = story.of(do.ShowState)[-1]
    assert (shown.state, shown.gone) == ("connecting again", ("microphone",))
    assert story.of(do.ReopenDevice) == [do.ReopenDevice("microphone")]
    story.tell(on.DeviceStillGone("microphone", UNPLUGGED), on.TimerFired(Timer.REOPEN))
    assert len(story.of(do.ReopenDevice)) == 2, "it is looked for without a session as with one"
    again(story)
    assert story.of(do.ShowState)[-1].gone == ("microphone",)
    story.tell(on.DeviceBack("microphone", "Headset", 900))
    assert story.of(do.ShowState)[-1].gone == ()


def test_a_reply_waits_for_a_speaker_over_a_lost_connection() -> None:
    story = lasting().tell(on.InputCommitted("u1"), on.ResponseStarted("resp_1"))
    story.tell(on.AudioReceived(FIRST, pcm.silence(900)), on.PartStarted(FIRST))
    story.tell(on.DeviceLost("speaker", SoundError("The speaker is gone.")), LOST)
    story.tell(on.SessionStarted("sess_2", "m"), *[on.SessionConfigured()] * 3)
    assert not story.of(do.ClearPlayout)
    story.tell(on.DeviceBack("speaker", "Headset", 900), on.PartPlayed(FIRST, 900))
    assert story.state == "listening"


def test_who_leaves_meanwhile_is_gone_at_once() -> None:
    story = lasting().tell(LOST, on.DeviceLost("microphone", UNPLUGGED), on.QuitPressed())
    assert isinstance(story.error, SoundError)


def test_a_response_counted_in_one_session_is_another_in_the_next() -> None:
    story = again(answer(lasting(), "r1", cents(3)).tell(LOST))
    story.tell(on.ResponseStarted("r1"), over("r1", cents(3)))
    assert costs(story)[-1] == (6 * CENT, 6 * CENT)
