"""Which program is started: never one that lies beside somebody's recordings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from s2s.programs import program

NAME = "s2s-speaks"
FILE = f"{NAME}.exe" if sys.platform == "win32" else NAME


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, in which somebody has put a program."""
    folder = tmp_path / "beside"
    planted(folder)
    monkeypatch.chdir(folder)
    return folder


def test_a_program_is_found_as_an_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = planted(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = program(NAME)
    assert found
    assert Path(found) == installed


@pytest.mark.parametrize("entry", ["", ".", "..", "../beside", "sub"])
def test_an_empty_or_relative_entry_of_path_is_skipped(
    beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    planted(tmp_path)
    planted(beside / "sub")
    monkeypatch.setenv("PATH", os.pathsep.join([entry, str(tmp_path / "nowhere")]))
    assert program(NAME) is None


def test_the_working_directory_is_skipped_under_its_full_name_too(
    beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = planted(tmp_path / "bin")
    monkeypatch.setenv("PATH", os.pathsep.join([str(beside), str(beside / "..") + "/beside"]))
    assert program(NAME) is None
    monkeypatch.setenv("PATH", os.pathsep.join([str(beside), str(installed.parent)]))
    assert program(NAME) == str(installed)


@pytest.mark.skipif(os.name == "nt", reason="Windows runs a file by its suffix")
def test_what_cannot_be_run_is_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(tmp_path / "notes").chmod(0o644)
    (tmp_path / "folders" / NAME).mkdir(parents=True)
    installed = planted(tmp_path / "bin")
    folders = ["notes", "folders", "bin"]
    monkeypatch.setenv("PATH", os.pathsep.join(str(tmp_path / name) for name in folders))
    assert program(NAME) == str(installed)


@pytest.mark.skipif(os.name == "nt", reason="a rehearsal of Windows elsewhere")
def test_on_windows_the_working_directory_is_skipped_and_no_batch_file_is_run(
    beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (beside / NAME).rename(beside / f"{NAME}.exe")
    batch = planted(tmp_path / "batch")
    batch.rename(batch.with_suffix(".bat"))
    installed = planted(tmp_path / "bin").rename(tmp_path / "bin" / f"{NAME}.exe")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("PATH", str(batch.parent))
    assert program(NAME) is None
    monkeypatch.setenv("PATH", os.pathsep.join([str(batch.parent), str(installed.parent)]))
    assert program(NAME) == str(installed)


def planted(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILE
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file
