"""How long a lost connection is tried to be made again, as the user says it."""

from __future__ import annotations

import pytest

from s2s.app.options import TalkOptions
from s2s.app.talk_wishes import RECONNECT_S, talk_wishes
from s2s.cli.inputs import seconds_or_off
from s2s.config import Sources
from s2s.conversation.session_config import Wishes
from s2s.errors import UsageError


@pytest.mark.parametrize(
    ("stated", "seconds"), [(None, None), ("off", 0.0), ("OFF", 0.0), ("60", 60.0), ("0.5", 0.5)]
)
def test_it_is_a_time_or_off(stated: str | None, seconds: float | None) -> None:
    assert seconds_or_off("--reconnect", stated) == seconds


@pytest.mark.parametrize("stated", ["", "0", "-1", "nan", "inf", "soon", "86401", "1e9"])
def test_what_is_neither_is_refused_with_a_remedy(stated: str) -> None:
    with pytest.raises(UsageError, match="--reconnect") as refused:
        seconds_or_off("--reconnect", stated)
    assert "off" in refused.value.hint


@pytest.mark.parametrize(
    ("recording", "asked", "seconds"),
    [
        (None, None, RECONNECT_S),
        (None, 0.0, 0.0),
        (None, 60.0, 60.0),
        ("in.wav", None, 0.0),
        ("in.wav", 60.0, 60.0),
    ],
)
def test_it_is_on_for_a_person_and_off_for_a_recording_unless_asked_for(
    recording: str | None, asked: float | None, seconds: float
) -> None:
    options = TalkOptions(Sources(), recording=recording, reconnect_s=asked)
    assert talk_wishes(Wishes(), options).reconnect_ms == seconds * 1000
