"""Null is absent: every field that the official models call Optional may be null, in every event.

The cases are made from the models, so a field that a newer model brings is tried as well.
"""

from __future__ import annotations

import base64
import json
import types
import typing
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from fakes import LoudDetector
from openai.types.realtime import RealtimeClientEvent
from pydantic import BaseModel

from s2s import pcm
from s2s.local.orders import Send
from s2s.local.session import LocalSession
from s2s.local.steps import Sound

Json = dict[str, Any]

# Null switches these off, so it must not be taken as absent.
SWITCHES = ("turn_detection", "transcription", "noise_reduction", "tracing")
# What this endpoint does not have (docs/compatibility.md) is refused, null or not.
NOT_SERVED = ("mcp", "Mcp", "PCMU", "PCMA", "Transcription", "OutputAudioBufferClear")
# Optional in the models, and yet nothing can be done without: refused as missing, null or not.
NEEDED = ("Content.type", "RealtimeFunctionTool.name", "RealtimeFunctionTool.type")
# Values that make an event whole, where the model by itself would let it be of no use.
GIVEN: Json = {
    "audio": "",
    "content_index": 0,
    "name": "look",
    "id": "item_new",
    "output_modalities": ["text"],
    "max_output_tokens": 100,
    "speed": 1.0,
    "voice": "marin",
    "threshold": 0.5,
    "conversation": "auto",
    "prefix_padding_ms": 300,
    "silence_duration_ms": 500,
    "idle_timeout_ms": 6000,
}


class Case(typing.NamedTuple):
    name: str
    absent: Json
    null: Json
    served: bool


def variants(annotation: Any) -> list[Any]:
    """Return what a field may be, without None and the wrappings."""
    origin = get_origin(annotation)
    if origin is typing.Annotated:
        return variants(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [one for arg in get_args(annotation) for one in variants(arg)]
    return [] if annotation is type(None) else [annotation]


def is_optional(annotation: Any) -> bool:
    if get_origin(annotation) is typing.Annotated:
        return is_optional(get_args(annotation)[0])
    return type(None) in get_args(annotation)


def model_in(kind: Any) -> type[BaseModel] | None:
    """Return the model that a value of this kind holds, by itself or in a list."""
    if get_origin(kind) is list:
        return next(filter(None, map(model_in, variants(get_args(kind)[0]))), None)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def example(name: str, kind: Any, inside: Json | None = None, parent: str = "") -> Any:
    origin = get_origin(kind)
    if origin is Literal:
        return get_args(kind)[0]
    if origin is list:
        inner = variants(get_args(kind)[0])
        return [inside if inside is not None else example(name, inner[0])]
    if model := model_in(kind):
        return inside if inside is not None else smallest(model)
    if name == "item_id":
        return "item_0001" if parent == "ConversationItemTruncateEvent" else "item_there"
    if name in GIVEN:
        return GIVEN[name]
    return {int: 1, float: 0.5, bool: True, str: "text"}.get(kind, {})


def smallest(model: type[BaseModel]) -> Json:
    """Return what the model requires, and the type, which tells what a thing is."""
    return {
        name: example(name, variants(field.annotation)[0], parent=model.__name__)
        for name, field in model.model_fields.items()
        if field.is_required() or name in ("type", "name")
    }


def cases(model: type[BaseModel], depth: int = 0) -> Iterator[tuple[str, Json, Json]]:
    """Give (place, without the field, with null in it) for every Optional field, however deep."""
    base = smallest(model)
    for name, field in model.model_fields.items():
        if is_optional(field.annotation):
            without = {key: value for key, value in base.items() if key != name}
            yield f"{model.__name__}.{name}", without, {**without, name: None}
        for kind in variants(field.annotation):
            elements = variants(get_args(kind)[0]) if get_origin(kind) is list else [kind]
            for inner in filter(None, map(model_in, elements)):
                for place, absent, null in cases(inner, depth + 1):
                    yield (
                        f"{model.__name__}.{name} {place}",
                        {**base, name: example(name, kind, absent)},
                        {**base, name: example(name, kind, null)},
                    )


def is_served(place: str) -> bool:
    return not place.endswith(NEEDED) and not any(word in place for word in NOT_SERVED)


def all_cases() -> list[Case]:
    models = variants(RealtimeClientEvent)
    return [
        Case(place, absent, null, is_served(place))
        for model in models
        for place, absent, null in cases(model)
        if place.rpartition(".")[2] not in SWITCHES
    ]


CASES = all_cases()


def answers(event: Json) -> list[Json]:
    """Return what a session says to one event."""
    session = LocalSession(model="test", detector=LoudDetector)
    there = {"type": "message", "role": "user", "id": "item_there", "content": []}
    session.receive(json.dumps({"type": "conversation.item.create", "item": there}), 0.0)
    audio = base64.b64encode(pcm.silence(200)).decode()  # something to commit
    session.receive(json.dumps({"type": "input_audio_buffer.append", "audio": audio}), 0.0)
    session.receive(json.dumps({"type": "response.create"}), 0.0)  # something to cut or cancel
    if event["type"] == "conversation.item.truncate":
        session.stepped("resp_0001", Sound(pcm.silence(260)), 0.0)
    elif event["type"] != "response.cancel":
        session.receive(json.dumps({"type": "response.cancel"}), 0.0)
    orders = session.receive(json.dumps(event), 0.0)
    return [order.event for order in orders if isinstance(order, Send)]


def test_the_cases_reach_into_the_models() -> None:
    names = {case.name for case in CASES}
    assert len(names) > 150
    assert "ResponseCreateEvent.response" in names
    assert "ResponseCreateEvent.response RealtimeResponseCreateParams.instructions" in names
    deep = "RealtimeAudioConfigInput.turn_detection ServerVad.threshold"
    assert any(name.endswith(deep) for name in names)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_null_is_taken_as_absent(case: Case) -> None:
    assert answers(case.null) == answers(case.absent)


@pytest.mark.parametrize(
    "case", [each for each in CASES if each.served], ids=[c.name for c in CASES if c.served]
)
def test_an_event_with_a_null_is_not_refused(case: Case) -> None:
    refused = [each["error"] for each in answers(case.null) if each["type"] == "error"]
    assert refused == []


def input_settings(**settings: Any) -> Json:
    return {"type": "session.update", "session": {"type": "realtime", "audio": {"input": settings}}}


@pytest.mark.parametrize("name", ["turn_detection", "transcription", "noise_reduction"])
def test_null_switches_off_what_can_be_switched_off(name: str) -> None:
    session = LocalSession(model="test", detector=LoudDetector)
    on = {
        "turn_detection": {"type": "server_vad"},
        "transcription": {"model": "any"},
        "noise_reduction": {"type": "near_field"},
    }
    session.receive(json.dumps(input_settings(**{name: on[name]})), 0.0)
    (order,) = session.receive(json.dumps(input_settings(**{name: None})), 0.0)
    assert isinstance(order, Send)
    assert order.event["session"]["audio"]["input"][name] is None


def test_a_null_in_the_schema_of_a_function_is_kept() -> None:
    schema = {"type": "object", "properties": {"unit": {"enum": ["C", None], "default": None}}}
    tool = {"type": "function", "name": "look", "description": None, "parameters": schema}
    update = {"type": "session.update", "session": {"type": "realtime", "tools": [tool]}}
    (told,) = answers(update)
    assert told["session"]["tools"] == [{"type": "function", "name": "look", "parameters": schema}]


def test_an_unknown_field_is_refused_even_if_it_is_null() -> None:
    update = {"type": "session.update", "session": {"type": "realtime", "modalities": None}}
    (told,) = answers(update)
    assert told["error"]["code"] == "unknown_parameter"


# --- messages


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if at:
        yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inside if isinstance(value, (dict, list)) else ():
        yield from places(each, (*at, key)) if isinstance(each, (dict, list)) else [(*at, key)]


def with_value(event: Json, place: tuple[str | int, ...], value: Any) -> Json:
    changed = json.loads(json.dumps(event))
    target = changed
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    return typing.cast(Json, changed)


WHOLE: list[Json] = [
    {
        "type": "session.update",
        "session": {
            "type": "realtime",
            "output_modalities": ["text"],
            "instructions": "Be brief.",
            "tools": [{"type": "function", "name": "look", "parameters": {}}],
            "tool_choice": "auto",
            "max_output_tokens": 100,
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": 24000},
                    "transcription": {"model": "any"},
                    "noise_reduction": {"type": "near_field"},
                    "turn_detection": {"type": "server_vad", "threshold": 0.5},
                },
                "output": {"voice": {"id": "mine"}, "speed": 1.0},
            },
        },
    },
    {"type": "input_audio_buffer.append", "audio": ""},
    {
        "type": "conversation.item.create",
        "previous_item_id": "root",
        "item": {
            "id": "item_new",
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Hello."}],
        },
    },
    {"type": "conversation.item.create",
     "item": {"type": "function_call_output", "call_id": "c", "output": "rain"}},
    {"type": "conversation.item.retrieve", "item_id": "item_there"},
    {"type": "conversation.item.delete", "item_id": "item_there"},
    {"type": "conversation.item.truncate", "item_id": "item_0001", "content_index": 0,
     "audio_end_ms": 0},
    {"type": "response.cancel", "response_id": "resp_0001"},
    {
        "type": "response.create",
        "response": {
            "conversation": "none",
            "metadata": {"a": "b"},
            "input": [{"type": "message", "role": "user", "content": []}],
            "audio": {"output": {"voice": "marin"}},
        },
    },
]  # fmt: skip
PYTHON = ("None", "True", "False", "<class", "NoneType", "dict", "Error(", "{'", "['a", "self.")


ODD: list[Any] = [None, True, False, 7, -1.5, "odd", [], [None, True], {}, {"a": None}]


@pytest.mark.parametrize("value", ODD, ids=json.dumps)
@pytest.mark.parametrize("event", WHOLE, ids=lambda event: event["type"])
def test_whatever_is_wrong_is_told_without_a_word_of_python(event: Json, value: Any) -> None:
    for place in places(event):
        for told in answers(with_value(event, place, value)):
            if told["type"] == "error":
                said = told["error"]["message"] + str(told["error"]["param"] or "")
                assert not [word for word in PYTHON if word in said], (place, said)


def test_a_long_value_is_shown_in_part_and_its_escapes_are_visible() -> None:
    (told,) = answers(input_settings(format={"type": "\x1b[31m" + "x" * 5000}))
    assert "\\x1b[31mx" in told["error"]["message"]
    assert len(told["error"]["message"]) < 300
