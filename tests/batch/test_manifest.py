"""What is done stays done, whatever tears the file that says so."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s2s.app.batch.fingerprint import Fingerprint, content_of
from s2s.app.batch.manifest import Done, Manifest, asked, begun
from s2s.errors import UsageError


def done(name: str, size: int = 1) -> Done:
    return Done(
        name, Fingerprint(size, "aa", 5, 6), "set", Fingerprint(size, "bb"), {"user": "hé\u2028"}
    )


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "s2s-manifest.jsonl")


def opened(path: str) -> closing[Manifest]:
    return closing(Manifest(path))


def test_what_was_written_down_is_found_by_the_next_run(path: str) -> None:
    with opened(path) as manifest:
        manifest.add(asked("set", {"model": "m"}) + begun("a.wav") + done("a.wav").line())
        assert manifest.find("a.wav") is None, "this run knows what it does"
    with opened(path) as manifest:
        assert manifest.find("a.wav") == done("a.wav")
        assert manifest.is_ours("a.wav")
        assert manifest.count == 1
        assert not manifest.is_ours("b.wav")


def test_the_last_line_of_a_file_counts(path: str) -> None:
    with opened(path) as manifest:
        manifest.add(done("a.wav", 1).line() + done("a.wav", 2).line())
    with opened(path) as manifest:
        assert manifest.find("a.wav") == done("a.wav", 2)
        manifest.add(begun("a.wav"))
    with opened(path) as manifest:
        assert manifest.find("a.wav") is None, "it was being replaced"
        assert manifest.is_ours("a.wav")


def test_a_second_run_on_one_folder_is_refused_until_the_first_is_over(path: str) -> None:
    with opened(path):
        with pytest.raises(UsageError, match="Another run") as raised:
            Manifest(path)
        assert raised.value.code == "locked"
        Manifest(path, reads_only=True).close()
    Manifest(path).close()


def test_who_only_reads_makes_nothing(path: str) -> None:
    with pytest.raises(UsageError):
        Manifest(path, reads_only=True)
    assert not Path(path).exists()


NAMES = st.text(min_size=1, max_size=6).filter(lambda name: "\0" not in name)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(NAMES, min_size=1, max_size=5, unique=True), st.data())
def test_torn_at_any_byte_every_whole_line_is_found_and_nothing_else(
    path: str, names: list[str], data: st.DataObject
) -> None:
    lines = [line for name in names for line in (begun(name), done(name, len(name)).line())]
    whole = b"".join(lines)
    cut = data.draw(st.integers(0, len(whole)))
    Path(path).write_bytes(whole[:cut])
    ends = [sum(map(len, lines[: at + 1])) for at in range(len(lines))]
    with opened(path) as manifest:
        for place, name in enumerate(names):
            there = ends[2 * place + 1] <= cut
            assert (manifest.find(name) == done(name, len(name))) is there
            assert manifest.is_ours(name) is (ends[2 * place] <= cut)
        manifest.add(done("later.wav").line())
    with opened(path) as manifest:
        assert manifest.find("later.wav") == done("later.wav"), "what is added is no part of it"
        for place, name in enumerate(names):
            if ends[2 * place + 1] <= cut:
                assert manifest.find(name) == done(name, len(name))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_whatever_stands_in_it_is_passed_over(path: str, rubbish: bytes) -> None:
    Path(path).write_bytes(done("a.wav").line() + rubbish + b"\n" + done("b.wav").line())
    with opened(path) as manifest:
        assert manifest.find("b.wav") == done("b.wav")
        assert manifest.find("a.wav") in (done("a.wav"), None)


@pytest.mark.parametrize(
    "wrong",
    [b'{"output": "a.wav", "state": "done"}', b'{"output": "a.wav", "state": "done", "x": [1}',
     b'{"output": "a.wav", "state": "done", "input": {"size": "1"}, "reply": 3, "settings": "s"}'],
)  # fmt: skip
def test_a_line_that_says_too_little_means_that_its_file_is_sent_again(
    path: str, wrong: bytes
) -> None:
    Path(path).write_bytes(wrong + b"\n")
    with opened(path) as manifest:
        assert manifest.find("a.wav") is None


# --- contents


def test_a_change_is_seen_although_size_and_time_are_set_back(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(b"one")
    known = content_of(str(file), settled_s=0.0)
    assert known.is_in(str(file))
    times = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert not known.is_in(str(file))


def test_a_copy_holds_the_same(tmp_path: Path) -> None:
    file, copy = tmp_path / "a.wav", tmp_path / "b.wav"
    file.write_bytes(b"one")
    copy.write_bytes(b"one")
    assert content_of(str(file), settled_s=0.0).is_in(str(copy))


def test_a_file_that_was_changed_just_now_is_read_again_the_next_time(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(b"one")
    assert content_of(str(file), settled_s=1e9).changed_ns == 0
    assert content_of(str(file), settled_s=0.0).changed_ns > 0
