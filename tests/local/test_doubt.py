"""Doubt: a phrase that fits a turn from end to end, one damaged at its beginning, and none at all.

The scores are those of turns that were recognised: frames of 10 ms, score per frame, phones.
"""

from __future__ import annotations

import math

import pytest

from s2s.local.doubt import SURE, Piece, fit

Laid = tuple[int, float, int]  # frames, score of each, phones: none in a silence

WELL: list[Laid] = [(26, -2.0, 3), (20, -1.8, 3), (14, -1.2, 2), (22, -2.1, 2)]


def laid(*pieces: Laid) -> list[Piece]:
    """Return them one after another."""
    begins, found = 0, []
    for frames, score, phones in pieces:
        found.append(Piece(begins, frames, frames * score, phones))
        begins += frames
    return found


def is_sure(*pieces: Laid) -> bool:
    return fit(laid(*pieces)) >= SURE


def test_a_phrase_that_fits_from_end_to_end_is_sure() -> None:
    assert is_sure(*WELL)
    assert fit(laid((30, -1.5, 3), (40, -1.5, 4))) == pytest.approx(-1.5)


def test_a_phrase_whose_beginning_a_canceller_damaged_is_sure() -> None:
    spell_rhythm = (21, -6.2, 2), (14, -4.2, 2), (16, -4.1, 2), (40, -2.5, 4), (51, -0.9, 5)
    assert is_sure(*spell_rhythm)
    assert is_sure((34, -6.1, 4), (9, -1.9, 2), (47, -1.1, 3))  # count to ten
    assert is_sure((9, -8.3, 0), (23, -6.1, 3), (7, -6.6, 1), (42, -1.0, 2))  # roll a die


def test_one_that_fits_as_badly_at_its_end_is_not() -> None:
    assert not is_sure((51, -0.9, 5), (40, -2.5, 4), (16, -4.1, 2), (14, -4.2, 2), (21, -6.2, 2))


def test_one_that_fits_badly_throughout_is_not() -> None:
    assert not is_sure((23, -3.2, 3), (16, -3.0, 2), (40, -3.1, 4))


def test_a_word_alone_has_nothing_but_its_beginning_and_is_judged_by_it() -> None:
    assert is_sure((40, -2.0, 4))
    assert not is_sure((40, -4.3, 4))


def test_a_phrase_whose_last_word_swallows_the_rest_of_a_sentence_is_not_sure() -> None:
    book_a_table = (
        (35, -4.1, 4),
        (17, -6.3, 2),
        (25, -5.6, 4),
        (117, -0.4, 2),
    )  # count to thirty two
    how_tall_is = (26, -5.9, 5), (17, -6.9, 1), (167, -0.3, 3)  # thanks a lot
    assert not is_sure(*book_a_table)
    assert not is_sure(*how_tall_is)


def test_noise_that_a_single_word_is_stretched_over_is_not_sure() -> None:
    assert not is_sure((352, -0.2, 4))  # help


def test_a_phrase_behind_which_silence_swallows_the_rest_is_not_sure() -> None:
    joke_about_cats = (25, -1.5, 4), (20, -1.2, 2), (4, -3.6, 1), (38, -1.5, 3), (89, -0.7, 0)
    assert not is_sure(*joke_about_cats)
    assert is_sure(*joke_about_cats[:-1])


def test_silence_before_a_phrase_counts_like_silence_behind_it() -> None:
    assert not is_sure((91, -1.5, 0), *WELL)


def test_a_pause_between_two_words_costs_nothing() -> None:
    assert fit(laid(*WELL[:2], (30, -5.0, 0), *WELL[2:])) == pytest.approx(
        fit(laid(*WELL)), abs=0.1
    )


def test_the_margin_before_the_first_word_is_not_its_beginning() -> None:
    damaged = [(26, -4.9, 3), (20, -4.2, 3), (14, -1.2, 2), (22, -2.1, 2)]
    behind_a_margin = fit(laid((10, -8.0, 0), *damaged))
    assert behind_a_margin == pytest.approx(fit(laid(*damaged)))


def test_a_slow_talker_is_not_doubted() -> None:
    assert is_sure((60, -1.8, 3), (58, -1.5, 3), (60, -2.0, 2), (64, -2.2, 2))


def test_where_no_word_was_found_nothing_is_sure() -> None:
    assert fit([]) == -math.inf
    assert fit(laid((50, -0.1, 0))) == -math.inf
