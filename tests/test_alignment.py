"""What the tests of sound hold against each other."""

from __future__ import annotations

from alignment import is_in_order, noise

from s2s import pcm

SIGNAL = noise(1500)


def cut(at_ms: int) -> tuple[bytes, bytes]:
    return SIGNAL[: pcm.size_of(at_ms)], SIGNAL[pcm.size_of(at_ms) :]


def test_gaps_and_a_few_ms_that_are_missing_leave_a_signal_in_order() -> None:
    before, behind = cut(730)
    assert is_in_order(SIGNAL, pcm.silence(300) + SIGNAL + pcm.silence(300))
    assert is_in_order(SIGNAL, before + pcm.silence(400) + behind)
    assert is_in_order(SIGNAL, before + behind[pcm.size_of(20) :] + pcm.silence(300))


def test_what_is_missing_changed_about_or_of_another_signal_is_not_in_order() -> None:
    before, behind = cut(700)
    assert not is_in_order(SIGNAL, behind + before)
    assert not is_in_order(SIGNAL, before[: pcm.size_of(500)] + behind + pcm.silence(300))
    assert not is_in_order(SIGNAL, before[: pcm.size_of(600)] + pcm.silence(1000))
    assert not is_in_order(SIGNAL, noise(1500, seed=2))
