"""Many recordings from a program: `s2s.send_many`, and the same awaited."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from pathlib import Path
from typing import Any

import pytest
from batches import questions, remembering
from fakes import endpoint, read_wav, tone

import s2s
from s2s.local.engines import Turn
from s2s.many import AHEAD


def ours() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name in ("s2s", "committer")]


def test_outcomes_come_as_they_end_and_the_replies_are_in_them(tmp_path: Path) -> None:
    q = questions(tmp_path / "q", 3)
    with endpoint() as url:
        outcomes = s2s.send_many([q / "q00.wav", q / "q01.wav", str(q / "q02.wav")], url=url)
        replies = {Path(each.input).name: each.reply.audio for each in outcomes}
    assert replies == {f"q{n:02}.wav": tone(110 + 10 * n) for n in range(3)}
    assert outcomes.summary
    assert outcomes.summary.done == 3
    assert not (q / "s2s-manifest.jsonl").exists()


def test_with_a_folder_they_are_files_and_a_second_call_goes_on(tmp_path: Path) -> None:
    q = questions(tmp_path / "q", 3)
    with endpoint() as url:
        first = list(s2s.send_many(q, output=tmp_path / "out", url=url))
        second = list(s2s.send_many(q, output=tmp_path / "out", url=url))
    assert [each.status for each in first] == ["done"] * 3
    assert {each.status for each in second} == {"skipped"}
    assert read_wav(tmp_path / "out/q02.wav") == tone(130)
    assert all(each.output and each.output.exists() for each in first)
    assert [each.reply.path for each in first] == [each.output for each in first]


def test_a_failure_is_an_outcome_and_a_refusal_is_raised(tmp_path: Path) -> None:
    q = questions(tmp_path / "q", 2)
    (q / "bad.wav").write_text("no sound")
    with endpoint() as url:
        outcomes = list(s2s.send_many(q, url=url))
    (failed,) = [each for each in outcomes if each.error]
    assert failed.error
    assert failed.error.code == "unreadable"
    with (
        endpoint({"faults": [{"at": "connect", "http": 401}]}) as url,
        pytest.raises(s2s.RefusedError),
    ):
        list(s2s.send_many(q / "q00.wav", url=url))


def test_at_and_dash_are_names_of_files_to_a_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    questions(Path(), 1)
    Path("q00.wav").rename("@list.wav")
    with endpoint() as url:
        (outcome,) = s2s.send_many("@list.wav", url=url)
    assert outcome.reply.audio == tone(110)


@pytest.mark.parametrize(
    ("arguments", "raised"),
    [({"jobs": 0}, ValueError), ({"jobs": "2"}, TypeError), ({"retries": -1}, ValueError),
     ({"redo": True, "skip_existing": True}, ValueError), ({"max_first_audio_ms": 0}, ValueError)],
    ids=str,
)  # fmt: skip
def test_wrong_arguments_are_raised_at_once(
    arguments: dict[str, Any], raised: type[Exception]
) -> None:
    with pytest.raises(raised):
        s2s.send_many(["a.wav"], url="ws://127.0.0.1:1", **arguments)
    with pytest.raises(TypeError):
        s2s.send_many([b"bytes"], url="ws://127.0.0.1:1")  # type: ignore[list-item]


def test_jobs_wait_for_a_program_that_is_slow_to_take_outcomes(tmp_path: Path) -> None:
    turns: list[Turn] = []
    q = questions(tmp_path / "q", AHEAD + 10)
    with endpoint(served=remembering(turns)) as url, s2s.send_many(q, jobs=1, url=url) as outcomes:
        next(outcomes)
        deadline = threading.Event()
        for _ in range(200):
            if len(turns) >= AHEAD + 1:
                break
            deadline.wait(0.05)
        deadline.wait(0.3)
        assert len(turns) <= AHEAD + 3
        assert len(list(outcomes)) == AHEAD + 9


def test_who_leaves_early_ends_it_and_no_thread_is_left(tmp_path: Path) -> None:
    turns: list[Turn] = []
    q = questions(tmp_path / "q", 60)
    with endpoint(served=remembering(turns)) as url:
        with s2s.send_many(q, output=tmp_path / "out", jobs=1, url=url) as outcomes:
            next(outcomes)
        assert len(turns) < 60
        for thread in ours():
            thread.join(10)
        assert ours() == []
        rest = list(s2s.send_many(q, output=tmp_path / "out", url=url))
    assert len(rest) == 60


def test_the_same_awaited_beside_other_work(tmp_path: Path) -> None:
    q = questions(tmp_path / "q", 4)

    async def go(url: str) -> tuple[list[s2s.FileOutcome], int]:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        beside = asyncio.create_task(other())
        outcomes = [each async for each in s2s.aio.send_many(q, url=url)]
        beside.cancel()
        return outcomes, turns

    with endpoint() as url:
        outcomes, turns = asyncio.run(go(url))
    assert sorted(len(each.reply.audio) for each in outcomes) == [
        len(tone(110 + 10 * number)) for number in range(4)
    ]
    assert turns > 4


def test_closing_the_awaited_iterator_ends_the_work(tmp_path: Path) -> None:
    turns: list[Turn] = []
    q = questions(tmp_path / "q", 60)

    async def go(url: str) -> None:
        async with contextlib.aclosing(s2s.aio.send_many(q, jobs=1, url=url)) as outcomes:
            async for _ in outcomes:
                break

    with endpoint(served=remembering(turns)) as url:
        asyncio.run(go(url))
    for thread in ours():
        thread.join(10)
    assert ours() == []
    assert len(turns) < 60
