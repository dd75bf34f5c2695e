"""When the devices rest: after a while of listening; and what wakes them."""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation.idle import Rest
from s2s.conversation.phases import Timer

LISTENING, SPEAKING = do.ShowState("listening"), do.ShowState("speaking")
PAUSE = do.StartTimer(Timer.REST, 5_000.0)


def test_five_seconds_of_listening_are_a_rest() -> None:
    assert Rest().show(LISTENING) == [LISTENING, PAUSE]


def test_a_conversation_that_has_not_listened_yet_has_nothing_to_rest_from() -> None:
    assert Rest().show(SPEAKING) == [SPEAKING]


def test_a_state_is_shown_once_and_does_not_begin_the_pause_again() -> None:
    rest = Rest()
    rest.show(LISTENING)
    assert rest.show(LISTENING) == []


def test_a_turn_before_the_pause_is_over_wakes_nobody() -> None:
    rest = Rest()
    rest.show(LISTENING)
    assert rest.show(SPEAKING) == [SPEAKING, do.CancelTimer(Timer.REST)]


def test_resting_devices_wake_at_the_first_sign_of_a_turn_and_only_then() -> None:
    rest = Rest()
    rest.show(LISTENING)
    assert rest.begin() == [do.RestDevices()]
    assert rest.show(SPEAKING) == [SPEAKING, do.CancelTimer(Timer.REST), do.WakeDevices()]
    assert rest.show(LISTENING) == [LISTENING, PAUSE]
    assert rest.show(SPEAKING) == [SPEAKING, do.CancelTimer(Timer.REST)], "they were awake already"


def test_another_way_of_listening_does_not_begin_the_pause_again() -> None:
    """Muted or not: nobody speaks."""
    rest = Rest()
    rest.show(LISTENING)
    muted = do.ShowState("listening", muted=True)
    assert rest.show(muted) == [muted]
