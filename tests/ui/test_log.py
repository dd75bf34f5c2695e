"""The log: whatever is quoted, each of its lines is one of ours."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from s2s.cli import logs


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    """A log file that everything goes to, until the test is over."""
    ours = logging.getLogger("s2s")
    before = list(ours.handlers)
    logs.set_up(0, str(tmp_path / "log"))
    yield tmp_path / "log"
    for handler in set(ours.handlers) - set(before):
        ours.removeHandler(handler)
        handler.close()


def test_neither_a_message_nor_a_traceback_forges_a_line(log_file: Path) -> None:
    try:
        fail("no\n2026-01-01 INFO forged\x1b[2J")
    except ValueError:
        logging.getLogger("s2s.test").exception("broke: %s", "a\n2026-01-01 INFO forged\x9b")
    first, *trace = log_file.read_text("utf-8").splitlines()
    assert first.endswith(r"broke: a\n2026-01-01 INFO forged\x9b")
    assert trace[0].startswith("Traceback")
    assert all(line.startswith("  ") for line in trace[1:])
    assert r"forged\x1b[2J" in trace[-1]


def test_what_nobody_reads_is_not_logged_and_a_line_for_a_reader_is() -> None:
    ours = logging.getLogger("s2s")
    before, level = list(ours.handlers), ours.level
    try:
        logs.set_up(0, None)
        assert not logging.getLogger("s2s.exchange").isEnabledFor(logging.INFO)
        logs.set_up(1, None)
        assert logging.getLogger("s2s.exchange").isEnabledFor(logging.INFO)
    finally:
        for handler in set(ours.handlers) - set(before):
            ours.removeHandler(handler)
        ours.setLevel(level)


def fail(why: str) -> None:
    raise ValueError(why)
