"""What `s2s.testing` costs those who do not use it, and whether its document tells the truth."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from s2s.testing import RealtimeServer

ROOT = Path(__file__).parents[1]


def test_pytest_finds_the_fixture_by_its_entry_point() -> None:
    found = entry_points(group="pytest11")
    assert [each.value for each in found if each.name == "s2s"] == ["s2s.testing"]


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = "numpy soxr websockets asyncio pytest yaml"
    told = subprocess.run(
        [sys.executable, "-c",
         "import sys, s2s.testing; print(*(set(sys.argv[1:]) & set(sys.modules)))",
         *heavy.split()],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert told.stdout.split() == []


@pytest.mark.parametrize("name", ["answering_machine.py", "test_answering_machine.py"])
def test_the_example_in_the_document_is_the_one_that_runs(name: str) -> None:
    code = (ROOT / "examples" / "answering_machine" / name).read_text()
    assert f"```python\n{code}```\n" in (ROOT / "docs" / "testing.md").read_text()


def test_the_faults_and_turns_in_the_document_are_understood() -> None:
    text = (ROOT / "docs" / "testing.md").read_text()
    faults = [json.loads(each) for each in re.findall(r'`(\{"at": ".*?\})`', text)]
    turns = [json.loads(each) for each in re.findall(r'`(\{"fail": .*?\}\})`', text)]
    assert (len(faults), len(turns)) == (9, 1)
    RealtimeServer(faults=faults, turns=turns)
