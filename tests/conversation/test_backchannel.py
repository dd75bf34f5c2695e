"""Which words interrupt nobody, in the letters of many languages."""

from __future__ import annotations

import unicodedata

import pytest

from s2s.conversation.backchannel import Backchannel, says_nothing


@pytest.mark.parametrize(
    "text",
    [
        "",
        "…",
        "Mhm.",
        "Uh-huh!",
        "O.K.",
        "\uff2f\uff2b",
        "All right, I see.",
        "Yeah, yeah, yeah.",
        "[cough]",
    ],
)
def test_such_words_interrupt_nobody(text: str) -> None:
    assert Backchannel("en").is_all(text)


@pytest.mark.parametrize("text", ["Yes.", "No", "Right here?", "Stop, okay?", "Wait", "It"])
def test_others_do(text: str) -> None:
    assert not Backchannel("en").is_all(text)


@pytest.mark.parametrize(("language", "text"), [("fr", "Voilà"), ("es", "Sí"), ("ko", "그래")])
def test_letters_may_be_written_in_parts(language: str, text: str) -> None:
    assert Backchannel(language).is_all(unicodedata.normalize("NFD", text))
    assert Backchannel(language, [unicodedata.normalize("NFD", "là")]).is_all("là")


def test_a_vowel_that_is_a_mark_belongs_to_its_word() -> None:
    hindi = Backchannel("hi", ["हाँ"])
    assert hindi.is_all("हाँ, हाँ")
    assert not hindi.is_all("हे"), "another word that begins with the same letter"


def test_an_apostrophe_is_part_of_a_word_and_no_word() -> None:
    assert Backchannel("fr").is_all("D\u2019accord.")
    assert Backchannel("en").is_all("'Okay'")
    assert says_nothing("' \u2019")
