"""A reply is on the disk, and its folder, before the line that says so."""

from __future__ import annotations

import asyncio
import os
import stat
from contextlib import closing
from pathlib import Path

import pytest
from fakes import read_wav, tone

from s2s.app.batch.committing import Committer
from s2s.app.batch.fingerprint import Fingerprint
from s2s.app.batch.manifest import Done, Manifest
from s2s.app.batch.output import KEPT_SIZE, Output
from s2s.errors import S2SError, UsageError


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is brought to the disk, in order, and which names there were by then."""
    noted: list[str] = []
    real = os.fsync

    def fsync(file: int) -> None:
        path = Path(f"/proc/self/fd/{file}").readlink()
        what = "folder" if stat.S_ISDIR(os.fstat(file).st_mode) else path.name
        if what.endswith(".jsonl"):
            what = path.read_text().splitlines()[-1].partition('"state": "')[2].partition('"')[0]
        noted.append(what)
        real(file)

    monkeypatch.setattr(os, "fsync", fsync)
    return noted


def committed(folder: Path, *outputs: Output) -> list[Fingerprint | S2SError]:
    with closing(Manifest(str(folder / "s2s-manifest.jsonl"))) as manifest:
        committer = Committer(manifest)

        async def commit(output: Output) -> Fingerprint | S2SError:
            key = os.path.relpath(output.path, folder)

            def line(content: Fingerprint) -> bytes:
                return Done(key, Fingerprint(1, "aa"), "settings", content).line()

            try:
                return await committer.commit(output, key, line)
            except S2SError as error:
                return error

        async def all_of_them() -> list[Fingerprint | S2SError]:
            return await asyncio.gather(*map(commit, outputs))

        try:
            return asyncio.run(all_of_them())
        finally:
            committer.close()


def spoken(path: Path, ms: int = 300, *, force: bool = False) -> Output:
    output = Output(str(path), force=force)
    for at in range(0, ms, 100):
        output.write(tone(ms)[at * 48 : (at + 100) * 48])
    return output


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux")
def test_first_the_reply_then_its_folder_then_its_line(tmp_path: Path, order: list[str]) -> None:
    committed(tmp_path, spoken(tmp_path / "deep/a.wav"))
    assert order[0] == "a.wav.part"
    assert order[1] == "begun", "before it has its name"
    assert order[2] == "folder"
    assert order[-1] == "done"
    assert set(order[2:-1]) == {"folder"}, "those that were made are on the disk as well"


def test_many_at_once_share_the_way_to_the_disk(tmp_path: Path, order: list[str]) -> None:
    came = committed(tmp_path, *(spoken(tmp_path / f"{n}.wav") for n in range(20)))
    assert all(isinstance(each, Fingerprint) for each in came)
    assert len([each for each in order if each.endswith(".part")]) == 20
    assert order.count("done") < 20
    assert order[-1] == "done"


@pytest.mark.parametrize("ms", [300, 20_000])
def test_short_and_long_replies_are_whole_and_their_digest_is_that_of_the_file(
    ms: int, tmp_path: Path
) -> None:
    assert (len(tone(ms)) > KEPT_SIZE) is (ms == 20_000)
    path = tmp_path / "a.wav"
    (content,) = committed(tmp_path, spoken(path, ms))
    assert isinstance(content, Fingerprint)
    assert read_wav(path) == tone(ms)
    assert content.is_in(str(path))
    assert Fingerprint(content.size, content.digest).is_in(str(path)), "the digest alone"


@pytest.mark.parametrize("ms", [300, 20_000])
def test_a_reply_that_begins_anew_holds_nothing_of_the_first(ms: int, tmp_path: Path) -> None:
    output = spoken(tmp_path / "a.wav", ms)
    output.restart()
    output.write(tone(200))
    committed(tmp_path, output)
    assert read_wav(tmp_path / "a.wav") == tone(200)


def test_what_has_appeared_meanwhile_is_left_alone_and_the_reply_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    output = spoken(path)
    path.write_bytes(b"precious")
    error, other = committed(tmp_path, output, spoken(tmp_path / "b.wav"))
    assert isinstance(error, UsageError)
    assert error.code == "output_exists"
    assert path.read_bytes() == b"precious"
    assert read_wav(tmp_path / "a.partial.wav") == tone(300)
    assert isinstance(other, Fingerprint), "the others are not concerned"


def test_a_name_that_is_too_long_concerns_one_reply(tmp_path: Path) -> None:
    error, other = committed(
        tmp_path, spoken(tmp_path / ("n" * 300 + ".wav")), spoken(tmp_path / "b.wav")
    )
    assert isinstance(error, UsageError)
    assert error.code == "output"
    assert isinstance(other, Fingerprint)


def test_what_came_of_a_reply_that_failed_is_kept_and_can_be_played(tmp_path: Path) -> None:
    assert spoken(tmp_path / "a.wav").keep() == tmp_path / "a.partial.wav"
    assert read_wav(tmp_path / "a.partial.wav") == tone(300)
    assert Output(str(tmp_path / "b.wav")).keep() is None
    long = spoken(tmp_path / "c.wav", 20_000)
    long.drop()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.partial.wav"]
