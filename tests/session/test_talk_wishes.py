"""What the options of `talk` ask for about speech over a reply, and what they cannot mean."""

from __future__ import annotations

import pytest

from s2s.app.options import TalkOptions
from s2s.app.talk_wishes import talk_wishes
from s2s.config import Settings, Sources
from s2s.conversation.session_config import ConfigureSession, Wishes
from s2s.errors import UsageError

SOURCES: Sources | Settings = Sources()


def test_what_is_not_said_is_as_ever() -> None:
    wishes = talk_wishes(Wishes(), TalkOptions(SOURCES))
    assert (wishes.barge_in, wishes.confirm_ms, wishes.backchannels) == (None, 400, ())


def test_what_is_said_is_wished_for() -> None:
    asked = TalkOptions(SOURCES, barge_in="confirm", confirm_ms=250, backchannels=("go on",))
    wishes = talk_wishes(Wishes(), asked)
    assert (wishes.barge_in, wishes.confirm_ms) == ("confirm", 250)
    assert wishes.backchannels == ("go on",)


@pytest.mark.parametrize(
    "options",
    [
        TalkOptions(SOURCES, barge_in="confirm", turns="manual"),
        TalkOptions(SOURCES, barge_in="never", half_duplex=True),
        TalkOptions(SOURCES, barge_in="instant", text_only=True),
        TalkOptions(SOURCES, confirm_ms=300, half_duplex=True),
        TalkOptions(SOURCES, confirm_ms=300, barge_in="instant"),
        TalkOptions(SOURCES, backchannels=("go",), barge_in="never"),
        TalkOptions(SOURCES, backchannels=("go",), turns="manual"),
        TalkOptions(SOURCES, echo="cancel", text_only=True),
        TalkOptions(SOURCES, echo="auto", text_only=True),
        TalkOptions(SOURCES, half_duplex=True, text_only=True),
    ],
)
def test_what_makes_no_sense_is_refused_with_both_names(options: TalkOptions) -> None:
    with pytest.raises(UsageError) as raised:
        talk_wishes(Wishes(), options)
    assert raised.value.message.count("--") == 2
    assert raised.value.hint.startswith("Leave ")


def test_settings_that_want_written_replies_are_noticed_too() -> None:
    with pytest.raises(UsageError):
        talk_wishes(
            Wishes(ConfigureSession(text_only=True)), TalkOptions(SOURCES, barge_in="confirm")
        )
    with pytest.raises(UsageError):
        talk_wishes(Wishes(ConfigureSession(text_only=True)), TalkOptions(SOURCES, echo="off"))


def test_no_words_at_all_are_no_option() -> None:
    talk_wishes(Wishes(), TalkOptions(SOURCES, backchannels=("",), turns="manual"))


@pytest.mark.parametrize(
    "options",
    [
        TalkOptions(SOURCES, confirm_ms=300),
        TalkOptions(SOURCES, backchannels=("go on",), echo="off"),
    ],
)
def test_who_says_how_speech_is_confirmed_wants_it_confirmed(options: TalkOptions) -> None:
    assert talk_wishes(Wishes(), options).barge_in == "confirm"


@pytest.mark.parametrize("phrase", ["!!!", " ... ", "[cough]"])
def test_a_backchannel_without_a_word_is_refused(phrase: str) -> None:
    with pytest.raises(UsageError, match="has words in it"):
        talk_wishes(Wishes(), TalkOptions(SOURCES, backchannels=("go on", phrase)))
