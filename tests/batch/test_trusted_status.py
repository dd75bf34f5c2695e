"""Whoever trusts the status overnight: nothing that was meant is passed over in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from batches import asked, questions, sent
from fakes import endpoint, read_wav, tone

from s2s.app.batch.dry_run import rehearse
from s2s.app.batch.folders import recordings_in
from s2s.app.batch.inputs import gather
from s2s.app.batch.outcome import BatchSummary
from s2s.app.batch.output import Output
from s2s.app.batch.watching import BatchWatch
from s2s.ui.reports.batch_report import failure_lines, summary_as_json

UNREAD = "The folder q/inner cannot be read: Permission denied."


def test_what_cannot_be_looked_into_is_told_of_and_is_no_success(tmp_path: Path) -> None:
    q = questions(tmp_path / "q", 1)
    with endpoint() as url:
        options = asked(url, q, output=str(tmp_path / "out"))
        inputs = gather(options.inputs, null_separated=False, output=options.output, warn=print)
        inputs.unread.append(UNREAD)
        planned = rehearse(options, BatchWatch(), inputs)
        summary, _ = sent(options, inputs=inputs)
    for each in (planned, summary):
        assert (each.done, each.failed, each.exit_status) == (1, 0, 1)
        assert summary_as_json(each)["unread"] == [UNREAD]
    assert failure_lines(summary, inputs.paths) == [UNREAD]


def test_with_nothing_unread_and_nothing_failed_it_is_a_success() -> None:
    assert BatchSummary(total=3, done=3).exit_status == 0


def test_a_folder_that_is_gone_while_others_are_read_is_told_of(
    tmp_path: Path,
) -> None:
    q, unread = questions(tmp_path / "q", 1), list[str]()
    questions(q / "inner", 1)
    found = recordings_in(str(q), None, unread.append)
    next(found)
    (q / "inner/q00.wav").unlink()
    (q / "inner").rmdir()
    assert list(found) == []
    assert unread == [f"The folder {q}/inner cannot be read: No such file or directory."]


@pytest.mark.parametrize("target", ["nowhere.wav", "missing.wav"])
def test_a_link_to_a_recording_that_is_missing_is_a_failure(tmp_path: Path, target: str) -> None:
    q = questions(tmp_path / "q", 1)
    (q / "missing.wav").symlink_to(target)  # in the second case to itself
    with endpoint() as url:
        summary, watch = sent(asked(url, q, output=str(tmp_path / "out")))
    assert (summary.done, watch.codes()) == (1, {"missing.wav": "unreadable"})


def test_a_reply_with_the_longest_of_names_gets_it(tmp_path: Path) -> None:
    q = questions(tmp_path / "q", 1)
    name = "x" * 251 + ".wav"
    (q / "q00.wav").rename(q / name)
    with endpoint() as url:
        summary, _ = sent(asked(url, q, output=str(tmp_path / "out")))
    assert summary.exit_status == 0
    assert read_wav(tmp_path / "out" / name) == tone(110)


def test_what_came_of_a_reply_with_a_long_name_is_kept(tmp_path: Path) -> None:
    output = Output(str(tmp_path / ("x" * 251 + ".wav")))
    output.write(tone(100))
    kept = output.keep()
    assert kept
    assert read_wav(kept) == tone(100)


@pytest.mark.parametrize("name", ["x" * 250 + ".flac", "f/q.wav"])
def test_a_reply_that_cannot_have_its_place_is_known_of_before_anything_is_sent(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/f").write_text("no folder")
    q = questions(tmp_path / "q", 1)
    (q / name).parent.mkdir(exist_ok=True)
    (q / "q00.wav").rename(q / name)
    with endpoint() as url:
        summary, watch = sent(asked(url, q, output=str(tmp_path / "out")))
    assert watch.codes() == {Path(name).name: "output"}
    assert summary.usage.total_tokens == 0


def test_who_sends_again_what_failed_of_a_conversation_sends_all_of_it(tmp_path: Path) -> None:
    q, out = questions(tmp_path / "q", 3), tmp_path / "out"
    script = {"turns": [{"on": 2, "fail": {"status": "failed"}}, {"match": "", "text": "Yes."}]}
    whole = {"output": str(out), "one_conversation": True, "retries": 0, "text_only": True}
    with endpoint(script) as url:
        summary, _ = sent(asked(url, q, **whole))
    assert (summary.done, summary.failed) == (1, 2)
    listed = (out / "s2s-failed.txt").read_text().splitlines()
    assert [Path(each.split("\t")[0]).name for each in listed] == ["q00.wav", "q01.wav", "q02.wav"]
    with endpoint() as url:
        summary, _ = sent(asked(url, f"@{out}/s2s-failed.txt", **whole))
    assert (summary.total, summary.exit_status) == (3, 0)
