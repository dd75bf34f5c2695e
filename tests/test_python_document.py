"""The programs of docs/python.md: they run, a type checker takes them, and the import is light."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import clean_environment

import s2s

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks() -> list[str]:
    return _BLOCK.findall((ROOT / "docs" / "python.md").read_text("utf-8"))


PROGRAMS = [each for each in blocks() if each.startswith("import")]
SAID = [
    r".+\n\d+ tokens\n$",
    r"What time is it\? It is .*\nWhat day is it\? .*\nWhat is seven times eight\? .*56.*\n$",
    r"Assistant: .*\nAssistant: .*56.*\n\d turns, 0 events missed\n$",
    r"No network: network\n$",
]


def python(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *args],
        cwd=folder, env=clean_environment(folder), capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip


@pytest.mark.program
@pytest.mark.parametrize(("program", "said"), list(zip(PROGRAMS, SAID, strict=True)))
def test_each_program_of_the_document_runs(program: str, said: str, tmp_path: Path) -> None:
    question = s2s.send(text="repeat after me what is this", offline=True)  # in a voice
    question.save(tmp_path / "question.wav")
    done = python(tmp_path, "-c", program)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert re.match(said, done.stdout), done.stdout


@pytest.mark.program
def test_a_stranger_may_type_check_them_strictly(tmp_path: Path) -> None:
    for number, block in enumerate(blocks()):
        code = block if block.startswith("import") else f"import s2s\n\n{block}"
        (tmp_path / f"program_{number}.py").write_text(code, "utf-8")
    done = python(tmp_path, "-m", "mypy", "--strict", "--no-incremental", ".")
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_it_loads_nothing_heavy(tmp_path: Path) -> None:
    told = python(tmp_path, "-c", "import sys, s2s; print(*sys.modules)")
    loaded = set(told.stdout.split())
    assert {each for each in loaded if each.startswith("s2s")} == {"s2s", "s2s.version"}
    assert not loaded & {"asyncio", "numpy", "websockets", "typer", "rich", "pyaudio"}


def test_every_public_name_is_there_and_is_listed() -> None:
    for name in s2s.__all__:
        assert getattr(s2s, name) is not None
    assert set(s2s.__all__) <= set(dir(s2s))
    with pytest.raises(AttributeError, match="talk"):
        _ = s2s.talk  # type: ignore[attr-defined]


def test_what_a_type_checker_sees_is_what_there_is() -> None:
    tree = ast.parse((ROOT / "s2s" / "__init__.py").read_text("utf-8"))
    typed = next(each for each in tree.body if isinstance(each, ast.If))
    seen = {each.asname for node in typed.body for each in getattr(node, "names", [])}
    assert seen | {"__version__"} == set(s2s.__all__)
