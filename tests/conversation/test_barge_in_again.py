"""What is said over a reply when the connection is lost, or gives way to another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from complaints import response_ended
from conversing import FIRST, Story, cleared
from test_barge_in import (
    ASK,
    CLEAR,
    CONFIRM,
    HOLD,
    ITEM,
    NO_VOICE,
    OFF,
    ON,
    QUIET,
    RESUME,
    SPEAKS,
    STOPS,
    TAKEN,
    VOICE,
    WISHES,
    WORDS,
    OverAReply,
)

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Phase, Timer

LASTING = replace(WISHES, reconnect_ms=300_000.0)
LOST, STARTED = on.ConnectionLost(), on.SessionStarted("sess_2", "m")
LOUD = b"\x00\x20" * 480
SAID = on.AudioCaptured(LOUD)


def sounding(*, taken: bool = True, ends: bool = True) -> OverAReply:
    return OverAReply(LASTING, taken=taken, ends=ends)


def again(story: OverAReply) -> list[do.Command]:
    """The network is back; return what the new session is told once it stands."""
    before = len(story.asked)
    story.tell(STARTED, TAKEN, TAKEN)
    assert story.rules.phase == Phase.TALKING
    told = (do.ConfigureTurns, do.SendAudio, do.CreateResponse)
    return [each for each in story.asked[before:] if isinstance(each, told)]


def configured(story: Story) -> list[do.Command]:
    return [each for each in story.asked if isinstance(each, do.ConfigureSession)]


@pytest.mark.parametrize("taken", [True, False], ids=["taken", "asked for"])
def test_a_new_session_begins_as_the_first_did_and_is_asked_anew_not_to_decide(
    taken: bool,
) -> None:
    """Whatever the one before had taken, or had still to answer, of who decides."""
    story = sounding(taken=taken)
    assert OFF not in story.gives(LOST)
    told = again(story)
    assert configured(story) == [WISHES.session]
    assert told == [OFF], "the reply from before the loss still sounds"
    assert story.gives(TAKEN, VOICE) == [HOLD]
    assert story.gives(SPEAKS, CONFIRM)[0] == CLEAR


def test_a_reply_that_was_heard_meanwhile_leaves_the_new_session_to_decide() -> None:
    story = sounding()
    story.tell(LOST, on.PartPlayed(FIRST, 4000))
    assert OFF not in again(story)
    assert ASK not in story.gives(SPEAKS, STOPS, ITEM), "it answers by itself"


def test_a_held_reply_goes_on_when_the_endpoint_that_heard_speech_is_gone() -> None:
    story = sounding()
    assert story.gives(SPEAKS) == [HOLD]
    assert RESUME in story.gives(LOST)
    assert story.waits_for(Timer.CONFIRM) is None
    assert story.gives(CONFIRM) == []


def test_what_this_side_hears_over_a_reply_is_decided_without_a_session() -> None:
    story = sounding()
    story.tell(VOICE, SPEAKS)
    assert RESUME not in story.gives(LOST)
    assert story.waits_for(Timer.CONFIRM) is not None
    assert story.gives(CONFIRM, cleared((FIRST, 900))) == [CLEAR], "nobody is there to be told"
    story = sounding()
    story.tell(VOICE, SPEAKS, LOST)
    assert story.gives(NO_VOICE, QUIET) == [RESUME]


def test_a_voice_that_begins_while_nobody_is_there_holds_what_still_sounds() -> None:
    story = sounding()
    story.tell(LOST)
    assert story.gives(VOICE) == [HOLD]
    assert story.gives(NO_VOICE, QUIET) == [RESUME]
    assert story.gives(VOICE) == [HOLD]
    assert story.gives(CONFIRM) == [CLEAR]


@pytest.mark.parametrize("over", [(), (NO_VOICE, QUIET)], ids=["held", "short"])
def test_what_was_said_over_it_is_sent_again_once_it_is_settled_who_decides(
    over: tuple[on.Event, ...],
) -> None:
    story = sounding()
    story.tell(VOICE, SPEAKS, SAID, SAID, *over, LOST)
    told = again(story)
    assert told[0] == OFF, "before it hears it"
    assert [each for each in told if isinstance(each, do.SendAudio)] == [
        do.SendAudio(LOUD * 2, again=True)
    ]
    story.tell(TAKEN, SPEAKS, NO_VOICE, QUIET, STOPS)
    assert do.DeleteItem("item_9") in story.gives(ITEM, on.UserTranscribed("item_9", "mhm"))
    assert ASK not in story.asked


def test_what_this_side_has_heard_is_no_echo_when_it_is_sent_again() -> None:
    """What a new session hears again of a word is heard by nobody on this side any more."""
    story = sounding()
    story.tell(on.EchoJudged("cancelling"), VOICE, SPEAKS, SAID, NO_VOICE, QUIET, LOST)
    again(story)
    assert HOLD not in story.gives(TAKEN, SPEAKS, STOPS, ITEM), "it was held before"
    assert CLEAR in story.gives(on.UserTranscribed("item_9", "Stop, what?"))


def test_short_words_that_had_not_come_are_waited_for_in_the_new_session() -> None:
    story = sounding().coughed()
    story.tell(LOST)
    assert story.waits_for(Timer.WORDS) is None
    again(story)
    assert story.waits_for(Timer.WORDS) == 1500
    assert story.gives(on.UserTranscribed("item_9", "Stop, what?")) == [CLEAR, ASK]


def test_short_words_that_the_new_session_does_not_know_were_a_noise() -> None:
    story = sounding().coughed()
    story.tell(LOST)
    again(story)
    assert do.DeleteItem("item_9") in story.gives(WORDS)
    assert CLEAR not in story.asked


def test_what_was_forgotten_is_not_told_to_a_new_session() -> None:
    story = sounding().coughed()
    story.tell(on.UserTranscribed("item_9", "mhm"), LOST)
    again(story)
    assert "item_9" not in [each.item_id for each in story.of(do.SeedItem)]


def test_no_timer_of_the_session_before_asks_for_an_answer() -> None:
    story = sounding(taken=False)
    story.tell(SPEAKS, STOPS, ITEM, TAKEN)
    assert story.waits_for(Timer.CROSSED) is not None
    story.tell(LOST)
    assert story.waits_for(Timer.CROSSED) is None


# --- the wall


def test_a_session_gives_way_only_when_a_reply_was_heard_and_the_next_one_decides() -> None:
    story = sounding()
    story.tell(on.TimerFired(Timer.WALL))
    assert not story.of(do.ConnectNext), "a reply sounds"
    story.tell(on.PartPlayed(FIRST, 4000), TAKEN)
    assert story.of(do.ConnectNext)
    assert do.SwitchOver() in story.gives(on.NextConnected())
    assert OFF not in again(story)
    assert configured(story) == [WISHES.session]


def test_a_wall_while_a_reply_is_held_lets_it_go_on_over_the_next_session() -> None:
    story = sounding(ends=False)
    story.tell(SPEAKS)
    assert RESUME in story.gives(LOST), "nobody had said that it would end"
    assert OFF in again(story)
    assert ON in story.gives(on.PartPlayed(FIRST, 4000), TAKEN)


def test_a_held_reply_goes_on_when_the_network_is_given_up() -> None:
    story = sounding()
    story.tell(LOST, VOICE)
    assert RESUME in story.gives(on.TimerFired(Timer.GIVE_UP))
    assert story.rules.phase != Phase.ENDED, "what has come is heard out"
    story.tell(on.PartPlayed(FIRST, 4000), on.TimerFired(Timer.GRACE))
    assert story.error


def test_a_reply_of_the_new_session_is_guarded_like_any_other() -> None:
    story = sounding()
    story.tell(LOST, on.PartPlayed(FIRST, 4000))
    again(story)
    part = on.Part("resp_2", "item_2", 0, 0)
    story.tell(ITEM, on.ResponseStarted("resp_2"), on.AudioReceived(part, pcm.silence(900)))
    assert OFF in story.asked
    story.tell(TAKEN, response_ended("resp_2", "completed", "", "", ("item_2",)))
    assert story.gives(VOICE) == [HOLD]
