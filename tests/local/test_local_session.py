"""The server's rules, without a network: client events in, server events out, on a clock by hand.

Every event that goes out is held against the official package's models.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fakes import LoudDetector, ToneSynthesiser, tone
from hypothesis import given
from hypothesis import strategies as st
from official import check_server_event

from s2s import pcm
from s2s.local.engines import Engine, Turn
from s2s.local.engines.echo import EchoEngine
from s2s.local.engines.script import ScriptEngine
from s2s.local.orders import Drop, Hear, Next, Order, Reply, Send
from s2s.local.script import script_from
from s2s.local.session import LocalSession
from s2s.local.steps import Call, Fail, Say, Sound, Step, Wait, Write
from s2s.local.voicing import voiced

Json = dict[str, Any]
MANUAL = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}


class Talk:
    """A client and an engine at a session, on a clock that is turned by hand."""

    def __init__(self, engine: Engine) -> None:
        self.now = 0.0
        self.engine = engine
        self.got: list[Json] = []
        self.times: list[float] = []
        self.dropped: list[str] = []
        self._replies: dict[str, Iterator[Step]] = {}
        self.session = LocalSession(model="test", detector=LoudDetector)
        self._obey(self.session.start())

    def send(self, kind: str, **fields: Any) -> Talk:
        event = {"type": kind, "event_id": f"c_{len(self.got)}", **fields}
        self._obey(self.session.receive(json.dumps(event), self.now))
        return self

    def append(self, audio: bytes) -> Talk:
        return self.send("input_audio_buffer.append", audio=base64.b64encode(audio).decode())

    def speak(self, ms: float = 1000) -> Talk:
        return self.append(tone(ms)).append(pcm.silence(600))

    def listen(self, detection: Json) -> Talk:
        wanted = {"type": "realtime", "audio": {"input": {"turn_detection": detection}}}
        return self.send("session.update", session=wanted)

    def wait(self, seconds: float) -> Talk:
        end = self.now + seconds
        while (due := self.session.wake_at) is not None and due <= end:
            self.now = max(self.now, due)
            self._obey(self.session.advance(self.now))
        self.now = end
        return self

    def _obey(self, orders: list[Order]) -> None:
        for order in orders:
            if isinstance(order, Send):
                check_server_event(order.event)
                self.got.append(order.event)
                self.times.append(self.now)
            elif isinstance(order, Hear):
                text = self.engine.hear(order.pcm)
                self._obey(self.session.heard(order.item_id, text, self.now))
            elif isinstance(order, Reply):
                steps = self.engine.reply(order.turn)
                self._replies[order.response_id] = voiced(steps, order.turn, ToneSynthesiser)
                self._step(order.response_id)
            elif isinstance(order, Next):
                self._step(order.response_id)
            elif isinstance(order, Drop):
                self.dropped.append(order.response_id)

    def _step(self, response_id: str) -> None:
        step = next(self._replies[response_id], None)
        self._obey(self.session.stepped(response_id, step, self.now))

    @property
    def kinds(self) -> list[str]:
        return [event["type"] for event in self.got]

    def of(self, kind: str) -> list[Json]:
        return [event for event in self.got if event["type"] == kind]

    @property
    def audio(self) -> bytes:
        deltas = self.of("response.output_audio.delta")
        return b"".join(base64.b64decode(event["delta"]) for event in deltas)

    @property
    def error(self) -> Json:
        (event,) = self.of("error")
        error: Json = event["error"]
        return error


class Says:
    """An engine that gives these steps to every turn and remembers the turns."""

    name = "says"
    instant = True

    def __init__(self, *steps: Step, hears: str = "hello") -> None:
        self.steps, self.hears = steps, hears
        self.turns: list[Turn] = []

    def hear(self, pcm: bytes) -> str:
        return self.hears

    def reply(self, turn: Turn) -> Iterator[Step]:
        self.turns.append(turn)
        return iter(self.steps)


def manual(engine: Engine) -> Talk:
    talk = Talk(engine).send("session.update", session=MANUAL)
    talk.got.clear()
    talk.times.clear()
    return talk


def test_a_manual_turn_brings_the_events_in_the_order_seen_on_the_wire() -> None:
    talk = manual(Says(Say("Hi.")))
    talk.append(tone(500)).send("input_audio_buffer.commit").send("response.create").wait(1)
    assert talk.kinds == [
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
        "rate_limits.updated",
    ]
    assert talk.audio == b"".join(ToneSynthesiser().speak("Hi."))
    added, done = talk.of("response.output_item.added")[0], talk.of("response.output_item.done")[0]
    assert (added["item"]["content"], added["item"]["status"]) == ([], "in_progress")
    assert done["item"]["content"] == [{"type": "output_audio", "transcript": "Hi."}]


def test_the_echo_gives_every_sample_back() -> None:
    talk = manual(EchoEngine())
    talk.append(tone(3333)).send("input_audio_buffer.commit").send("response.create").wait(1)
    assert talk.audio == tone(3333)


def test_a_commit_alone_asks_for_no_response() -> None:
    talk = manual(EchoEngine()).append(tone(500)).send("input_audio_buffer.commit").wait(9)
    assert "response.created" not in talk.kinds


def test_less_than_a_tenth_of_a_second_is_not_committed() -> None:
    talk = manual(EchoEngine()).append(tone(90)).send("input_audio_buffer.commit")
    assert talk.error["code"] == "input_audio_buffer_commit_empty"


def test_the_users_words_are_given_only_where_they_are_wanted() -> None:
    talk = manual(Says()).append(tone(500)).send("input_audio_buffer.commit")
    name = "conversation.item.input_audio_transcription.completed"
    assert not talk.of(name)
    wanted = {"type": "realtime", "audio": {"input": {"transcription": {"model": "any"}}}}
    talk.send("session.update", session=wanted).append(tone(500)).send("input_audio_buffer.commit")
    assert talk.of(name)[0]["transcript"] == "hello"


def test_server_vad_finds_the_turn_and_answers_it() -> None:
    talk = Talk(Says(Say("Hi."))).append(pcm.silence(1000)).speak(1000).wait(1)
    (started,) = talk.of("input_audio_buffer.speech_started")
    (stopped,) = talk.of("input_audio_buffer.speech_stopped")
    assert started["audio_start_ms"] == 1000 - 300
    assert stopped["audio_end_ms"] == 2000 + 500
    assert started["item_id"] == stopped["item_id"] == talk.of(
        "input_audio_buffer.committed")[0]["item_id"]  # fmt: skip
    assert talk.of("response.done")[0]["response"]["status"] == "completed"


def test_a_turn_holds_the_prefix_the_speech_and_the_pause() -> None:
    engine = Says(Say("Hi."))
    Talk(engine).append(pcm.silence(1000)).speak(1000).wait(1)
    assert engine.turns[0].pcm == pcm.silence(300) + tone(1000) + pcm.silence(500)


def test_a_click_is_no_turn() -> None:
    talk = Talk(EchoEngine()).append(pcm.silence(500) + tone(20) + pcm.silence(900))
    assert "input_audio_buffer.speech_started" not in talk.kinds


def test_an_hour_of_silence_is_not_kept() -> None:
    talk = Talk(EchoEngine())
    for _ in range(60):
        talk.append(pcm.silence(60_000))
    talk.append(tone(500) + pcm.silence(600)).wait(1)
    assert talk.of("input_audio_buffer.speech_started")[0]["audio_start_ms"] == 3_600_000 - 300


def test_speech_during_a_response_cancels_it() -> None:
    talk = Talk(Says(Sound(tone(500)), Wait(60_000), Sound(tone(500)))).speak().wait(1)
    talk.speak()
    done = talk.of("response.done")[0]["response"]
    assert (done["status"], done["status_details"]["reason"]) == ("cancelled", "turn_detected")
    assert talk.dropped == [done["id"]]
    assert done["output"][0]["status"] == "incomplete"


def test_a_reply_is_truncated_while_it_is_still_coming() -> None:
    """Clients interrupt by truncating first and cancelling then."""
    turn = {"say": "A long story.", "pace": "realtime", "delta_ms": 100}
    talk = Talk(ScriptEngine(script_from({"turns": [turn]}))).speak().wait(0.35)
    (added,) = talk.of("response.content_part.added")
    cut = {"item_id": added["item_id"], "content_index": 0}
    talk.send("conversation.item.truncate", **cut, audio_end_ms=401)
    assert "400ms is already shorter than 401ms" in talk.error["message"]
    talk.send("conversation.item.truncate", **cut, audio_end_ms=250).send("response.cancel")
    (truncated,) = talk.of("conversation.item.truncated")
    assert (truncated["content_index"], truncated["audio_end_ms"]) == (0, 250)
    (done,) = talk.of("response.done")
    assert done["response"]["status"] == "cancelled"
    talk.send("conversation.item.retrieve", item_id=added["item_id"])
    (kept,) = talk.of("conversation.item.retrieved")
    assert kept["item"]["content"] == [{"type": "output_audio"}], "its words were not all heard"
    assert len(talk.of("error")) == 1


def test_a_reply_of_which_no_audio_was_sent_yet_cannot_be_truncated() -> None:
    talk = Talk(Says(Wait(1_000), Say("Hi."))).speak()
    reply = {"item_id": "item_0002", "content_index": 0, "audio_end_ms": 0}
    talk.send("conversation.item.truncate", **reply)
    assert "'item_0002' does not exist" in talk.error["message"]


def test_a_written_part_that_is_still_coming_cannot_be_truncated() -> None:
    talk = manual(Says(Write("Hello"), Wait(1_000), Write("there."))).send("response.create")
    (added,) = talk.of("response.content_part.added")
    cut = {"item_id": added["item_id"], "content_index": 0, "audio_end_ms": 0}
    talk.send("conversation.item.truncate", **cut)
    assert talk.error["code"] == "unsupported_content_type"


def test_deltas_that_were_on_the_wire_come_late() -> None:
    turn = {"tone": "440/9s", "pace": "realtime", "delta_ms": 100}
    talk = Talk(ScriptEngine(script_from({"turns": [turn]}))).speak().wait(1)
    talk.speak()
    after = talk.kinds[talk.kinds.index("input_audio_buffer.speech_started", 9) :]
    assert after[:3] == [
        "input_audio_buffer.speech_started",
        "response.output_audio.delta",
        "response.output_audio.delta",
    ]
    assert after.index("response.done") > after.index("response.output_audio.done")


def test_without_interrupt_response_the_reply_goes_on() -> None:
    keeps = {"type": "server_vad", "interrupt_response": False}
    turn = {"tone": "440/9s", "pace": "realtime"}
    talk = Talk(ScriptEngine(script_from({"turns": [turn]}))).listen(keeps).speak().wait(1)
    talk.speak().wait(10)
    assert [each["response"]["status"] for each in talk.of("response.done")] == ["completed"]


def test_without_create_response_a_turn_is_only_committed() -> None:
    talk = Talk(EchoEngine()).listen({"type": "server_vad", "create_response": False}).speak()
    assert talk.of("input_audio_buffer.committed")
    assert not talk.of("response.created")


def test_a_user_who_stays_silent_is_spoken_to() -> None:
    """Counted from the end of the reply as it is heard: 2 s of audio, then 5 s of nobody."""
    talk = Talk(Says(Sound(tone(2000)))).listen({"type": "server_vad", "idle_timeout_ms": 5000})
    talk.speak().wait(6.9).append(pcm.silence(1000))
    assert not talk.of("input_audio_buffer.timeout_triggered")
    talk.wait(0.2)
    (silent,) = talk.of("input_audio_buffer.timeout_triggered")
    assert silent["item_id"] == talk.of("input_audio_buffer.committed")[1]["item_id"]
    assert len(talk.of("response.done")) == 2


def test_a_user_who_speaks_in_time_is_not_hurried() -> None:
    talk = Talk(Says(Sound(tone(1000)))).listen({"type": "server_vad", "idle_timeout_ms": 5000})
    talk.speak().wait(3).append(tone(500)).wait(60)
    assert not talk.of("input_audio_buffer.timeout_triggered")


def test_a_response_may_read_other_items_than_the_conversation() -> None:
    engine = Says(Say("Hi."))
    talk = manual(engine)
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "one"}]}
    talk.send("conversation.item.create", item={**item, "id": "first"})
    other = {**item, "content": [{"type": "input_text", "text": "two"}]}
    talk.send("response.create", response={"conversation": "none", "input": []}).wait(1)
    given = [{"type": "item_reference", "id": "first"}, other]
    talk.send("response.create", response={"conversation": "none", "input": given}).wait(1)
    assert [turn.text for turn in engine.turns] == ["", "two"]
    assert engine.turns[1].history == (("user", "one"),)
    assert len(talk.of("conversation.item.added")) == 1, "asides leave no trace"


def test_one_response_may_have_settings_of_its_own() -> None:
    engine = Says(Say("Hi."))
    own = {"instructions": "Be brief.", "audio": {"output": {"voice": "cedar"}}}
    talk = manual(engine).send("response.create", response=own).wait(1)
    assert (engine.turns[0].instructions, engine.turns[0].voice) == ("Be brief.", "cedar")
    talk.send("response.create").wait(1)
    assert (engine.turns[1].instructions, engine.turns[1].voice) == ("", "marin")


def test_the_output_of_a_call_is_what_the_next_reply_answers() -> None:
    turns = [{"call": {"name": "get_weather"}}, {"match": "rain", "say": "Take an umbrella."}]
    talk = manual(ScriptEngine(script_from({"turns": turns}))).send("response.create").wait(1)
    call_id = talk.of("response.done")[0]["response"]["output"][0]["call_id"]
    output = {"type": "function_call_output", "call_id": call_id, "output": "rain"}
    talk.send("conversation.item.create", item=output).send("response.create").wait(1)
    answer = talk.of("response.done")[1]["response"]["output"][0]["content"][0]
    assert answer["transcript"] == "Take an umbrella."


def test_only_the_newest_audio_is_kept() -> None:
    talk = manual(EchoEngine())
    for _ in range(4):
        talk.append(pcm.silence(120_000)).send("input_audio_buffer.commit")
    for item, size in (("item_0001", 0), ("item_0004", pcm.size_of(120_000))):
        talk.send("conversation.item.retrieve", item_id=item)
        content = talk.of("conversation.item.retrieved")[-1]["item"]["content"]
        assert len(base64.b64decode(content[0]["audio"])) == size


def test_more_audio_in_one_event_than_the_api_takes_is_refused() -> None:
    talk = manual(EchoEngine()).append(bytes(15 * 2**20 + 2))
    assert "15 MiB" in talk.error["message"]


def test_jitter_makes_deltas_late_but_never_disorders_them() -> None:
    turn = {"tone": "440/2s", "delta_ms": 100, "pace": "realtime", "jitter_ms": 80}
    talk = manual(ScriptEngine(script_from({"turns": [turn]}))).send("response.create").wait(5)
    sent = [t for t, kind in zip(talk.times, talk.kinds, strict=True) if "audio.delta" in kind]
    late = [t - 0.1 * n for n, t in enumerate(sent)]
    assert sent == sorted(sent)
    assert 0.02 < max(late) <= 0.08
    assert talk.audio == tone(2000)


def test_a_client_cancels_a_response_and_cannot_cancel_it_twice() -> None:
    talk = manual(Says(Wait(60_000))).send("response.create").send("response.cancel")
    assert talk.of("response.done")[0]["response"]["status_details"]["reason"] == "client_cancelled"
    talk.send("response.cancel")
    assert talk.error["code"] == "response_cancel_not_active"


def test_a_second_response_has_to_wait_unless_it_is_out_of_band() -> None:
    talk = manual(Says(Wait(60_000))).send("response.create").send("response.create")
    assert talk.error["code"] == "conversation_already_has_active_response"
    aside = {"conversation": "none", "output_modalities": ["text"], "metadata": {"topic": "title"}}
    talk.send("response.create", response=aside)
    created = talk.of("response.created")[1]["response"]
    assert (created["metadata"], created["conversation_id"]) == ({"topic": "title"}, None)


def test_a_written_reply_has_no_audio() -> None:
    talk = manual(Says(Say("Hi.")))
    talk.send("response.create", response={"output_modalities": ["text"]}).wait(1)
    assert talk.of("response.output_text.done")[0]["text"] == "Hi."
    assert not talk.audio


def test_a_function_call_is_an_item_of_its_own() -> None:
    talk = manual(Says(Say("Let me see."), Call("weather", {"city": "Paris"})))
    talk.send("response.create").wait(1)
    items = talk.of("response.done")[0]["response"]["output"]
    assert [item["type"] for item in items] == ["message", "function_call"]
    assert json.loads(items[1]["arguments"]) == {"city": "Paris"}


def test_written_and_spoken_parts_stand_side_by_side() -> None:
    talk = manual(Says(Say("Hi."), Write("(smiles)"))).send("response.create").wait(1)
    content = talk.of("response.done")[0]["response"]["output"][0]["content"]
    assert [part["type"] for part in content] == ["output_audio", "output_text"]


@pytest.mark.parametrize(
    ("step", "status", "detail"),
    [
        (Fail("failed", "rate_limit_exceeded", "Wait."), "failed", "error"),
        (Fail("incomplete", "max_output_tokens"), "incomplete", "reason"),
    ],
)
def test_a_response_fails_as_the_api_lets_it(step: Fail, status: str, detail: str) -> None:
    talk = manual(Says(Say("Hi."), step)).send("response.create").wait(1)
    done = talk.of("response.done")[0]["response"]
    assert done["status"] == status
    assert done["status_details"][detail]
    assert "error" not in talk.kinds


def test_deltas_keep_the_pace_they_were_given() -> None:
    turn = {"tone": "440/1s", "delta_ms": 100, "pace": "2x", "first_audio_ms": 300}
    talk = manual(ScriptEngine(script_from({"turns": [turn]}))).send("response.create").wait(5)
    sent = [t for t, kind in zip(talk.times, talk.kinds, strict=True) if "audio.delta" in kind]
    assert sent == pytest.approx([0.3 + 0.05 * n for n in range(10)])


def test_the_same_script_gives_the_same_conversation() -> None:
    script = script_from({"turns": [{"tone": "440/1s", "hear": "a"}, {"say": "two"}]})

    def run() -> list[Json]:
        talk = Talk(ScriptEngine(script)).speak().wait(1).speak().wait(1)
        return talk.got

    assert run() == run()


def test_what_was_said_before_is_told_to_the_engine() -> None:
    engine = Says(Say("Hi."), hears="hello")
    talk = Talk(engine).speak().wait(1).speak().wait(1)
    assert talk.of("response.done")
    assert engine.turns[1].history == (("user", "hello"), ("assistant", "Hi."))


def test_typed_text_is_a_turn() -> None:
    engine = Says(Say("Hi."))
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hey"}]}
    talk = manual(engine).send("conversation.item.create", item=item).send("response.create")
    assert engine.turns[0].text == "hey"
    assert talk.kinds[:2] == ["conversation.item.added", "conversation.item.done"]


def test_items_are_retrieved_deleted_and_truncated() -> None:
    talk = manual(EchoEngine()).append(tone(1000)).send("input_audio_buffer.commit")
    talk.send("response.create").wait(1)
    user, assistant = "item_0001", "item_0002"
    talk.send("conversation.item.retrieve", item_id=user)
    audio = talk.of("conversation.item.retrieved")[0]["item"]["content"][0]["audio"]
    assert base64.b64decode(audio) == tone(1000)
    cut = {"item_id": assistant, "content_index": 0}
    talk.send("conversation.item.truncate", **cut, audio_end_ms=400)
    talk.send("conversation.item.truncate", **cut, audio_end_ms=401)
    assert talk.error["message"] == "Audio content of 400ms is already shorter than 401ms"
    talk.got.clear()
    talk.send("conversation.item.delete", item_id=assistant)
    talk.send("conversation.item.retrieve", item_id=assistant)
    assert talk.error["code"] == "item_retrieve_invalid_item_id"


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ({}, "missing_required_parameter", "session.type"),
        ({"type": "realtime", "temperature": 1}, "unknown_parameter", "session.temperature"),
        ({"type": "realtime", "voice": "marin"}, "unknown_parameter", "session.voice"),
        (
            {"type": "realtime", "audio": {"output": {"speed": 9}}},
            "invalid_value",
            "session.audio.output.speed",
        ),
        (
            {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "x"}}}},
            "invalid_value",
            "session.audio.input.turn_detection.type",
        ),
        (
            {"type": "realtime", "output_modalities": ["text", "audio"]},
            "invalid_value",
            "session.output_modalities",
        ),
    ],
)
def test_a_wrong_setting_costs_the_whole_update(session: Json, code: str, param: str) -> None:
    talk = Talk(EchoEngine()).send("session.update", session={**session, "instructions": "x"})
    assert (talk.error["code"], talk.error["param"]) == (code, param)
    assert not talk.of("session.updated")


def test_an_update_changes_only_what_it_names() -> None:
    talk = Talk(EchoEngine())
    detection = {"type": "server_vad", "silence_duration_ms": 200}
    talk.send("session.update", session={
        "type": "realtime", "audio": {"input": {"turn_detection": detection}}})  # fmt: skip
    held = talk.of("session.updated")[0]["session"]
    assert held["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 200
    assert held["audio"]["input"]["turn_detection"]["threshold"] == 0.5
    assert held["audio"]["output"]["voice"] == "marin"


def test_a_complaint_names_the_event_that_caused_it_and_leaves_the_session_open() -> None:
    talk = Talk(EchoEngine()).send("response.invent")
    assert talk.error["event_id"] == "c_1"
    assert "session.update" in talk.error["message"]
    talk.speak().wait(1)
    assert talk.of("response.done")


@pytest.mark.parametrize(
    "message",
    [
        "nonsense",
        "[1]",
        b"\0",
        '{"type": 7}',
        '{"type": []}',
        "null",
        "[" * 100_000,
        '{"type": "response.cancel", "response_id": []}',
        '{"type": "response.create", "response": {"conversation": "none", "metadata": {"a": NaN}}}',
        '{"type": "conversation.item.create", "item": {"type": "message", "role": []}}',
        '{"type": "session.update", "session": {"type": "realtime", "max_output_tokens": true}}',
    ],
)
def test_whatever_a_client_sends_gets_an_error_and_not_a_crash(message: str | bytes) -> None:
    session = LocalSession(model="test", detector=LoudDetector)
    (order,) = session.receive(message, 0.0)
    assert isinstance(order, Send)
    check_server_event(order.event)
    assert order.event["type"] == "error"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.just("AAAA"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
SHAPES: dict[str, list[str]] = {
    "session.update": ["session"],
    "input_audio_buffer.append": ["audio"],
    "conversation.item.create": ["item", "previous_item_id"],
    "conversation.item.truncate": ["item_id", "content_index", "audio_end_ms"],
    "conversation.item.delete": ["item_id"],
    "conversation.item.retrieve": ["item_id"],
    "response.create": ["response"],
    "response.cancel": ["response_id"],
}
PARTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["input_text", "input_audio"])},
    optional={"text": JSON, "audio": JSON, "transcript": JSON},
)
ITEMS = st.fixed_dictionaries(
    {"type": st.sampled_from(["message", "function_call_output"])},
    optional={
        "id": JSON,
        "role": st.sampled_from(["user", "assistant"]) | JSON,
        "content": st.lists(PARTS, max_size=2) | JSON,
        "output": JSON,
    },
)
KEYS = st.sampled_from(["type", "audio", "tools", "input", "metadata", "instructions"])
VALUES = JSON | ITEMS | st.dictionaries(KEYS, JSON | ITEMS)


@st.composite
def client_events(draw: st.DrawFn) -> Json:
    kind = draw(st.sampled_from(sorted(SHAPES)))
    return {"type": kind, **{key: draw(VALUES) for key in SHAPES[kind]}}


@given(st.lists(client_events(), max_size=6))
def test_no_sequence_of_client_events_breaks_the_session(events: list[Json]) -> None:
    session = LocalSession(model="test", detector=LoudDetector)
    for event in [*events, {"type": "input_audio_buffer.clear"}]:
        orders = session.receive(json.dumps(event), 0.0)
    cleared = orders[-1]
    assert isinstance(cleared, Send)
    assert cleared.event["type"] == "input_audio_buffer.cleared"


def test_what_the_response_before_has_read_is_cached_in_the_next_by_kind() -> None:
    talk = Talk(EchoEngine()).send("session.update", session=MANUAL)
    for _ in range(2):
        talk.append(tone(1000)).send("input_audio_buffer.commit").send("response.create").wait(9)
    first, second = (each["response"]["usage"] for each in talk.of("response.done"))
    assert first["input_token_details"]["cached_tokens"] == 0
    given, kept = (
        second["input_token_details"],
        second["input_token_details"]["cached_tokens_details"],
    )
    assert given["cached_tokens"] == sum(kept.values()) == first["input_tokens"] > 0
    # Two questions of a second, and what was said between them.
    assert given["audio_tokens"] == 10 + first["output_token_details"]["audio_tokens"] + 10
    check_server_event(talk.of("response.done")[-1])


def test_an_item_that_is_gone_leaves_nothing_behind_it_cached() -> None:
    talk = Talk(EchoEngine()).send("session.update", session=MANUAL)
    talk.append(tone(1000)).send("input_audio_buffer.commit").send("response.create").wait(9)
    first = talk.of("input_audio_buffer.committed")[0]["item_id"]
    talk.send("conversation.item.delete", item_id=first)
    talk.append(tone(1000)).send("input_audio_buffer.commit").send("response.create").wait(9)
    usage = talk.of("response.done")[-1]["response"]["usage"]
    assert usage["input_token_details"]["cached_tokens"] == 0
