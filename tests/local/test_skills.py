"""What the offline engine answers to words, spoken or typed."""

from __future__ import annotations

import random
from datetime import datetime

import pytest

from s2s.local.engines.skills import GRAMMAR, JOKES, SKILLS, World, answer, spoken, suggestion


@pytest.fixture
def world() -> World:
    return World(now=lambda: datetime(2026, 11, 3, 14, 5), chance=random.Random(1))


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("what time is it", "It is 2:05 PM."),
        ("what's the date today", "Today is Tuesday, November 3, 2026."),
        ("what is seven times eight", "7 times 8 is 56."),
        ("how much is twenty minus ninety nine", "20 minus 99 is minus 79."),
        ("nine divided by four", "9 divided by 4 is 2, remainder 1."),
        ("what is eight divided by four", "8 divided by 4 is 2."),
        ("what is eight divided by zero", "Nobody can divide by zero."),
        ("count to three", "One, two, three."),
        ("count to zero", "That was quick: there is nothing to count."),
        ("how do you spell tiger", "Tiger is spelled T, I, G, E, R."),
        ("repeat after me yellow banana", "Yellow banana."),
        ("hello there", "Hello! What can I do for you?"),
        ("thanks a lot", "You are welcome."),
        ("see you later", "Goodbye."),
    ],
)
def test_a_phrase_has_its_answer(said: str, answered: str, world: World) -> None:
    assert answer(said, world) == answered


def test_midnight_is_twelve_and_not_zero() -> None:
    assert answer("what time is it", World(now=lambda: datetime(2026, 1, 1, 0, 7))) == (
        "It is 12:07 AM."
    )


def test_the_same_chance_throws_the_same_dice(world: World) -> None:
    again = World(world.now, random.Random(1))
    for said in ("roll two dice", "flip a coin", "tell me a joke"):
        assert answer(said, world) == answer(said, again)


def test_dice_coins_and_jokes_come_out_as_they_should(world: World) -> None:
    assert {answer("roll a die", world) for _ in range(100)} == {
        f"You rolled a {n}." for n in range(1, 7)
    }
    assert {answer("toss a coin", world) for _ in range(50)} == {"It is heads.", "It is tails."}
    assert {answer("tell me another joke", world) for _ in range(100)} == set(JOKES)


@pytest.mark.parametrize(
    ("typed", "as_said"),
    [
        ("What time is it?", "what time is it"),
        ("What\N{RIGHT SINGLE QUOTATION MARK}s the time", "what's the time"),
        ("7*8", "seven times eight"),
        ("what is 7 x 8?", "what is seven times eight"),
        ("90 / 21", "ninety divided by twenty one"),
        ("5-9", "five minus nine"),
        ("twenty-one", "twenty one"),
        ("Repeat after me: hello, world!", "repeat after me hello world"),
        ("", ""),
    ],
)
def test_typed_text_is_read_as_it_would_be_said(typed: str, as_said: str) -> None:
    assert spoken(typed) == as_said


@pytest.mark.parametrize(
    "typed", ["", "?", "what is the capital of france", "1234 + 1", "count to"]
)
def test_anything_else_has_no_answer(typed: str, world: World) -> None:
    assert answer(typed, world) is None


def test_every_example_has_an_answer_in_ascii(world: World) -> None:
    for skill in SKILLS:
        answered = answer(skill.example, world)
        assert answered
        assert answered.isascii()


def test_help_tells_every_example(world: World) -> None:
    told = answer("help", world) or ""
    assert all(skill.example in told for skill in SKILLS)


def test_suggestions_go_round_all_the_examples() -> None:
    told = " ".join(suggestion(number) for number in range(1, 1 + len(SKILLS)))
    assert all(skill.example in told for skill in SKILLS)


def test_the_recogniser_and_the_matcher_read_the_same_table() -> None:
    assert "<number> <operation> <number>" in GRAMMAR.jsgf()
    assert GRAMMAR.match("one plus twenty two") == (
        GRAMMAR.match("what is one plus one")[0],  # type: ignore[index]
        ("one", "plus", "twenty two"),
    )
