"""Recognition: which phrase was said, and when it was none of them."""

from __future__ import annotations

import random
import sys
from array import array

import pytest

from s2s import pcm
from s2s.errors import UsageError
from s2s.local.engines.skills import GRAMMAR
from s2s.local.recognition import NOTHING, Hypothesis, Recogniser
from s2s.local.synthesis import find_synthesiser

SLT, RMS = "alloy", "ash"  # the names that the API has for them

PHRASES = """what time is it
what's the time
what day is it today
what is seven times eight
how much is twelve plus thirty
what is ninety nine minus forty two
what's twenty divided by five
count to ten
count up to twenty five
spell elephant
repeat after me yellow banana
repeat after me the quick brown fox jumps over the lazy dog
tell me a joke
roll two dice
flip a coin
what is your name
how are you today
what can you do
thank you very much
goodbye""".splitlines()

OTHER_SENTENCES = """what is the capital of france
who won the football match last night
please play some music in the kitchen
how do i get to the train station
the weather is lovely this afternoon
can you book a table for two
i think we should leave before it rains
my brother works in a hospital
turn off the lights in the bedroom
set an alarm for half past six
remind me to call my mother tomorrow
read me the latest news
how tall is mount everest
i forgot to buy milk and eggs
she was reading a book about the war
why is the sky blue
what should i cook for dinner
the old man walked slowly down the road
is the shop still open
maybe tomorrow""".splitlines()

pytestmark = pytest.mark.offline


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(GRAMMAR)


def said(text: str, voice: str) -> bytes:
    speech = b"".join(find_synthesiser(["flite"]).speak(text, voice))
    return pcm.silence(300) + speech + pcm.silence(500)  # as a turn is cut out of a conversation


def noise(ms: float, rms: float) -> bytes:
    chance = random.Random(1)
    return array("h", (int(chance.gauss(0, rms)) for _ in range(pcm.size_of(ms) // 2))).tobytes()


@pytest.mark.parametrize("voice", [SLT, RMS])
def test_at_least_18_of_20_phrases_are_heard(recogniser: Recogniser, voice: str) -> None:
    heard = [recogniser.recognise(said(phrase, voice)) for phrase in PHRASES]
    right = [Hypothesis(phrase, sure=True) for phrase in PHRASES]
    assert sum(a == b for a, b in zip(heard, right, strict=True)) >= 18


@pytest.mark.parametrize("voice", [SLT, RMS])
def test_other_sentences_are_rarely_taken_for_a_phrase(recogniser: Recogniser, voice: str) -> None:
    heard = [recogniser.recognise(said(sentence, voice)) for sentence in OTHER_SENTENCES]
    assert sum(h.sure for h in heard) <= 2  # measured: 0 and 1


@pytest.mark.parametrize(
    ("sentence", "phrase"),
    [
        ("tell me a joke about cats", "tell me a joke"),
        ("stop the car", "stop"),
        ("that is all i wanted to say", "that is all"),
    ],
)
@pytest.mark.parametrize("voice", [SLT, RMS])
def test_a_sentence_that_only_begins_like_a_phrase_is_not_taken_for_it(
    recogniser: Recogniser, voice: str, sentence: str, phrase: str
) -> None:
    heard = recogniser.recognise(said(sentence, voice))
    assert heard != Hypothesis(phrase, sure=True)
    assert recogniser.recognise(said(phrase, voice)).text == phrase


@pytest.mark.parametrize(
    "heard",
    [b"", b"\0", pcm.silence(1000), noise(1500, rms=20), noise(1500, rms=3000)],
    ids=["nothing", "half a sample", "silence", "faint noise", "loud noise"],
)
def test_silence_and_noise_are_not_taken_for_a_phrase(recogniser: Recogniser, heard: bytes) -> None:
    assert not recogniser.recognise(heard).sure


def test_silence_around_a_phrase_does_not_matter(recogniser: Recogniser) -> None:
    phrase = said("what time is it", RMS)
    with_pauses = pcm.silence(4000) + phrase + pcm.silence(15_000)
    assert recogniser.recognise(with_pauses) == Hypothesis("what time is it", sure=True)


def test_a_quiet_voice_is_heard_as_well(recogniser: Recogniser) -> None:
    loud = array("h", said("what time is it", RMS))
    quiet = array("h", (sample // 20 for sample in loud)).tobytes()
    assert recogniser.recognise(quiet) == Hypothesis("what time is it", sure=True)


def test_of_a_long_turn_only_the_beginning_is_looked_at(recogniser: Recogniser) -> None:
    assert recogniser.recognise(pcm.silence(21_000) + said("what time is it", RMS)) == NOTHING


def test_it_remembers_nothing_of_the_turn_before(recogniser: Recogniser) -> None:
    phrase = said("tell me a joke", SLT)
    before = recogniser.recognise(phrase)
    recogniser.recognise(noise(1000, rms=3000))
    assert recogniser.recognise(phrase) == before


def test_the_recogniser_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    Recogniser(GRAMMAR).recognise(noise(500, rms=3000))
    assert capfd.readouterr() == ("", "")


def test_without_pocketsphinx_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(UsageError) as refused:
        Recogniser(GRAMMAR)
    assert "pocketsphinx" in refused.value.message
    assert "offline" in refused.value.hint
