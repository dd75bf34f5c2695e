"""Speech from text, by the speech programs that this machine has."""

from __future__ import annotations

import math
import os
import shutil
import sys
from array import array
from pathlib import Path

import pytest
from fakes import tone, write_wav

from s2s import pcm
from s2s.errors import SoundError, UsageError
from s2s.local.engines import Synthesiser
from s2s.local.synthesis import Program, Voices, find_synthesiser, sentences

PROGRAMS = ["flite", "espeak-ng", "espeakng-loader"]

WRITER = """
import sys
sys.stdin.read()
sys.stdout.buffer.write(b"RIFF" + bytes(20) + (24000).to_bytes(4, "little") + bytes(16))
sys.stdout.buffer.flush()
while True:
    sys.stdout.buffer.write(bytes(4800))
"""


# 100 ms, and then no more.
SHORT = WRITER.replace("while True:", "for _ in range(1):")


def rms(speech: bytes) -> float:
    samples = array("h", speech)
    return math.hypot(*samples) / math.sqrt(len(samples))


def made_by(script: str) -> Program:
    return Program("a script", {"": ""}, lambda voice: [sys.executable, "-c", script])


@pytest.fixture(params=PROGRAMS)
def synthesiser(request: pytest.FixtureRequest) -> Synthesiser:
    try:
        return find_synthesiser([request.param])
    except UsageError:
        pytest.skip(f"{request.param} is not on this machine")


@pytest.mark.offline
def test_a_sentence_is_spoken(synthesiser: Synthesiser) -> None:
    speech = b"".join(synthesiser.speak("What time is it?"))
    assert 0.6 < pcm.seconds(len(speech)) < 3
    assert rms(speech) > 300


@pytest.mark.offline
def test_longer_text_is_longer_speech_in_many_pieces(synthesiser: Synthesiser) -> None:
    one = list(synthesiser.speak("What time is it?"))
    three = list(synthesiser.speak("What time is it? What time is it? What time is it?"))
    assert len(three) > len(one) > 1
    assert sum(map(len, three)) == pytest.approx(3 * sum(map(len, one)), rel=0.1)


@pytest.mark.offline
def test_every_piece_is_whole_samples(synthesiser: Synthesiser) -> None:
    sizes = [len(piece) for piece in synthesiser.speak("Hello there. How are you?")]
    assert sizes and all(size % 2 == 0 for size in sizes)


@pytest.mark.offline
def test_another_voice_sounds_different(synthesiser: Synthesiser) -> None:
    voices = ("alloy", "ash", "ballad")
    # Told apart by length: espeak-ng never makes the same samples twice.
    assert len({len(b"".join(synthesiser.speak("How are you?", v))) for v in voices}) == 3


def test_an_unknown_voice_is_the_usual_one() -> None:
    asked: list[str] = []

    def argv(voice: str) -> list[str]:
        asked.append(voice)
        return [sys.executable, "-c", WRITER]

    program = Program("a script", {"": "usual", "ash": "other"}, argv)
    for voice in ("", "Ash", "--help"):
        speech = program.speak("Hello.", voice)
        next(speech)
        speech.close()  # type: ignore[attr-defined]
    assert asked == ["usual", "other", "usual"]


@pytest.mark.offline
@pytest.mark.parametrize("text", ["-o /dev/null hello", "--version", "$(hello) `hello`; hello"])
def test_text_is_never_taken_for_an_option_or_a_command(
    synthesiser: Synthesiser, text: str
) -> None:
    assert rms(b"".join(synthesiser.speak(text))) > 300


@pytest.mark.offline
@pytest.mark.parametrize("text", ["", " \n", "...", "\N{GRINNING FACE}"])
def test_nothing_to_say_is_no_speech(synthesiser: Synthesiser, text: str) -> None:
    assert list(synthesiser.speak(text)) == []


def test_closing_the_iterator_kills_the_program_and_reaps_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    speech = made_by(
        f"import os, pathlib; pathlib.Path({str(note)!r}).write_text(str(os.getpid()));" + WRITER
    ).speak("Hello.")
    next(speech)
    speech.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_audio_comes_while_the_program_is_still_speaking() -> None:
    speech = made_by(WRITER).speak("Hello.")
    assert rms(next(speech)) == 0
    speech.close()  # type: ignore[attr-defined]


def test_a_program_that_says_nothing_is_a_failure() -> None:
    with pytest.raises(SoundError):
        list(made_by("raise SystemExit(1)").speak("Hello."))


FLITE = """#!/bin/sh
echo "$@" >>"$0.runs"
for last; do :; done
[ -e "$0.broken" ] && { printf 'cst: no \\033[2J voice\\n' >&2; exit 1; }
cp "$0.wav" "$last"
"""


@pytest.fixture
def flite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for flite that notes how it is run, and the only program there is."""
    if os.name == "nt":
        pytest.skip("the program is a shell script")
    program = tmp_path / "bin" / "flite"
    program.parent.mkdir()
    program.write_text(FLITE)
    program.chmod(0o755)
    write_wav(Path(f"{program}.wav"), tone(300))
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")
    return program


def test_flite_writes_to_a_file_that_nobody_else_knows_and_that_is_gone_then(flite: Path) -> None:
    assert rms(b"".join(find_synthesiser(["flite"]).speak("Hello."))) > 300
    written = Path(Path(f"{flite}.runs").read_text().split()[-1])
    assert not written.is_relative_to("/dev")
    assert not written.parent.exists()


def test_a_voice_that_fails_is_told_of_in_its_own_words_once_and_tried_no_more(
    flite: Path,
) -> None:
    Path(f"{flite}.broken").touch()
    told: list[str] = []
    voices = Voices(find_synthesiser(["flite"]), iter([made_by(SHORT)]), told.append)
    for _ in range(2):
        assert len(b"".join(voices.speak("Hello. And again."))) == 2 * pcm.size_of(100)
    assert voices.name == "a script"
    assert len(Path(f"{flite}.runs").read_text().splitlines()) == 1
    assert told == [r"flite could not speak: cst: no \x1b[2J voice. From now on a script speaks."]


def test_the_next_voice_goes_on_where_the_first_has_failed(flite: Path) -> None:
    voices = Voices(find_synthesiser(["flite"]), iter([made_by(SHORT)]), lambda told: None)
    speech = voices.speak("One. Two. Three.")
    first = next(speech)
    Path(f"{flite}.broken").touch()
    whole = first + b"".join(speech)
    assert len(whole) == pcm.size_of(300) + 2 * pcm.size_of(100)


def test_where_no_voice_is_left_each_says_why() -> None:
    broken = "import sys; sys.exit('no data')"
    told: list[str] = []
    voices = Voices(made_by(broken), iter([made_by("raise SystemExit(1)")]), told.append)
    for _ in range(2):
        with pytest.raises(SoundError, match=r"no data.*it gave no sound"):
            list(voices.speak("Hello."))
    assert len(told) == 2


def test_a_program_that_cannot_be_run_is_a_failure_too(tmp_path: Path) -> None:
    lost = Program("lost", {"": ""}, lambda voice: [str(tmp_path / "lost")])
    with pytest.raises(SoundError, match="No such file"):
        list(lost.speak("Hello."))


def test_without_any_program_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError) as refused:
        find_synthesiser(["flite", "espeak-ng"])
    assert "apt install flite" in refused.value.hint


@pytest.mark.offline
@pytest.mark.skipif(not shutil.which("flite"), reason="flite is not on this machine")
def test_flite_is_preferred() -> None:
    assert find_synthesiser().name == "flite"


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("7.5 is fine.", ["7.5 is fine."]),
        ("First line\nsecond line", ["First line", "second line"]),
        ("**Bold** and `code`", ["Bold  and  code"]),
        (
            "It\N{RIGHT SINGLE QUOTATION MARK}s caf\N{LATIN SMALL LETTER E WITH ACUTE}",
            ["It's cafe"],
        ),
        ("nothing\0 of \x1b[0m this", ["nothing  of  [0m this"]),
    ],
)
def test_text_is_cut_into_sentences_fit_to_be_spoken(text: str, spoken: list[str]) -> None:
    assert [" ".join(s.split()) for s in sentences(text)] == [" ".join(s.split()) for s in spoken]


def test_a_sentence_without_end_is_cut_between_words() -> None:
    pieces = sentences("word " * 500)
    assert len(pieces) > 1
    assert " ".join(pieces).split() == ["word"] * 500
