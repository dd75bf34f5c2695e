"""The offline engine: what it hears and what it replies."""

from __future__ import annotations

import random
from datetime import datetime

import pytest

from s2s import pcm
from s2s.local.engines import Engine, Turn
from s2s.local.engines.offline import OfflineEngine
from s2s.local.engines.skills import World
from s2s.local.steps import Say
from s2s.local.synthesis import find_synthesiser

pytestmark = pytest.mark.offline


@pytest.fixture(scope="module")
def engine() -> Engine:
    return OfflineEngine(World(now=lambda: datetime(2026, 11, 3, 14, 5), chance=random.Random(1)))


def said(text: str) -> bytes:
    return pcm.silence(300) + b"".join(find_synthesiser(["flite"]).speak(text)) + pcm.silence(500)


def replied(engine: Engine, turn: Turn) -> str:
    (step,) = engine.reply(turn)
    assert isinstance(step, Say)
    return step.text


def test_a_spoken_question_is_heard_and_answered(engine: Engine) -> None:
    asked = said("what time is it")
    text = engine.hear(asked)
    assert text == "what time is it"
    assert replied(engine, Turn(1, text, asked)) == "It is 2:05 PM."


def test_a_typed_question_is_answered(engine: Engine) -> None:
    assert replied(engine, Turn(1, "What is 7 x 8?")) == "7 times 8 is 56."


def test_what_was_not_understood_is_heard_as_nothing(engine: Engine) -> None:
    assert engine.hear(pcm.silence(1000)) == ""
    assert engine.hear(said("the weather is lovely this afternoon")) == ""


def test_what_was_not_understood_is_answered_with_things_to_try(engine: Engine) -> None:
    first = replied(engine, Turn(1, "", pcm.silence(1000)))
    second = replied(engine, Turn(2, "what is the capital of france"))
    assert first.startswith("I did not catch that. You could say: ")
    assert second.startswith("I did not catch that. You could say: ")
    assert first != second
