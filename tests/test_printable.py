"""Foreign text is made harmless, and stays readable."""

from __future__ import annotations

import json
import math
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.conversation import commands as do
from s2s.errors import NetworkError
from s2s.json_text import json_text
from s2s.printable import printable, printable_lines, printable_report
from s2s.private import private, private_folder
from s2s.secret import Secret, ends_in_secret, redact

# Controls but for the newline, C1, line separators, overrides and isolates of the direction.
HARMFUL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("\x1b]52;c;ZXZpbA==\x07", r"\x1b]52;c;ZXZpbA==\x07"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("one\nError: two\r", r"one\nError: two\r"),
        ("\u202eevil\u2066", r"\u202eevil\u2066"),
        (
            "Größe 日本語 \N{GRINNING FACE} می\u200cخوریم",
            "Größe 日本語 \N{GRINNING FACE} می\u200cخوریم",
        ),
    ],
)
def test_what_could_do_harm_is_made_visible_and_letters_stay(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_whatever_comes_is_one_harmless_line_and_a_second_pass_changes_nothing(text: str) -> None:
    once = printable(text)
    assert not HARMFUL.search(once)
    assert "\n" not in once
    assert printable(once) == once


@given(st.text())
def test_paragraphs_keep_their_line_breaks_and_nothing_else(text: str) -> None:
    assert printable_lines(text).split("\n") == [printable(line) for line in text.split("\n")]


def test_no_line_of_a_traceback_begins_as_ours_do() -> None:
    assert (
        printable_report("Traceback:\n\x1b[2J\nError: no\n")
        == "Traceback:\n  \\x1b[2J\n  Error: no"
    )


def test_an_error_and_a_warning_are_one_harmless_line_wherever_they_are_shown() -> None:
    error = NetworkError("It said: a\nError: b\x1b", "See \u202e.")
    error.hint += "\x07"
    assert (str(error), error.message) == (r"It said: a\nError: b\x1b",) * 2
    assert error.hint == r"See \u202e.\x07"
    assert do.Warn("a\nYou: b").message == r"a\nYou: b"


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_json_is_one_harmless_line_that_reads_back(value: object) -> None:
    text = json_text(value)
    assert not HARMFUL.search(text)
    assert "\n" not in text
    assert json.loads(text) == value


def test_json_keeps_letters_and_escapes_what_steers() -> None:
    assert json_text("é日\x9b\u2028\U000e0001") == '"é日\\u009b\\u2028\\udb40\\udc01"'


def test_json_has_no_way_to_write_some_numbers_and_no_end_of_depth() -> None:
    nested: list[object] = []
    for _ in range(5000):
        nested = [nested]
    assert json.loads(json_text({"a": math.nan, "b": -math.inf, "c": 1.5})) == {
        "a": None,
        "b": None,
        "c": 1.5,
    }
    assert len(json_text(nested)) < 200


KEY = "~my own/kind+of=key"  # all tests share what is a secret: it begins as no word does


@pytest.mark.parametrize(
    "written",
    [
        KEY,
        "~my%20own%2Fkind%2Bof%3Dkey",
        "~my%20own%2fkind%2bof%3dkey",
        "fm15IG93bi9raW5kK29mPWtleQ",
    ],
)
def test_a_key_is_hidden_however_it_is_written_and_at_every_depth(written: str) -> None:
    Secret(KEY)
    text = json_text({"ids": [{f"x{written}": {"deep": (f"?k={written}&",)}}]})
    assert json.loads(text) == {"ids": [{"x***": {"deep": ["?k=***&"]}}]}
    assert redact(f"in prose: {written}") == "in prose: ***"


def test_what_is_like_a_key_but_for_its_end_is_none() -> None:
    Secret("~a==")
    assert redact("~a and ~a=") == "~a and ~a="


def test_a_name_of_ours_stays_even_if_somebody_uses_it_as_a_key() -> None:
    Secret("zqx7")
    assert json_text({"zqx7": "zqx7"}) == '{"zqx7": "***"}'


@pytest.mark.parametrize(
    ("text", "size"),
    [("the key is ~my own/ki", 10), ("Bearer abc", 10), ("say sk-ab", 5), ("done.", 0)],
)
def test_the_beginning_of_a_key_at_the_end_of_a_text_is_noticed(text: str, size: int) -> None:
    Secret(KEY)
    assert ends_in_secret(text) >= size
    assert size or ends_in_secret(text) == 0


@pytest.mark.usefixtures("open_umask")
def test_what_is_private_is_the_users_alone_and_what_is_theirs_keeps_its_mode(
    tmp_path: Path,
) -> None:
    private_folder(tmp_path / "new" / "folder")
    assert mode(tmp_path / "new") == mode(tmp_path / "new" / "folder") == 0o700
    for _ in range(2):
        with open(tmp_path / "new" / "log", "a", opener=private) as file:
            file.write("line\n")
    assert mode(tmp_path / "new" / "log") == 0o600
    (tmp_path / "new" / "log").chmod(0o644)
    with open(tmp_path / "new" / "log", "a", opener=private) as file:
        file.write("line\n")
    assert mode(tmp_path / "new" / "log") == 0o644


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
