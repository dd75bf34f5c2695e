"""A batch as it is seen: the bar, the lines, the objects."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from s2s.app.batch.dry_run import Rehearsal
from s2s.app.batch.outcome import BatchSummary, FileOutcome
from s2s.app.outcome import Reply, Usage
from s2s.conversation import commands as do
from s2s.conversation.bill import ShowCost
from s2s.conversation.phases import Phase, PhaseChanged
from s2s.errors import NetworkError, RefusedError, ResponseError
from s2s.ui.reports.batch_report import (
    SHOWN_FAILURES,
    duration,
    failure_lines,
    file_as_json,
    outcome_line,
    plan_as_json,
    plan_line,
    plan_summary_line,
    summary_as_json,
    summary_line,
)
from s2s.ui.screen.batch_bar import BatchBar

COST = ShowCost(Decimal("1.25"))


def outcome(status: str = "done", **more: object) -> FileOutcome:
    given = {"place": "out/a.wav", "tries": 1, "seconds": 2.0, "output_seconds": 3.0, **more}
    return FileOutcome("a\x1b.wav", status=status, **given)  # type: ignore[arg-type]


def failed(code: str = "dropped") -> FileOutcome:
    return outcome("failed", error=NetworkError("Lost.", "Again.", code=code), tries=4)


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds


def drawn(summary: BatchSummary, height: int = 24) -> tuple[BatchBar, Console, Clock]:
    clock = Clock()
    console = Console(file=io.StringIO(), force_terminal=True, width=80, height=height)
    return BatchBar(console, summary, clock.now), console, clock


def shown(bar: BatchBar, console: Console) -> str:
    with console.capture() as capture:
        console.print(bar.draw())
    return capture.get()


def test_the_bar_tells_how_far_how_fast_how_long_still_what_failed_and_the_tokens() -> None:
    summary = BatchSummary(total=1_200, skipped=100, usage=Usage(1, 1, 34_567), spent=COST)
    bar, _, clock = drawn(summary)
    assert bar.told().startswith("100/1,200")
    assert "left" not in bar.told(), "nobody knows yet"
    summary.done, summary.failed, clock.seconds = 90, 10, 50.0
    assert bar.told() == "200/1,200  2.0/s  8:20 left  10 failed  34,567 tokens  $1.25"
    clock.seconds = 500.0
    assert "12.0/min" in bar.told()


def test_each_file_that_is_being_sent_has_a_line_while_it_is() -> None:
    bar, console, _ = drawn(BatchSummary(total=3))
    bar.began(0, "one\x1b.wav")
    bar.began(1, "two.wav")
    running = bar.attempt(1)
    running.observe(0.0, PhaseChanged(Phase.UPLOADING))
    assert "one\\x1b.wav: connecting" in shown(bar, console)
    assert "two.wav: uploading" in shown(bar, console)
    running.observe(0.0, do.WriteAudio(bytes(48_000)))
    assert "two.wav: reply 1.0 s" in shown(bar, console)
    bar.waits(1, "waits 4 s")
    assert "two.wav: waits 4 s" in shown(bar, console)
    bar.ended(1)
    assert "two.wav" not in shown(bar, console)


def test_more_files_than_rows_are_counted() -> None:
    bar, console, _ = drawn(BatchSummary(total=50), height=8)
    for index in range(20):
        bar.began(index, f"q{index}.wav")
    rows = shown(bar, console).splitlines()
    assert len(rows) == 7
    assert "and 15 more" in rows[-1]


# --- lines


def test_a_line_tells_what_became_of_a_file_and_steers_no_terminal() -> None:
    assert outcome_line(outcome()) == "a\\x1b.wav: 3.0 s of audio in 2.0 s -> out/a.wav"
    assert outcome_line(outcome(why="it has changed")).endswith("again: it has changed")
    assert outcome_line(failed()) == "a\\x1b.wav: failed (4 tries): Lost."
    assert outcome_line(outcome("skipped", why="it is done")).endswith("not sent, it is done")
    assert plan_line(outcome(input_seconds=1.5)) == "a\\x1b.wav (1.5 s) would go to out/a.wav"


def test_the_failures_stand_at_the_end_with_their_reasons_and_where_all_are() -> None:
    summary = BatchSummary(total=40, failed_list=Path("out/s2s-failed.txt"))
    assert failure_lines(summary, []) == []
    for _ in range(SHOWN_FAILURES + 5):
        summary.add(failed())
    lines = failure_lines(summary, ["q\n.wav"])
    assert lines[0] == "25 failed:"
    assert lines[1] == "  q\\n.wav: Lost. [dropped]"
    assert lines[-2:] == [
        "  and 5 more",
        "To send these again, name the list of them: @out/s2s-failed.txt",
    ]


def test_the_last_line_counts_everything() -> None:
    summary = BatchSummary(total=1_000, usage=Usage(1_000, 2_000, 3_000), spent=COST, seconds=61.0)
    summary.done, summary.skipped, summary.failed = 610, 300, 40
    assert summary_line(summary) == (
        "1,000 files: 610 sent, 300 were done before, 40 failed, 50 left "
        "(1:01, 10.0 files/s; 1,000 + 2,000 tokens; $1.25)"
    )
    told = Rehearsal(total=4, done=2, skipped=1, failed=1, input_seconds=90, unknown=1)
    assert plan_summary_line(told) == (
        "Would send 2 of 4 files; 1.5 min of audio and 1 files that do not say how long; about "
        "900 tokens; what they cost is not known; 1 are done; 1 cannot be sent."
    )


@pytest.mark.parametrize(
    ("seconds", "told"), [(1.25, "1.2 s"), (60, "1:00"), (3_599.6, "1:00:00"), (36_061, "10:01:01")]
)
def test_times_read_as_people_write_them(seconds: float, told: str) -> None:
    assert duration(seconds) == told


# --- objects


def test_an_object_names_an_output_only_if_the_reply_is_whole() -> None:
    missed = outcome("failed", error=ResponseError("No.", code="unexpected_reply"))
    assert file_as_json(outcome())["output"] == "out/a.wav"
    assert file_as_json(missed)["output"] == "out/a.wav"
    assert file_as_json(failed())["output"] is None
    assert file_as_json(failed())["error"] == {
        "code": "dropped", "message": "Lost.", "hint": "Again.", "exit_status": 5,
    }  # fmt: skip
    assert plan_as_json(outcome())["status"] == "would_send"


def test_the_summary_has_the_status_that_the_program_ends_with() -> None:
    summary = BatchSummary(total=3)
    summary.add(outcome(reply=Reply(usage=Usage(1, 2, 3))))
    assert summary_as_json(summary)["exit_status"] == 0
    summary.add(failed())
    assert summary_as_json(summary)["exit_status"] == 1
    assert summary_as_json(summary)["codes"] == {"dropped": 1}
    summary.stopped = RefusedError("No.", code="key")
    told = summary_as_json(summary)
    assert (told["exit_status"], told["error"]["code"], told["left"]) == (3, "key", 1)
