"""Every fact has its place in the rules, every phase in the drawing, and sound is not printed."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import get_args

import pytest

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.conversation import Conversation
from s2s.conversation.exchange import Exchange
from s2s.conversation.phases import FOLLOWS, Phase, PhaseChanged
from s2s.conversation.session_config import TalkWishes, Wishes
from s2s.ui.reports.log import log_happening

PART = on.Part("resp_1", "item_1", 0, 0)


@pytest.mark.parametrize("rules", [Conversation(TalkWishes()), Exchange(Wishes())])
def test_every_fact_is_handled_or_named_as_of_no_concern(rules: Conversation | Exchange) -> None:
    assert set(rules.handlers) == set(get_args(on.Event))


def test_a_fact_that_nobody_has_placed_does_not_fall_through() -> None:
    class Unheard:
        pass

    with pytest.raises(KeyError):
        Exchange(Wishes()).handle(Unheard())  # type: ignore[arg-type]


def test_every_phase_is_drawn_and_can_be_reached() -> None:
    reached = {Phase.CONNECTING, Phase.ENDED}.union(*FOLLOWS.values())
    assert set(FOLLOWS) == reached == set(Phase)


def test_a_change_of_phase_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "s2s.exchange"):
        log_happening(0.0, PhaseChanged(Phase.TALKING))
    assert caplog.messages == ["= talking"]


@pytest.mark.parametrize(
    "happening",
    [
        on.AudioCaptured(b"\1\2" * 480),
        on.AudioReceived(PART, b"\1\2" * 480),
        on.AudioPlayed(b"\1\2" * 480, None),
        do.SendAudio(b"\1\2" * 480),
        do.PlayAudio(PART, b"\1\2" * 480),
        do.WriteAudio(b"\1\2" * 480),
    ],
)
def test_what_carries_sound_prints_how_much(happening: on.Event | do.Command) -> None:
    assert "480 samples" in repr(happening)
    assert "\\x" not in repr(happening)


def test_nothing_that_carries_sound_prints_its_bytes() -> None:
    kinds = [*get_args(on.Event), *get_args(do.Command)]
    carrying = [kind for kind in kinds if "pcm" in [each.name for each in fields(kind)]]
    assert len(carrying) == 7
    assert not [kind for kind in kinds if "bytes" in [each.type for each in fields(kind)]
                and kind not in carrying]  # fmt: skip
