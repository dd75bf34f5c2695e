"""What docs/troubleshooting.md quotes is what the program says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs/troubleshooting.md").read_text("utf-8")
QUOTED = re.findall(r"^(?:> (.+)|\| `(.+?)` \|.*)$", DOCUMENT, re.MULTILINE)


def sentences() -> str:
    """Return every text in the program, one after the other, with … for what differs."""
    texts: list[str] = []
    for path in sorted((ROOT / "s2s").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                texts.append(
                    "".join(
                        str(part.value) if isinstance(part, ast.Constant) else "…"
                        for part in node.values
                    )
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
    return "\n".join(texts)


SAID = sentences()


@pytest.mark.parametrize("quoted", [line or cell for line, cell in QUOTED])
def test_a_remedy_that_is_quoted_is_the_programs_own(quoted: str) -> None:
    pieces = [piece.strip(" .:") for piece in re.split(r"…|: (?=[a-z])|\. ", quoted)]
    for piece in filter(None, pieces):
        assert piece in SAID, piece
