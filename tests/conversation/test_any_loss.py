"""Whatever was going on when a connection is lost: what holds when there is another."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from test_any_order import AGAIN, LISTEN, SIDES, STORIES, Watched

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Phase, Timer
from s2s.conversation.session_config import TalkWishes
from s2s.errors import SoundError

MEANWHILE = st.lists(
    st.one_of(
        st.builds(on.AudioCaptured, st.just(b"\0\x20" * 480)),
        st.builds(on.AudioCaptured, st.just(pcm.silence(20))),
        st.builds(on.TalkPressed),
        st.builds(on.MutePressed),
        st.builds(on.InterruptPressed),
        st.builds(on.TextEntered, st.just("Hello?")),
        st.builds(on.ConnectionLost),
        st.builds(on.VoiceStarted),
        st.builds(on.VoiceStopped),
        st.builds(on.TimerFired, st.sampled_from([Timer.CONFIRM.value, Timer.QUIET.value])),
        st.builds(on.DeviceLost, SIDES, st.builds(SoundError, st.just("Unplugged."))),
        st.builds(on.DeviceBack, SIDES, st.just("Headset"), st.just(900)),
        LISTEN,
    ),
    max_size=30,
)
WISHES = st.sampled_from(
    [
        *(replace(each, returns=("microphone", "speaker")) for each in AGAIN),
        replace(AGAIN[0], greet=True),
    ]
)


@given(WISHES, STORIES, MEANWHILE, STORIES)
def test_whenever_it_is_lost_a_conversation_comes_back_and_asks_at_most_once(
    wishes: TalkWishes,
    before: list[on.Event | int],
    meanwhile: list[on.Event | int],
    after: list[on.Event | int],
) -> None:
    watched = Watched(wishes)
    for fact in (on.SessionStarted("s", "m"), on.SessionConfigured(), *before):
        watched.tell(fact)
    if phase(watched) != Phase.TALKING:
        return
    watched.tell(on.ConnectionLost())
    for fact in meanwhile:
        watched.tell(fact)
    if phase(watched) == Phase.ENDED:
        return
    since = len(watched.asked)
    if not isinstance(watched.asked[-1], do.End):
        back(watched)
    told = watched.asked[since:]
    if phase(watched) == Phase.TALKING:
        assert told.count(do.CreateResponse()) <= 1
        assert not [each for each in told if isinstance(each, do.TruncateItem | do.DeleteItem)]
        items = [each for each in told if isinstance(each, do.SeedItem)]
        named = [each.item_id for each in items if each.item_id]
        assert len(named) == len(set(named)), "an item is told once"
        assert all(each.text or each.pcm for each in items)
    for fact in after:
        watched.tell(fact)
    watched.tell(on.QuitPressed())
    assert phase(watched) == Phase.ENDED
    assert sum(isinstance(each, do.End) for each in watched.asked) == 1


def phase(watched: Watched) -> Phase:
    return watched.rules.phase


def back(watched: Watched) -> None:
    """The network is there again."""
    for _ in range(20):
        if watched.rules.phase == Phase.RECONNECTING:
            watched.tell(on.SessionStarted("s2", "m"))
        elif watched.rules.phase in (Phase.CONFIGURING, Phase.SEEDING):
            watched.tell(on.SessionConfigured())
    assert watched.rules.phase in (Phase.TALKING, Phase.ENDED)
