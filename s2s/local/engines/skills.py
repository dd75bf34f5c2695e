"""What the offline engine can do: one table, from which the grammar and the answers both come.

`SKILLS` at the end is the table. To teach the engine a thing, add a line to it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from s2s.local.grammar import Grammar

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBERS = _UNITS + [f"{ten} {unit}".strip() for ten in _TENS for unit in ["", *_UNITS[1:10]]]

JOKES = (
    "Why did the scarecrow win a prize? He was outstanding in his field.",
    "What do you call a bear with no teeth? A gummy bear.",
    "Why do bees hum? They do not know the words.",
    "I would tell you a joke about an elevator, but it works on many levels.",
    "What do you call a fish with no eyes? A fsh.",
)

RULES = {
    "unit": " | ".join(_UNITS[1:10]),
    "number": f"{' | '.join(_UNITS)} | ( {' | '.join(_TENS)} ) [ <unit> ]",
    "operation": "plus | minus | times | divided by",
    "word": "apple | banana | orange | elephant | tiger | rabbit | yellow | purple | computer "
    "| microphone | telephone | window | garden | summer | winter | monday | friday "
    "| robot | rhythm | necessary",
    "phrase": "<word> [ <word> [ <word> ] ] | hello world | good morning everyone "
    "| the quick brown fox jumps over the lazy dog | testing one two three",
    "dice": "a die | a dice | the dice | two dice",
    "greeting": "hello | hi | good morning | good afternoon | good evening",
}


@dataclass(frozen=True, slots=True)
class World:
    """What an answer may depend on besides the words."""

    now: Callable[[], datetime] = datetime.now
    chance: random.Random = field(default_factory=random.Random)


@dataclass(frozen=True, slots=True)
class Skill:
    """Phrases that ask for one thing, and how it is answered: one sentence or more."""

    example: str
    phrases: tuple[str, ...]
    answer: Callable[..., str]  # takes the world and what each <rule> of the phrase stood for


def _time(world: World) -> str:
    now = world.now()
    return f"It is {now.hour % 12 or 12}:{now:%M %p}."


def _date(world: World) -> str:
    now = world.now()
    return f"Today is {now:%A}, {now:%B} {now.day}, {now.year}."


def _arithmetic(world: World, left: str, operation: str, right: str) -> str:
    a, b = NUMBERS.index(left), NUMBERS.index(right)
    if operation == "divided by":
        if b == 0:
            return "Nobody can divide by zero."
        quotient, rest = divmod(a, b)
        result = f"{quotient}, remainder {rest}" if rest else f"{quotient}"
    else:
        number = {"plus": a + b, "minus": a - b, "times": a * b}[operation]
        result = f"minus {-number}" if number < 0 else f"{number}"
    return f"{a} {operation} {b} is {result}."


def _count(world: World, number: str) -> str:
    numbers = NUMBERS[1 : NUMBERS.index(number) + 1]
    if not numbers:
        return "That was quick: there is nothing to count."
    tens = (", ".join(numbers[i : i + 10]) for i in range(0, len(numbers), 10))
    return " ".join(f"{ten.capitalize()}." for ten in tens)


def _spell(world: World, word: str) -> str:
    return f"{word.capitalize()} is spelled {', '.join(word.upper())}."


def _repeat(world: World, phrase: str) -> str:
    return f"{phrase.capitalize()}."


def _joke(world: World) -> str:
    return world.chance.choice(JOKES)


def _dice(world: World, dice: str) -> str:
    first = world.chance.randint(1, 6)
    if dice != "two dice":
        return f"You rolled a {first}."
    second = world.chance.randint(1, 6)
    return f"You rolled a {first} and a {second}."


def _coin(world: World) -> str:
    return f"It is {world.chance.choice(['heads', 'tails'])}."


def _greeting(world: World, greeting: str) -> str:
    return f"{greeting.capitalize()}! What can I do for you?"


def _fixed(sentences: str) -> Callable[[World], str]:
    return lambda world: sentences


def _help(world: World) -> str:
    return f"You can say: {'; '.join(skill.example for skill in SKILLS)}."


# What stands between two numbers is an operation; elsewhere a dash or a cross is only punctuation.
_SIGNS = tuple(
    (rf"(?<=\d)\s*{sign}\s*(?=\d)", words)
    for sign, words in (
        (r"\+", "plus"),
        ("[-\u2212]", "minus"),
        ("[*x\u00d7]", "times"),
        ("[/:\u00f7]", "divided by"),
    )
)

_WHAT = "( what is | what's )"

SKILLS = (
    Skill(
        "what time is it",
        ("what time is it [ now ]", f"{_WHAT} the time", "tell me the time"),
        _time,
    ),
    Skill(
        "what day is it",
        ("what day is it [ today ]", f"{_WHAT} the date [ today ]", f"{_WHAT} today's date"),
        _date,
    ),
    Skill(
        "what is seven times eight",
        (f"[ {_WHAT} | how much is ] <number> <operation> <number>",),
        _arithmetic,
    ),
    Skill("count to ten", ("count [ up ] to <number>",), _count),
    Skill("spell elephant", ("spell [ the word ] <word>", "how do you spell <word>"), _spell),
    Skill("repeat after me hello world", ("repeat after me <phrase>",), _repeat),
    Skill("tell me a joke", ("tell me ( a | another ) joke", "do you know a joke"), _joke),
    Skill("roll a die", ("roll <dice>",), _dice),
    Skill("flip a coin", ("( flip | toss ) a coin", "heads or tails"), _coin),
    Skill(
        "what is your name",
        (f"{_WHAT} your name", "who are you"),
        _fixed("I am the offline voice of s 2 s."),
    ),
    Skill(
        "how are you",
        ("how are you [ today | doing ]",),
        _fixed("I am fine, thank you. Ask me something."),
    ),
    Skill("hello", ("<greeting> [ there ]",), _greeting),
    Skill("thank you", ("thank you [ very much ]", "thanks [ a lot ]"), _fixed("You are welcome.")),
    Skill("what can you do", ("help [ me ]", "what can ( you do | i say )"), _help),
    Skill(
        "goodbye",
        ("goodbye", "bye [ bye ]", "stop", "that is all", "see you later"),
        _fixed("Goodbye."),
    ),
)

GRAMMAR = Grammar([phrase for skill in SKILLS for phrase in skill.phrases], RULES)
_SKILL_OF_PHRASE = [skill for skill in SKILLS for _ in skill.phrases]


def answer(text: str, world: World) -> str | None:
    """Return the answer to what was said or typed; None if it is none of the skills."""
    found = GRAMMAR.match(spoken(text))
    if found is None:
        return None
    phrase, slots = found
    answered: str = _SKILL_OF_PHRASE[phrase].answer(world, *slots)
    return answered


def suggestion(number: int) -> str:
    """Return three things to try; the next number gives the next three."""
    start = number * 3
    first, second, third = (SKILLS[(start + i) % len(SKILLS)].example for i in range(3))
    return f"You could say: {first}, {second}, or {third}."


def spoken(text: str) -> str:
    """Return typed text as it would be said: words in lower case, without signs and digits."""
    text = text.lower().replace("\u2019", "'")
    for sign, words in _SIGNS:
        text = re.sub(sign, f" {words} ", text)
    text = re.sub(r"\d+", lambda digits: _number(digits[0]), text)
    return " ".join(re.findall(r"[a-z0-9']+", text))


def _number(digits: str) -> str:
    value = int(digits) if len(digits) <= 2 else len(NUMBERS)
    return f" {NUMBERS[value]} " if value < len(NUMBERS) else digits
