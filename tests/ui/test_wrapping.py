"""Text in rows, by the cells it takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from s2s.conversation.transcript.items import Line
from s2s.ui.screen.paragraphs import paragraph, signs, warning
from s2s.ui.screen.wrapping import Row, cells, wrapped

LONG = "Paris. It lies on the Seine; 巴黎是法国的首都。 Naïve café 👩‍🚀👍🏽 " + "long" * 30


def plain(rows: list[Row]) -> list[str]:
    return ["".join(text for _, text in row) for row in rows]


def test_rows_break_between_words() -> None:
    assert plain(wrapped([("", "one two  three four")], 9)) == ["one two", "three", "four"]


def test_a_word_longer_than_a_row_is_broken() -> None:
    assert plain(wrapped([("", "a supercalifragilistic b")], 10)) == [
        "a", "supercalif", "ragilistic", "b",
    ]  # fmt: skip


def test_wide_signs_take_two_cells_and_their_full_stop_begins_no_row() -> None:
    assert plain(wrapped([("", "你好世界。再见")], 8)) == ["你好世", "界。再见"]


def test_emoji_that_are_one_sign_stay_one() -> None:
    rows = plain(wrapped([("", "👩‍🚀👩‍🚀👍🏽👍🏽")], 4))
    assert all(row.startswith(("👩", "👍")) for row in rows)
    assert "".join(rows) == "👩‍🚀👩‍🚀👍🏽👍🏽"


def test_styles_go_on_over_rows() -> None:
    assert wrapped([("", "one"), ("x", " two three")], 7) == [
        [("", "one"), ("x", " two")],
        [("x", "three")],
    ]


@given(st.text(max_size=200), st.integers(2, 40))
def test_nothing_is_lost_and_no_row_is_too_wide(text: str, width: int) -> None:
    rows = plain(wrapped([("", text)], width))
    assert "".join("".join(rows).split()) == "".join(text.split())
    assert all(cells(row) <= width or len(row.strip()) == 1 or "\u200d" in row for row in rows)


def test_speakers_stand_in_a_column_and_words_beside_it() -> None:
    assert plain(paragraph(Line("user", "one " * 12), 50)) == [
        "      You  one one one one one one one one one one",
        "           one one",
    ]


def test_a_narrow_terminal_has_no_column() -> None:
    assert plain(paragraph(Line("assistant", "one " * 5), 20)) == [
        "Assistant: one one",
        "one one one",
    ]


def test_a_wide_terminal_has_rows_one_can_read() -> None:
    assert all(cells(row) <= 100 for row in plain(paragraph(Line("user", LONG * 5), 300)))


def test_a_line_that_waits_for_its_words_says_so() -> None:
    assert plain(paragraph(Line("user", ""), 60, is_open=True)) == ["      You  …"]


def test_a_cut_shows_what_was_heard_and_what_was_not() -> None:
    line = Line("assistant", "Paris.", unheard="It lies.", cut=True)
    assert plain(paragraph(line, 80)) == ["Assistant  Paris. [interrupted; not heard: It lies.]"]


def test_a_warning_is_no_part_of_the_conversation() -> None:
    assert plain(warning("Slow\x1b network.", 60)) == ["        !  Slow\\x1b network."]


@given(st.integers(20, 110), st.integers(20, 110), st.integers(0, len(LONG)))
def test_rows_that_are_printed_already_are_not_printed_again(
    before: int, after: int, heard: int
) -> None:
    """Even when the terminal has another width by then."""
    full = paragraph(Line("assistant", LONG[:heard]), before)[:-1]
    printed = sum(map(signs, full))
    rest = paragraph(Line("assistant", LONG), after, printed=printed)
    whole = "".join("".join(plain([*full, *rest])).split())
    assert whole.removeprefix("Assistant").removeprefix(":") == "".join(LONG.split())
