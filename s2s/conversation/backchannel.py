"""What people say to show that they listen, and not to take the turn."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_ALWAYS = "ah aha ha hm hmm hmmm huh m mh mhm mhmm mm mmm mm-hm mm-hmm oh uh uh-huh um mmhmm"
_BY_LANGUAGE = {
    "en": "yeah, yep, yup, ok, okay, o.k., right, all right, alright, sure, i see, got it, "
    "of course, wow, cool, nice",
    "de": "ja, jo, jep, okay, ok, genau, klar, stimmt, ach so, aha, richtig, gut, verstehe",
    "fr": "oui, ouais, d'accord, ok, bien sûr, je vois, ah bon, voilà, c'est ça",
    "es": "sí, si, vale, ok, claro, ya, ajá, de acuerdo, entiendo, ya veo",
    "it": "sì, si, ok, certo, va bene, capisco, ho capito, giusto, già",
    "pt": "sim, ok, tá, certo, claro, pois, pois é, entendi, isso",
    "nl": "ja, oké, ok, klopt, precies, juist, goed, tuurlijk, snap ik",
    "ja": "うん, うんうん, はい, ええ, へえ, そう, そうそう, そうですね, なるほど",
    "zh": "嗯, 嗯嗯, 对, 对对, 好, 好的, 是, 是的, 哦, 啊",
    "ko": "네, 예, 응, 음, 그래, 그렇구나, 맞아",
}
"""None of them stops anybody or answers a question by itself: no "yes", no "no", in English."""

_NOT_SAID = re.compile(r"[\[(*<][^\])*>]*[\])*>]")  # what transcribers write for what is no word

Phrase = tuple[str, ...]


class Backchannel:
    """The words of a language; of all languages where none is named. `more` are added to them."""

    def __init__(self, language: str = "", more: Iterable[str] = ()) -> None:
        named = _BY_LANGUAGE.get(language[:2].lower())
        lists = [named] if named else list(_BY_LANGUAGE.values())
        phrases = [*_ALWAYS.split(), *more, *(each for one in lists for each in one.split(","))]
        self._phrases: set[Phrase] = {words for each in phrases if (words := _words(each))}
        self._longest = max(map(len, self._phrases))

    def is_all(self, text: str) -> bool:
        """Whether `text` says nothing else, or nothing at all."""
        words = _words(text)
        reached = [True, *[False] * len(words)]  # by phrases, one behind the other
        for end in range(1, len(words) + 1):
            starts = range(max(0, end - self._longest), end)
            reached[end] = any(reached[at] and words[at:end] in self._phrases for at in starts)
        return reached[-1]


def says_nothing(text: str) -> bool:
    """Whether there is no word in a transcript, at most the name of a noise."""
    return not _words(text)


def _words(text: str) -> Phrase:
    said = unicodedata.normalize("NFKC", _NOT_SAID.sub(" ", text)).casefold()
    said = said.replace("\u2019", "'")
    # Letters with all that is written above and below them: a vowel is a mark in many languages.
    kept = "".join(each if each == "'" or _is_of_word(each) else " " for each in said)
    return tuple(word for each in kept.split() if (word := each.strip("'")))


def _is_of_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"
