"""`s2s send-wav` with many recordings, as a person runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fakes import clean_environment, endpoint, read_wav, s2s, tone, write_wav

pytestmark = pytest.mark.program
SPOKEN = {"turns": [{"match": "", "say": "Sunny."}]}
SLOW = {"turns": [{"match": "", "tone": "440/2s", "pace": "realtime", "delta_ms": 100}]}


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    folder = tmp_path / "calls"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.wav", "b.wav", "deep/c.wav"):
        write_wav(folder / name, tone(300))
    return folder


def objects(said: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_folder_is_sent_and_its_replies_lie_in_another(calls: Path, tmp_path: Path) -> None:
    with endpoint() as url:
        done = s2s("send-wav", "calls/", "-o", "out/new", "--url", url, cwd=tmp_path)
        again = s2s("send-wav", "calls/", "-o", "out/new", "--url", url, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert read_wav(tmp_path / "out/new/deep/c.wav") == tone(300)
    assert names(tmp_path / "out/new") == ["a.wav", "b.wav", "deep/c.wav", "s2s-manifest.jsonl"]
    assert b"3 files: 3 sent" in done.stderr
    assert done.stdout == b""
    assert again.returncode == 0
    assert b"Going on with an earlier run, which has done 3 files." in again.stderr
    assert b"3 files: 0 sent, 3 were done before" in again.stderr


def test_without_a_folder_replies_lie_beside_and_are_never_asked(
    calls: Path, tmp_path: Path
) -> None:
    with endpoint() as url:
        for _ in range(2):
            inputs = sorted(str(path) for path in calls.glob("*.wav"))
            done = s2s("send-wav", *inputs, "calls/deep", "--url", url, cwd=tmp_path)
            assert done.returncode == 0, done.stderr
    assert [name for name in names(calls) if "reply" in name] == [
        "a.reply.wav", "b.reply.wav", "deep/c.reply.wav",
    ]  # fmt: skip


def test_json_is_an_object_for_each_file_and_a_summary(calls: Path, tmp_path: Path) -> None:
    (calls / "bad.wav").write_text("no sound")
    with endpoint(SPOKEN) as url:
        done = s2s("send-wav", "calls", "-o", "out", "--json", "-q", "--url", url, cwd=tmp_path)
    *files, summary = objects(done.stdout)
    assert done.returncode == summary["exit_status"] == 1
    assert done.stderr == b""
    told = {each["path"]: each for each in files}
    assert told["calls/bad.wav"]["error"]["code"] == "unreadable"
    assert told["calls/a.wav"]["status"] == "done"
    assert told["calls/a.wav"]["transcripts"]["assistant"] == "Sunny."
    assert told["calls/a.wav"]["output"] == "out/a.wav"
    assert (summary["total"], summary["done"], summary["failed"]) == (4, 3, 1)
    assert summary["codes"] == {"unreadable": 1}
    assert summary["usage"]["total"] == sum(each["usage"]["total"] for each in files) > 0
    assert summary["failed_list"] == "out/s2s-failed.txt"


def test_names_come_from_standard_input(calls: Path, tmp_path: Path) -> None:
    with endpoint() as url:
        listed = b"calls/a.wav\0calls/deep/c.wav\0"
        done = s2s("send-wav", "-0", "@-", "-o", "out", "--url", url, cwd=tmp_path, stdin=listed)
        assert done.returncode == 0, done.stderr
    assert names(tmp_path / "out")[:2] == ["calls/a.wav", "calls/deep/c.wav"]


def test_failures_are_listed_with_reasons_and_can_be_sent_again(
    calls: Path, tmp_path: Path
) -> None:
    (calls / "deep/bad.wav").write_text("no sound")
    with endpoint() as url:
        done = s2s("send-wav", "calls", "-o", "out", "--url", url, cwd=tmp_path)
        assert done.returncode == 1
        told = done.stderr.decode()
        assert "calls/deep/bad.wav is no recording but text. [unreadable]" in told
        assert "@out/s2s-failed.txt" in told
        write_wav(calls / "deep/bad.wav", tone(400))
        again = s2s("send-wav", "@out/s2s-failed.txt", "-o", "out", "--url", url, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert read_wav(tmp_path / "out/deep/bad.wav") == tone(400)


def test_a_dry_run_says_all_and_makes_nothing(calls: Path, tmp_path: Path) -> None:
    (calls / "bad.wav").write_text("no sound")
    before = names(tmp_path)
    line = ("send-wav", "calls", "-o", "out", "--offline", "--dry-run")
    done = s2s(*line, cwd=tmp_path)
    assert done.returncode == 1
    told = done.stderr.decode()
    assert "calls/deep/c.wav (0.3 s) would go to out/deep/c.wav" in told
    assert "calls/bad.wav is no recording but text" in told
    assert "Would send 3 of 4 files" in told
    *files, summary = objects(s2s(*line, "--json", cwd=tmp_path).stdout)
    assert [each["status"] for each in files] == [
        "would_send",
        "would_send",
        "failed",
        "would_send",
    ]
    assert summary["input"]["seconds"] == pytest.approx(0.9)
    assert names(tmp_path) == before


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("a.wav b.wav -o -", "need a folder"),
        ("a.wav b.wav --jobs 2 --one-conversation", "follow one another"),
        ("a.wav b.wav --redo --skip-existing", "opposite"),
        ("a.wav b.wav --expect (", "no regular expression"),
        ("a.wav - -o out", "Send it alone"),
        ("@missing.txt -o out", "cannot be read"),
        ("a.wav x/a.wav ../a.wav -o out", "would both be answered"),
        ("a.wav b.wav -o a.wav", "cannot be made"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(
    line: str, told: str, tmp_path: Path
) -> None:
    for name in ("a.wav", "b.wav", "x/a.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_wav(tmp_path / name, tone(300))
    with endpoint() as url:
        done = s2s("send-wav", *line.split(), "--url", url, cwd=tmp_path)
        told_too = s2s("send-wav", *line.split(), "--json", "--url", url, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr.decode()
    if "-o -" not in line:
        assert objects(told_too.stdout)[-1]["exit_status"] == 2
    assert not (tmp_path / "out").exists()


def test_one_recording_with_an_expectation_goes_where_it_is_said(
    calls: Path, tmp_path: Path
) -> None:
    with endpoint(SPOKEN) as url:
        line = ("send-wav", "calls/a.wav", "--url", url)
        met = s2s(*line, "-o", "answer.wav", "--expect", "sunny", cwd=tmp_path)
        missed = s2s(*line, "-o", "other.wav", "--expect", "rain", cwd=tmp_path)
    assert (met.returncode, missed.returncode) == (0, 1)
    assert b"does not hold 'rain': Sunny." in missed.stderr
    assert names(tmp_path)[0] == "answer.wav"
    assert (tmp_path / "other.wav").exists()
    assert not any("manifest" in name for name in names(tmp_path))


def running(*arguments: str, cwd: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "s2s", *arguments],
        cwd=cwd,
        env=clean_environment(cwd),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_what_is_ended_goes_on_where_it_was(number: int, tmp_path: Path) -> None:
    for each in range(8):
        write_wav(tmp_path / f"calls-{each}.wav", tone(200))
    inputs = [f"calls-{each}.wav" for each in range(8)]
    with endpoint(SLOW) as url:
        first = running("send-wav", *inputs, "-o", "out", "-j", "2", "--url", url, cwd=tmp_path)
        wait_for(tmp_path / "out/calls-1.wav")
        first.send_signal(number)
        _, told = first.communicate(timeout=30)
        assert first.returncode == -number
        kept = len(list((tmp_path / "out").glob("*.wav")))
        assert 2 <= kept < 8
        line = ("send-wav", *inputs, "-o", "out", "-j", "8", "--json", "-q", "--url", url)
        second = s2s(*line, cwd=tmp_path)
    if number != signal.SIGKILL:
        assert b"the same command goes on from there" in told
    summary = objects(second.stdout)[-1]
    assert (second.returncode, summary["done"] + summary["skipped"]) == (0, 8)
    assert kept - 2 <= summary["skipped"] <= kept, "at most what was in flight is sent twice"
    assert [len(read_wav(tmp_path / "out" / name)) for name in inputs] == [len(tone(2000))] * 8
    left = [name for name in names(tmp_path / "out") if "part" in name]
    assert all(name.endswith(".partial.wav") for name in left), "what had come, and no torn file"
    assert not left or number != signal.SIGKILL


def test_two_runs_in_one_folder_are_one_too_many(tmp_path: Path) -> None:
    inputs = ["a.wav", "b.wav"]
    for name in inputs:
        write_wav(tmp_path / name, tone(200))
    with endpoint(SLOW) as url:
        first = running("send-wav", *inputs, "-o", "out", "--url", url, cwd=tmp_path)
        wait_for(tmp_path / "out/s2s-manifest.jsonl")
        second = s2s("send-wav", *inputs, "-o", "out", "--url", url, cwd=tmp_path)
        _, told = first.communicate(timeout=30)
    assert first.returncode == 0, told
    assert second.returncode == 2
    assert b"Another run of s2s writes its replies into out." in second.stderr


def test_a_key_that_is_refused_stops_all_of_it_with_3(calls: Path, tmp_path: Path) -> None:
    with endpoint({**SPOKEN, "faults": [{"at": "connect", "http": 401}]}) as url:
        done = s2s("send-wav", "calls", "-o", "out", "--json", "--url", url, cwd=tmp_path)
    summary = objects(done.stdout)[-1]
    assert done.returncode == summary["exit_status"] == 3
    assert summary["left"] == 3
    assert b"wants a key" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(calls: Path, tmp_path: Path) -> None:
    (calls / "a.wav").chmod(0)
    with endpoint() as url:
        done = s2s("send-wav", "calls", "-o", "out", "--url", url, cwd=tmp_path)
    assert done.returncode == 1
    assert b"calls/a.wav may not be read" in done.stderr


# --- one recording


def test_one_recording_is_sent_again_as_often_as_is_said(calls: Path, tmp_path: Path) -> None:
    faults = [{"at": "connect", "http": 503, "connection": 1},
              {"at": "output_audio.delta#2", "do": "reset", "connection": 2}]  # fmt: skip
    with endpoint({**SPOKEN, "faults": faults}) as url:
        line = ("send-wav", "calls/a.wav", "--url", url)
        done = s2s(*line, "--retries", "2", "--json", cwd=tmp_path)
    (told,) = objects(done.stdout)
    assert (done.returncode, told["exit_status"], told["error"]) == (0, 0, None)
    assert told["transcripts"]["assistant"] == "Sunny."
    assert len(told["warnings"]) == 2
    assert [name for name in names(calls) if "reply" in name] == ["a.reply.wav"]
    with endpoint({**SPOKEN, "faults": [{"at": "connect", "http": 503}]}) as url:
        failed = s2s("send-wav", "calls/b.wav", "--url", url, "--retries", "1", cwd=tmp_path)
    assert failed.returncode == 5
    assert b"Again in" in failed.stderr
