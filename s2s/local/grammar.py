"""One grammar with two readings: the recogniser takes it as JSGF, text is matched with it.

A phrase is written in a small part of the Java Speech Grammar Format: words, `[ optional ]`,
`( this | that )` and `<rule>`. What each `<rule>` stood for is what a match gives back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_TOKEN = re.compile(r"<[a-z]+>|[a-z']+|[][()|]")
_REGEX = {"[": "(?:", "]": ")?", "(": "(?:", ")": ")", "|": "|"}


class Grammar:
    """Phrases, and the rules they are made with; every word is one the recogniser can pronounce."""

    def __init__(self, phrases: Sequence[str], rules: Mapping[str, str]) -> None:
        self._phrases = phrases
        self._rules = rules
        self._patterns = [re.compile(self._regex(phrase, "({})")) for phrase in phrases]

    def jsgf(self) -> str:
        """Return the grammar for the recogniser."""
        lines = ["#JSGF V1.0;", "grammar turns;"]
        lines += [f"<{name}> = {phrase};" for name, phrase in self._rules.items()]
        lines += ["public <turn> = " + " | ".join(f"( {phrase} )" for phrase in self._phrases)]
        return "\n".join(lines) + ";"

    def match(self, words: str) -> tuple[int, tuple[str, ...]] | None:
        """Return which phrase the words are, and what each of its rules stood for."""
        for index, pattern in enumerate(self._patterns):
            if found := pattern.fullmatch(f"{words} "):
                return index, tuple(group.strip() for group in found.groups())
        return None

    def _regex(self, phrase: str, group: str) -> str:
        """In the text every word ends with a space, so optional words need no care of theirs."""

        def translate(token: str) -> str:
            if token.startswith("<"):
                return group.format(self._regex(self._rules[token[1:-1]], "(?:{})"))
            return _REGEX.get(token) or f"{token} "

        return "".join(translate(token) for token in _TOKEN.findall(phrase))
