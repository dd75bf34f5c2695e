"""How long trying again may take: what makes a new session count as one that stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_reconnecting import LOST, STARTED, WISHES, again, story, turn

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Timer
from s2s.conversation.wall import Wall

STEADY, GIVE_UP = on.TimerFired(Timer.STEADY), do.CancelTimer(Timer.GIVE_UP)


@pytest.mark.parametrize("answering", [False, True])
def test_a_session_that_stands_for_a_while_is_a_good_one_unless_it_owes_an_answer(
    answering: bool,
) -> None:
    """An endpoint that drops the connection at each answer is not tried for ever."""
    told = again(turn(story(), 1).tell(LOST))
    if answering:
        told.tell(on.InputCommitted("user_2"), on.ResponseStarted("resp_2"))
    told.asked.clear()
    told.tell(STEADY)
    assert (GIVE_UP in told.asked) != answering
    told.tell(LOST)
    assert bool(told.of(do.Connect)) != answering, "at once, or after a pause"


def test_a_connection_that_nobody_asked_for_is_none_to_change_to() -> None:
    """It was asked for by a session that is gone: what is due now needs one of its own."""
    wall = Wall()
    wall.due()
    assert wall.consider(quiet=True) == [do.ConnectNext()]
    wall.forget()
    wall.connected(on.NextConnected())
    wall.due()
    assert wall.consider(quiet=True) == [do.ConnectNext()]
    wall.connected(on.NextConnected())
    assert wall.consider(quiet=True) == [do.SwitchOver()]


@pytest.mark.parametrize(("timeout_ms", "most_ms"), [(5_000.0, 5_000.0), (30_000.0, 10_000.0)])
def test_a_new_session_may_take_no_longer_to_be_set_up_than_the_endpoint_may_be_silent(
    timeout_ms: float, most_ms: float
) -> None:
    told = story(replace(WISHES, timeout_ms=timeout_ms)).tell(LOST, STARTED)
    assert [each.ms for each in told.of(do.StartTimer) if each.name == Timer.SETUP][-1] == most_ms
