"""Whatever comes in whatever order: what holds of every conversation."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from s2s import pcm
from s2s.audio.live.playout import Playout
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.conversation import Conversation
from s2s.conversation.exchange import Exchange
from s2s.conversation.phases import FOLLOWS, Phase, Timer
from s2s.conversation.session_config import ServerVad, TalkWishes, Wishes
from s2s.conversation.transcript.transcript import Transcript
from s2s.errors import NetworkError, SoundError

SERVER = ServerVad()
RESPONSES = st.sampled_from(["r1", "r2", "r3", ""])
ITEMS = st.sampled_from(["i1", "i2", "i3", "u1", "u2", ""])
CAUSES = st.sampled_from(
    [
        Cause.UNKNOWN, Cause.BUSY, Cause.RATE_LIMIT, Cause.TOO_SHORT, Cause.CROSSED, Cause.SERVER,
        Cause.INTERRUPTED,
    ]
)  # fmt: skip
STATUSES = st.sampled_from(["completed", "cancelled", "incomplete", "failed", ""])
PARTS = st.builds(on.Part, RESPONSES, ITEMS, st.just(0), st.integers(0, 1))
SOUND = st.integers(0, 4800).map(bytes)
WORDS = st.sampled_from(["", "Yes", " and no."])
TIMERS = st.sampled_from([timer.value for timer in Timer])

SIDES = st.sampled_from(["microphone", "speaker"])
FACTS = st.one_of(
    st.builds(on.SessionStarted, st.just("s"), st.just("m")),
    st.builds(on.SessionConfigured),
    st.builds(on.SpeechStarted, ITEMS, st.just(0)),
    st.builds(on.SpeechStopped, ITEMS, st.just(0)),
    st.builds(on.InputCommitted, ITEMS, ITEMS),
    st.builds(on.ItemAdded, ITEMS, ITEMS, st.sampled_from(["message", "call", "other"]),
              st.sampled_from(["user", "assistant", ""])),
    st.builds(on.UserTextReceived, ITEMS, WORDS),
    st.builds(on.UserTranscribed, ITEMS, WORDS),
    st.builds(on.UserTranscriptionFailed, ITEMS, WORDS),
    st.builds(on.ResponseStarted, RESPONSES),
    st.builds(on.AudioReceived, PARTS, SOUND),
    st.builds(on.AudioReceived, PARTS, SOUND),
    st.builds(on.AudioEnded, PARTS),
    st.builds(on.TextReceived, PARTS, WORDS),
    st.builds(on.TextEnded, PARTS, WORDS),
    st.builds(on.FunctionCalled, RESPONSES, ITEMS, ITEMS, WORDS, st.just("{}")),
    st.builds(on.ResponseEnded, RESPONSES, STATUSES, st.just("x"), WORDS,
              item_ids=st.lists(ITEMS, max_size=2).map(tuple), cause=CAUSES),
    st.builds(on.RateLimitsUpdated, st.floats(0, 9)),
    st.builds(on.ErrorReported, st.just(""), st.just("x"), WORDS, cause=CAUSES,
              order=st.sampled_from(
              ["", "CreateResponse", "TruncateItem", "ConfigureTranscription", "ConfigureTurns"])),
    st.builds(on.MessageUnreadable, WORDS, st.booleans()),
    st.builds(on.ConnectionLost),
    st.builds(on.ConnectFailed, st.builds(NetworkError, WORDS)),
    st.builds(on.SessionExpires, st.just(60_000.0)),
    st.builds(on.NextConnected),
    st.builds(on.NextFailed, WORDS),
    st.builds(on.AudioDropped, st.just(20)),
    st.builds(on.AudioCaptured, SOUND),
    st.builds(on.CaptureEnded),
    st.builds(on.VoiceStarted),
    st.builds(on.VoiceStopped),
    st.builds(on.EchoJudged, st.sampled_from(["judging", "cancelling", "headphones", "off"])),
    st.builds(on.DeviceLost, SIDES, st.builds(SoundError, WORDS)),
    st.builds(on.DeviceBack, SIDES, WORDS, st.just(900)),
    st.builds(on.DeviceStillGone, SIDES, st.builds(SoundError, WORDS)),
    st.builds(on.DeviceChosen, SIDES, WORDS),
    st.builds(on.TalkPressed),
    st.builds(on.MutePressed),
    st.builds(on.InterruptPressed),
    st.builds(on.TextEntered, WORDS),
    st.builds(on.StopPressed),
    st.builds(on.SendingStalled, st.just(31_000)),
    st.builds(on.TimerFired, TIMERS),
    st.builds(on.ApprovalRequested, RESPONSES, ITEMS, WORDS, WORDS, st.just("{}")),
    st.builds(on.Ignored, WORDS),
)  # fmt: skip
LISTEN = st.integers(1, 200)  # ms that the speaker takes
STORIES = st.lists(st.one_of(FACTS, FACTS, FACTS, LISTEN), max_size=60)
SPOKEN, BY_KEY = TalkWishes(do.ConfigureSession(turn_detection=SERVER)), TalkWishes()
LASTING = TalkWishes(SPOKEN.session, greet=True, max_ms=9.0, returns=("microphone", "speaker"))
CONFIRMED = TalkWishes(
    SPOKEN.session, (do.ConfigureTranscription("one"),), barge_in="confirm", max_ms=9.0,
    returns=("microphone", "speaker"),
)  # fmt: skip
NEVER = TalkWishes(SPOKEN.session, barge_in="never")
AGAIN = [replace(each, reconnect_ms=300_000.0) for each in (SPOKEN, BY_KEY, CONFIRMED, NEVER)]
WISHES = st.sampled_from([SPOKEN, BY_KEY, LASTING, CONFIRMED, CONFIRMED, NEVER, *AGAIN])


class Watched:
    """A conversation with a speaker, and what must hold of what it asks for."""

    def __init__(self, wishes: TalkWishes) -> None:
        self.rules = Conversation(wishes)
        self.decides = wishes.barge_in is not None  # what speech does to a reply
        self.playout = Playout()
        self.asked = self.rules.start()
        self.heard: Counter[tuple[str, int]] = Counter()  # ms of each part of each item
        self.begun: set[str] = set()
        self.silenced: set[str] = set()
        self.announces = False
        self.outstanding = 0  # responses that were asked for and of which nothing was said
        self.held = False
        self.running: set[str] = set()  # timers
        self.begins = ""  # the response that begins with this fact

    def tell(self, fact: on.Event | int) -> None:
        if isinstance(fact, int):
            _, happened = self.playout.pull(pcm.size_of(fact))
            for happening in happened:
                if isinstance(happening, on.PartPlayed):
                    self._hear(happening.part, happening.ms)
                self.tell(happening)
            return
        self._note(fact)
        self.begins = fact.response_id if isinstance(fact, on.ResponseStarted) else ""
        if isinstance(fact, on.TimerFired):
            self.running.discard(fact.name)
        before, commands = self.rules.phase, self.rules.handle(fact)
        after = self.rules.phase
        assert after in (before, Phase.ENDED) or after in FOLLOWS[before]
        for command in commands:
            self._obey(command)
        decides = {Timer.CONFIRM, Timer.QUIET} & self.running
        assert decides or not self.held or after == Phase.ENDED, "it would be held for ever"

    def _note(self, fact: on.Event) -> None:
        answers = (on.ErrorReported, on.ResponseStarted, on.ResponseEnded, on.TimerFired)
        content = (on.AudioReceived, on.TextReceived, on.FunctionCalled)
        gone = (on.ConnectionLost, on.ConnectFailed)
        if isinstance(fact, answers + content + gone):
            self.outstanding = 0
        if isinstance(fact, on.SessionStarted):  # its ids are its own
            self.silenced.clear()
            self.begun.clear()
        speech = isinstance(fact, on.SpeechStarted) and not self.decides
        if speech or isinstance(fact, on.InterruptPressed):
            self.silenced |= self.begun
        elif isinstance(fact, on.ResponseStarted):
            self.announces = True
            self.silenced.discard(fact.response_id)
            self.begun.add(fact.response_id)
        elif isinstance(fact, on.ResponseEnded) and not self.announces:
            self.silenced.clear()

    def _hear(self, part: on.Part, ms: int) -> None:
        self.heard[part.item_id, part.content_index] += ms

    def _obey(self, command: do.Command) -> None:
        self.asked.append(command)
        if isinstance(command, do.PlayAudio):
            response_id = command.part.response_id
            assert response_id == "" or response_id not in self.silenced
            self.begun.add(response_id)
            self.playout.add(command.part, command.pcm)
        elif isinstance(command, do.EndPart):
            self.playout.end(command.part)
        elif isinstance(command, do.StartTimer | do.CancelTimer):
            change = set.add if isinstance(command, do.StartTimer) else set.discard
            change(self.running, command.name)
        elif isinstance(command, do.HoldPlayout):
            self.held = True
            self.playout.hold()
        elif isinstance(command, do.ResumePlayout):
            self.held = False
            self.playout.resume()
        elif isinstance(command, do.ClearPlayout):
            self.held = False
            self.silenced |= self.begun - {self.begins}
            heard = self.playout.clear()
            for each in heard:
                self._hear(*each)
            self.tell(on.PlayoutCleared(heard))
        elif isinstance(command, do.TruncateItem):
            assert command.heard_ms <= self.heard[command.item_id, command.content_index]
        elif isinstance(command, do.CreateResponse):
            self.outstanding += 1
            assert self.outstanding == 1


@given(WISHES, st.booleans(), STORIES)
def test_whatever_comes_what_must_hold_does(
    wishes: TalkWishes, stands: bool, story: list[on.Event | int]
) -> None:
    watched = Watched(wishes)
    if stands:
        story = [on.SessionStarted("s", "m"), on.SessionConfigured(), *story]
    for fact in story:
        watched.tell(fact)
    watched.tell(on.QuitPressed())
    ends = [each for each in watched.asked if isinstance(each, do.End)]
    assert len(ends) == 1
    assert isinstance(watched.asked[-1], do.End) or watched.rules.phase == "ended"


UPLOAD_FACTS = st.one_of(
    st.builds(on.Uploaded, st.just(4800)),
    st.builds(on.UploadEnded, st.sampled_from([0, 48_000]), st.sampled_from([0.0, 0.5])),
    st.builds(on.UploadStalled),
    st.builds(on.UploadFailed, st.builds(SoundError, WORDS)),
)
ASKED: list[on.Event] = [
    on.SessionStarted("s", "m"), on.SessionConfigured(), on.SessionConfigured(),
    on.UploadEnded(48_000, 0.5), on.InputCommitted("u1"),
]  # fmt: skip
EXCHANGES = st.lists(st.one_of(FACTS, FACTS, FACTS, UPLOAD_FACTS), max_size=60)


class WatchedExchange:
    """An exchange, and what must hold of what it asks for."""

    def __init__(self) -> None:
        self.rules = Exchange(Wishes(transcription=(do.ConfigureTranscription("one"),)))
        self.asked = self.rules.start()
        self.outstanding = 0  # responses that were asked for and of which nothing was said
        self.running: set[str] = set()  # timers

    def tell(self, fact: on.Event) -> None:
        answers = (on.ErrorReported, on.ResponseStarted, on.ResponseEnded)
        content = (on.AudioReceived, on.TextReceived, on.TextEnded, on.AudioEnded)
        calls = (on.FunctionCalled, on.ApprovalRequested)
        if isinstance(fact, answers + content + calls):
            self.outstanding = 0
        if isinstance(fact, on.TimerFired):
            self.running.discard(fact.name)
        before, orders = self.rules.phase, self.rules.handle(fact)
        after = self.rules.phase
        assert after in (before, Phase.ENDED) or after in FOLLOWS[before]
        for order in orders:
            assert before != Phase.ENDED, "nothing is asked for after the end"
            if isinstance(order, do.CreateResponse):
                due = (Phase.COMMITTING, Phase.PAUSING)
                assert before in due or isinstance(fact, on.ResponseEnded)
            self._obey(order)

    def _obey(self, order: do.Command) -> None:
        self.asked.append(order)
        if isinstance(order, do.CreateResponse):
            self.outstanding += 1
            assert self.outstanding == 1
        elif isinstance(order, do.StartTimer):
            self.running.add(order.name)
        elif isinstance(order, do.CancelTimer):
            self.running.discard(order.name)


@given(EXCHANGES, st.integers(0, len(ASKED)), st.sampled_from(["loss", "silence"]))
def test_whatever_comes_an_exchange_keeps_its_word_and_ends(
    story: list[on.Event], begun: int, end: str
) -> None:
    watched = WatchedExchange()
    watched.running.add(Timer.SILENCE)
    for fact in [*ASKED[:begun], *story]:
        watched.tell(fact)
    for _ in range(99 if end == "silence" else 0):  # whatever timers run, and the network
        if watched.rules.phase == Phase.UPLOADING:
            watched.tell(on.UploadStalled())
        for timer in sorted(watched.running):
            watched.tell(on.TimerFired(timer))
    if end == "loss":
        watched.tell(on.ConnectionLost())
    assert watched.rules.phase == Phase.ENDED
    assert len([each for each in watched.asked if isinstance(each, do.End)]) == 1


@given(STORIES)
def test_whatever_comes_the_transcript_gives_each_line_once(story: list[on.Event | int]) -> None:
    rules, transcript = Conversation(SPOKEN), Transcript()
    lines, settled = transcript.reader(), []
    for at, fact in enumerate([on.SessionStarted("s", "m"), on.SessionConfigured(), *story]):
        if not isinstance(fact, int) and rules.phase != "ended":
            happened: list[on.Event | do.Command] = [fact, *rules.handle(fact)]
            for each in happened:
                transcript.observe(float(at), each)
            settled += lines.settled()
    transcript.close()
    settled += lines.settled()
    assert not transcript.open()
    assert len(settled) == len(transcript.lines())
