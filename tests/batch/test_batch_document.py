"""docs/batch.md: its commands and its program do what it says, and its codes are all there are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile
from fakes import clean_environment, endpoint, s2s, tone, write_wav

pytestmark = pytest.mark.program
DOCUMENT = (Path(__file__).parents[2] / "docs" / "batch.md").read_text("utf-8")
S2S = Path(__file__).parents[2] / "s2s"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    import numpy as np

    (tmp_path / "calls").mkdir()
    for name in ("calls/a.wav", "calls/b.wav", "more.wav"):
        write_wav(tmp_path / name, tone(300))
    (tmp_path / "more.txt").write_text("more.wav\n")
    samples = np.frombuffer(tone(300), "<i2")
    soundfile.write(tmp_path / "greeting.mp3", samples, 24_000)
    return tmp_path


def test_its_commands_run(folder: Path) -> None:
    (console,) = re.findall(r"^```console\n(.*?)^```", DOCUMENT, re.M | re.S)
    lines = [line[2:].partition("#")[0].split()[1:] for line in console.splitlines()]
    (folder / "calls/bad.wav").write_text("no sound")
    with endpoint() as url:
        first, second, failed, dry = (
            s2s(*line, cwd=folder, environment={"WS_URL": url}) for line in lines
        )
    assert [each.returncode for each in (first, second, failed, dry)] == [1, 1, 1, 1]
    assert b"4 sent" in first.stderr
    assert b"4 were done before" in second.stderr
    assert b"1 files: 0 sent, 1 failed" in failed.stderr
    assert b"Would send 0 of 3 files" in dry.stderr


def test_its_program_runs(folder: Path) -> None:
    program, _ray = re.findall(r"^```python\n(.*?)^```$", DOCUMENT, re.M | re.S)
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder, env=clean_environment(folder), capture_output=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sorted(line.split()[1] for line in done.stdout.decode().splitlines()) == [
        "calls/a.wav", "calls/b.wav", "greeting.mp3",
    ]  # fmt: skip


def test_its_table_of_codes_has_those_that_a_file_can_fail_with() -> None:
    told = set(re.findall(r"`([a-z_]+)`", DOCUMENT.partition("| code | |")[2].partition("\n\n")[0]))
    said = set()
    for path in S2S.rglob("*.py"):
        if "local" not in path.parts:
            said |= set(re.findall(r'code="([a-z_]+)"', path.read_text("utf-8")))
    assert told - said - {"unreadable", "network", "response"} == set()
    assert len(told) > 15


def test_the_fields_of_a_line_are_named() -> None:
    for field in ("output", "state", "settings", "input", "reply", "sha256", "changed_ns"):
        assert f"`{field}`" in DOCUMENT
