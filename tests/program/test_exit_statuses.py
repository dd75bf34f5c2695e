"""The error boundary: whatever ends a command costs the status of the one table, told once."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from fakes import clean_environment

pytestmark = pytest.mark.program

PROGRAM = """
import sys
import typer
from s2s import errors, signals
from s2s.cli import app, run

@app.command("try-it")
def try_it() -> None:
{body}

sys.argv = ["s2s", "try-it"]
signals.install()
run()
"""


def tried(
    body: str, folder: Path, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """Run the program with one more command, which does this."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(body=textwrap.indent(body, "    "))],
        cwd=folder,
        env=clean_environment(folder, PYTHONPATH=os.pathsep.join(sys.path), PYTHONUNBUFFERED=""),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("UsageError", 2),
        ("RefusedError", 3),
        ("SoundError", 4),
        ("NetworkError", 5),
        ("ResponseError", 6),
        ("WriteError", 8),
    ],
)
def test_a_failure_is_a_sentence_a_hint_and_its_status(
    kind: str, status: int, tmp_path: Path
) -> None:
    done = tried(f"raise errors.{kind}('It is broken.', 'Mend it.')", tmp_path)
    assert (done.returncode, done.stderr) == (status, "Error: It is broken.\nMend it.\n")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("return 5", 5),
        ("raise SystemExit(7)", 7),
        ("raise SystemExit('words')", 1),
        ("raise typer.Abort", 130),
        ("raise typer.Exit(4)", 4),
    ],
)
def test_what_leaves_by_itself_leaves_with_what_it_says(
    body: str, status: int, tmp_path: Path
) -> None:
    done = tried(body, tmp_path)
    assert (done.returncode, done.stderr) == (status, "")


@pytest.mark.parametrize(
    "body",
    [
        "{}['missing']",
        "open('/nowhere/at/all')",  # nobody has said which output that is
        "raise OSError('of no kind')",
    ],
)
def test_anything_else_is_a_bug_and_keeps_its_traceback(body: str, tmp_path: Path) -> None:
    done = tried(body, tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert "in try_it" in done.stderr


def test_a_bug_from_elsewhere_is_told_with_what_was_raised_there(tmp_path: Path) -> None:
    body = "try:\n    1 / 0\nexcept ZeroDivisionError as exc:\n    raise errors.Bug('It fell', exc)"
    done = tried(body, tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("ZeroDivisionError") >= 2, "in a traceback, and in the sentence"
    assert done.stderr.startswith("Traceback")
    assert "Error: It fell by a mistake in s2s" in done.stderr


def test_a_failure_that_was_told_before_only_costs_its_status(tmp_path: Path) -> None:
    body = "error = errors.NetworkError('gone')\nerror.is_told = True\nraise error"
    done = tried(body, tmp_path)
    assert (done.returncode, done.stderr) == (5, "")


def test_output_that_cannot_be_written_is_told_and_costs_nothing_that_was_told_before(
    tmp_path: Path,
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no full device")
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        good = tried("print('words')", tmp_path, full)
        failed = tried("print('words')\nraise errors.RefusedError('No.')", tmp_path, full)
    finally:
        os.close(full)
    said = "Error: Standard output cannot be written: No space left on device."
    assert good.returncode == 8
    assert good.stderr.splitlines()[0] == said
    assert (failed.returncode, failed.stderr) == (3, "Error: No.\n")


def test_a_signal_that_ended_it_is_what_the_program_dies_of(tmp_path: Path) -> None:
    done = tried("raise errors.Stopped(15)", tmp_path)
    assert done.returncode == -15
    assert done.stderr == "Error: Stopped.\n"


def test_in_a_working_directory_that_is_gone_a_wrong_use_says_so(tmp_path: Path) -> None:
    body = "import os\nos.rmdir(os.getcwd())\nraise errors.UsageError('No such file.', 'Look.')"
    folder = tmp_path / "gone"
    folder.mkdir()
    done = tried(body, folder)
    assert done.returncode == 2
    assert "The working directory has been removed" in done.stderr
    assert "Look." not in done.stderr
