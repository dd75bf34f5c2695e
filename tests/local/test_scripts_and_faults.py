"""Scripts are read with care, and faults strike where they were ordered. No network, no clock."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest
from fakes import tone, write_wav

from s2s import pcm
from s2s.errors import UsageError
from s2s.local.engines import Turn
from s2s.local.engines.script import ScriptEngine
from s2s.local.faults import (
    FaultPlan,
    Hangup,
    Reset,
    SendBinary,
    SendText,
    Silence,
    Stall,
    fault_from_text,
)
from s2s.local.script import load, script_from
from s2s.local.steps import Call, Fail, Pace, Say, Sound, Step, Wait, Write


def steps(turn: dict[str, Any]) -> list[Step]:
    return list(ScriptEngine(script_from({"turns": [turn]})).reply(Turn(1, "hello")))


def test_a_turn_becomes_steps() -> None:
    turn = {"say": "Hi.", "first_audio_ms": 300, "delta_ms": 100, "pace": "5x"}
    assert steps(turn) == [Pace(100, 5.0), Wait(300.0), Say("Hi.")]
    assert steps({"text": "Hi."})[1:] == [Write("Hi.")]
    called = {"name": "get_weather", "arguments": {"city": "Paris"}}
    assert steps({"call": called})[1:] == [Call("get_weather", {"city": "Paris"})]
    assert steps({"fail": {"status": "incomplete"}})[1:] == [
        Fail("incomplete", "max_output_tokens", "max output tokens")
    ]


def test_a_tone_has_its_pitch_and_its_length() -> None:
    (sound,) = [step for step in steps({"tone": "480/0.5s"}) if isinstance(step, Sound)]
    assert len(sound.pcm) == pcm.size_of(500)
    samples = memoryview(sound.pcm).cast("h")
    crossings = sum(a < 0 <= b for a, b in itertools.pairwise(samples))
    assert crossings == pytest.approx(480 * 0.5, abs=1)


def test_a_recording_is_found_beside_the_script(tmp_path: Path) -> None:
    write_wav(tmp_path / "hi.wav", tone(500))
    (tmp_path / "script.yaml").write_text("turns:\n  - wav: hi.wav\n")
    engine = ScriptEngine(load(tmp_path / "script.yaml"))
    sounds = [step for step in engine.reply(Turn(1, "")) if isinstance(step, Sound)]
    assert len(sounds[0].pcm) == pcm.size_of(500)


def replies(turns: list[dict[str, Any]], *texts: str) -> list[str]:
    engine = ScriptEngine(script_from({"turns": turns}))
    said = []
    for number, text in enumerate(texts, 1):
        found = [step for step in engine.reply(Turn(number, text)) if isinstance(step, Say | Fail)]
        said.append(found[0].text if isinstance(found[0], Say) else found[0].code)
    return said


def test_turns_answer_in_their_order_by_number_or_by_what_was_said() -> None:
    assert replies([{"say": "one"}, {"say": "two"}], "", "") == ["one", "two"]
    assert replies([{"say": "any"}, {"on": 1, "say": "first"}], "", "") == ["any", "script_ended"]
    assert replies([{"on": 2, "say": "second"}, {"say": "any"}], "", "") == ["any", "second"]
    weather = [{"match": "weather", "say": "Sunny."}, {"say": "What?"}]
    assert replies(weather, "the Weather?", "hm", "weather") == ["Sunny.", "What?", "Sunny."]


def test_what_is_heard_is_what_the_coming_turn_says() -> None:
    spoken = [{"hear": "one", "say": "1"}, {"hear": "two", "say": "2"}]
    engine = ScriptEngine(script_from({"turns": [{"match": "x", "say": "x"}, *spoken]}))
    assert engine.hear(b"") == "one"
    assert engine.hear(b"") == "one", "hearing alone uses no turn up"
    list(engine.reply(Turn(1, "one")))
    assert engine.hear(b"") == "two"


MISTAKES: list[tuple[Any, str]] = [
    ({"turns": [{"say": "a"}, {"sya": "b"}]}, "turns[1].sya: sya is not known"),
    ({"turns": [{}]}, "turns[0]: no answer"),
    ({"turns": [{"say": "a", "tone": "1/1s"}]}, "turns[0]: say and tone exclude each other"),
    ({"turns": [{"tone": "loud"}]}, "turns[0].tone"),
    ({"turns": [{"wav": "absent.wav"}]}, "turns[0].wav: there is no file"),
    ({"turns": [{"say": 5}]}, "turns[0].say"),
    ({"turns": [{"say": "a", "pace": "fast"}]}, "turns[0].pace"),
    ({"turns": [{"say": "a", "pace": "0x"}]}, "turns[0].pace"),
    ({"turns": [{"say": "a", "delta_ms": 0}]}, "turns[0].delta_ms"),
    ({"turns": [{"say": "a", "first_audio_ms": -1}]}, "turns[0].first_audio_ms"),
    ({"turns": [{"say": "a", "match": "("}]}, "turns[0].match"),
    ({"turns": [{"fail": {"status": "cancelled"}}]}, "turns[0].fail.status"),
    ({"turns": [{"call": {}}]}, "turns[0].call.name"),
    ({"turns": "none"}, "turns: a list is expected"),
    ({"truns": []}, "truns: truns is not known"),
    ("x", "the whole: a mapping is expected"),
    ({"faults": [{"do": "reset"}]}, "faults[0]: a mapping with `at`"),
    ({"faults": [{"at": "connect"}]}, "faults[0]: exactly one of"),
    ({"faults": [{"at": "connect", "do": "explode"}]}, "faults[0].do: 'explode'"),
    ({"faults": [{"at": "connect", "do": "malformed"}]}, "faults[0].do: malformed needs an event"),
    ({"faults": [{"at": "session.created", "http": 500}]}, "faults[0].http"),
    ({"faults": [{"at": "connect", "http": 200}]}, "faults[0].http: 200"),
    ({"faults": [{"at": "Output Audio", "do": "reset"}]}, "faults[0].at: 'Output Audio'"),
    ({"faults": [{"at": "output_audio.delta", "do": "stall soon"}]}, "faults[0].do: stall"),
    ({"faults": [{"at": "output_text.delta", "do": "wrong_base64"}]}, "faults[0].do: wrong_base64"),
    ({"faults": [{"at": "audio.delta", "do": "reset"}]}, "faults[0].at: audio.delta is no event"),
    ({"faults": [{"at": "session.created#0", "do": "reset"}]}, "faults[0].at: events are counted"),
    ({"faults": [{"after_s": -1, "do": "reset"}]}, "faults[0].after_s"),
    ({"faults": [{"after_s": 1, "do": "drop"}]}, "faults[0].do: drop needs an event"),
    ({"faults": [{"after_s": 1, "at": "connect", "do": "reset"}]}, "faults[0]: a mapping with"),
    ({"faults": [{"at": "connect", "do": "close", "code": 1006}]}, "faults[0].code: 1006"),
    ({"turns": [{"say": True}]}, "turns[0].say: true is no text"),
    ({"turns": [{"say": "a", "pace": True}]}, "turns[0].pace: true is none of"),
    ({"turns": [{"say": None}]}, "turns[0]: no answer"),
    ({"turns": [{"call": {"name": None}}]}, "turns[0].call.name: null is no text"),
    ({"faults": [{"at": None, "after_s": False, "do": "reset"}]}, "faults[0].after_s: false"),
    ({"faults": [{"at": "connect", "do": True}]}, "faults[0].do: true is none of"),
    ({"turns": [{"say": "a", "first_audio_ms": math.inf}]}, "turns[0].first_audio_ms: Infinity"),
    ({"turns": [{"say": "a", "delta_ms": math.nan}]}, "turns[0].delta_ms: NaN is no number"),
    ({"turns": [{"say": "a", "jitter_ms": 1e999}]}, "turns[0].jitter_ms: Infinity"),
    ({"turns": [{"say": "a", "on": 10**400}]}, "turns[0].on: 1000"),
    ({"turns": [{"say": "a", "on": math.inf}]}, "turns[0].on: Infinity"),
    ({"turns": [{"say": "a", "pace": "9" * 400 + "x"}]}, "turns[0].pace"),
    ({"turns": [{"tone": "9" * 400 + "/1s"}]}, "turns[0].tone"),
    ({"turns": [{"tone": "440/1000000000s"}]}, "turns[0].tone"),
    ({"turns": [{"wav": "a" * 300}]}, "turns[0].wav: there is no file"),
    ({"seed": math.nan}, "seed: NaN is no number"),
    ({"faults": [{"after_s": math.inf, "do": "reset"}]}, "faults[0].after_s: Infinity"),
    ({"faults": [{"after_s": math.nan, "do": "reset"}]}, "faults[0].after_s: NaN"),
    ({"faults": [{"at": "connect", "http": 10**400}]}, "faults[0].http: 1000"),
    ({"faults": [{"at": "session.created#" + "9" * 5000, "do": "reset"}]}, "faults[0].at"),
    ({"faults": [{"at": "output_audio.delta", "do": "stall 9" + "9" * 400 + "s"}]}, "faults[0].do"),
]


@pytest.mark.parametrize(("stated", "words"), MISTAKES)
def test_a_mistake_is_named_with_its_place(stated: Any, words: str) -> None:
    with pytest.raises(UsageError) as failure:
        script_from(stated)
    assert words in failure.value.message


def test_a_mistake_in_a_file_is_named_with_its_line(tmp_path: Path) -> None:
    def told(text: str) -> str:
        (tmp_path / "s.yaml").write_text(text)
        with pytest.raises(UsageError) as failure:
            load(tmp_path / "s.yaml")
        return failure.value.message

    assert "line 3, turns[1].sya" in told("turns:\n  - say: a\n  - sya: b\n")
    assert "line 4, turns[0].fail.status" in told(
        "turns:\n  - say: a\n    fail:\n      status: broken\n"
    )
    assert "line 2, turns[0]: no answer" in told("turns:\n  - pace: burst\n")
    assert "line 3, faults[0].do" in told("faults:\n  - at: connect\n    do: explode\n")
    assert "line 3" in told("turns:\n  - say: a\n  wav: b\n")


def test_a_script_that_is_no_yaml_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("turns: [")
    with pytest.raises(UsageError, match="not YAML"):
        load(tmp_path / "bad.yaml")
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "absent.yaml")
    for value in ("9" * 5_000, "2026-13-45"):
        (tmp_path / "value.yaml").write_text(f"seed: {value}")
        with pytest.raises(UsageError, match=r"value\.yaml holds a value that is none"):
            load(tmp_path / "value.yaml")
    (tmp_path / "deep.yaml").write_text("turns: " + "[" * 5_000 + "]" * 5_000)
    with pytest.raises(UsageError, match="nested too deep"):
        load(tmp_path / "deep.yaml")


DELTA = {"type": "response.output_audio.delta", "event_id": "event_0001", "delta": "AAA="}


def plan(*faults: dict[str, Any], connection: int = 1) -> FaultPlan:
    return FaultPlan(script_from({"faults": list(faults)}).faults, connection)


def test_a_fault_strikes_at_its_event_and_no_other() -> None:
    faults = plan({"at": "output_audio.delta#3", "do": "reset"})
    done = [faults.on_event(DELTA) for _ in range(4)]
    assert done[2] == [Reset()]
    assert all(isinstance(each[0], SendText) for n, each in enumerate(done) if n != 2)


def test_the_full_name_of_an_event_serves_as_well() -> None:
    assert plan({"at": "response.output_audio.delta", "do": "reset"}).on_event(DELTA) == [Reset()]


def test_a_fault_of_one_connection_spares_the_others() -> None:
    fault = {"at": "connect", "http": 503, "connection": 2}
    assert [bool(plan(fault, connection=n).refusal()) for n in (1, 2, 3)] == [False, True, False]


def test_what_each_deed_does() -> None:
    def strike(**deed: Any) -> list[Any]:
        return list(plan({"at": "output_audio.delta", **deed}).on_event(DELTA))

    whole = SendText(json.dumps(DELTA, separators=(",", ":")))
    assert strike(do="silence") == [Silence()]
    assert strike(do="stall 300ms") == [Stall(0.3), whole]
    assert strike(do="close", code=1012, reason="restart") == [Hangup(1012, "restart")]
    assert strike(do="close") == [Hangup(1011, "")]
    assert [type(each) for each in strike(do="binary")] == [SendBinary, SendText]
    unknown, changed = strike(do="unknown")
    assert json.loads(unknown.text)["type"] == "surprise.happened"
    assert json.loads(changed.text)["delta"] == "AAA="
    with pytest.raises(json.JSONDecodeError):
        json.loads(strike(do="malformed")[0].text)
    assert json.loads(strike(do="wrong_base64")[0].text)["delta"] == "*not base64*"
    error, end = strike(error="session_expired", message="Over.")
    assert json.loads(error.text)["error"]["message"] == "Over."
    assert end.code == 1001


def test_an_error_at_the_connection_closes_it_as_openai_does() -> None:
    error, end = plan({"at": "connect", "error": "invalid_api_key"}).on_connect()
    assert isinstance(error, SendText)
    assert end == Hangup(3000, "invalid_request_error.invalid_api_key")


def names(actions: list[Any]) -> list[str]:
    return [json.loads(each.text)["event_id"] for each in actions if isinstance(each, SendText)]


def test_events_are_doubled_dropped_and_disordered() -> None:
    def sent(do: str) -> list[str]:
        faults = plan({"at": "output_audio.delta#2", "do": do})
        events = [{**DELTA, "event_id": str(number)} for number in (1, 2, 3, 4)]
        return [name for event in events for name in names(faults.on_event(event))]

    assert sent("duplicate") == ["1", "2", "2", "3", "4"]
    assert sent("drop") == ["1", "3", "4"]
    assert sent("reorder") == ["1", "3", "2", "4"]


def test_a_fault_may_strike_by_the_clock() -> None:
    ((after_s, actions),) = plan({"after_s": 5, "error": "session_expired"}).timed()
    assert after_s == 5
    assert isinstance(actions[1], Hangup)
    assert plan({"after_s": 5, "do": "reset"}).on_event(DELTA) == plan().on_event(DELTA)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("connect:http=429", {"at": "connect", "http": 429}),
        ("connect@2:reset", {"at": "connect", "connection": 2, "do": "reset"}),
        ("created#3:close=1011", {"at": "created#3", "do": "close", "code": 1011}),
        ("output_audio.delta#3:stall=5s", {"at": "output_audio.delta#3", "do": "stall 5s"}),
        ("connect:error=insufficient_quota", {"at": "connect", "error": "insufficient_quota"}),
        ("after=2s:error=session_expired", {"after_s": 2, "error": "session_expired"}),
    ],
)  # fmt: skip
def test_the_command_line_says_the_same_as_a_script(text: str, stated: dict[str, Any]) -> None:
    def error(key: str, problem: str) -> Exception:
        return AssertionError(f"{key}: {problem}")

    assert fault_from_text(text, error) == script_from({"faults": [stated]}).faults[0]


def test_a_fault_strikes_at_its_share_of_all_times_that_its_place_is_come_to() -> None:
    faults = script_from({"faults": [{"at": "done", "do": "drop", "share": 0.25}]}).faults
    plan = FaultPlan(faults, 1, iter([0.1, 0.3, 0.2, 0.9]).__next__)
    struck = [plan.on_event({"type": "response.done"}) == [] for _ in range(4)]
    assert struck == [True, False, True, False]


def test_a_share_of_the_connections_is_refused_and_told_when_to_come_again() -> None:
    faults = script_from(
        {"faults": [{"at": "connect", "http": 429, "share": 0.5, "retry_after": 2}]}
    ).faults
    refused = FaultPlan(faults, 1, lambda: 0.4).refusal()
    assert refused
    assert refused.retry_after_s == 2.0
    assert FaultPlan(faults, 1, lambda: 0.6).refusal() is None


@pytest.mark.parametrize("stated", [{"share": 2}, {"share": "x"}, {"retry_after": -1}], ids=str)
def test_a_share_is_a_number_from_0_to_1(stated: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="is no number"):
        script_from({"faults": [{"at": "connect", "http": 429, **stated}]})


def test_a_turn_answers_its_share_of_the_replies_again_and_again() -> None:
    script = script_from({"turns": [{"share": 0.5, "fail": {}}, {"match": "", "text": "Yes."}]})
    engine = ScriptEngine(script, iter([0.1, 0.6, 0.2]).__next__)
    kinds = [[type(step).__name__ for step in engine.reply(Turn(n, ""))][-1] for n in range(1, 4)]
    assert kinds == ["Fail", "Write", "Fail"]
