"""Writing on a thread of its own: a failure is told once, a mistake of ours costs itself."""

from __future__ import annotations

import errno

import pytest

from s2s.errors import Bug, S2SError, WriteError
from s2s.ui.kept.background import Background


def fail(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("again", [1, 3])
def test_a_mistake_in_a_write_is_told_once_and_the_others_are_carried_out(again: int) -> None:
    told: list[S2SError] = []
    written: list[int] = []
    background = Background("the journal", told.append)
    mistake = KeyError("colour")
    for number in range(again):
        background.write(lambda number=number: written.append(number))  # type: ignore[misc]
        background.write(lambda: fail(mistake))
    background.write(lambda: written.append(99))
    background.close()
    assert written == [*range(again), 99]
    (error,) = told
    assert isinstance(error, Bug)
    assert error is background.error
    assert error.__cause__ is mistake
    assert error.exit_status == 1
    assert (
        error.message
        == "Writing the journal failed in part by a mistake in s2s: KeyError('colour')."
    )


def test_after_a_disk_that_is_full_nothing_more_is_asked_of_it() -> None:
    told: list[S2SError] = []
    written: list[int] = []
    background = Background("the journal", told.append)
    background.write(lambda: fail(OSError(errno.ENOSPC, "No space left on device")))
    background.write(lambda: written.append(1))
    background.close()
    assert not written
    (error,) = told
    assert isinstance(error, WriteError)
    assert error.message == "Writing the journal failed: No space left on device."


def test_a_reader_that_has_gone_is_no_error() -> None:
    told: list[S2SError] = []
    background = Background("the journal", told.append)
    background.write(lambda: fail(BrokenPipeError(errno.EPIPE, "Broken pipe")))
    background.close()
    assert not told
