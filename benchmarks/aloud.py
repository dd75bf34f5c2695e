"""What conversations on a sound card in software need: questions in files, and an endpoint."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fakes import clean_environment

PROGRAM = (sys.executable, "-m", "s2s")


def spoken(text: str, path: Path) -> Path:
    """Have flite say it into a file, and return where that is."""
    subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(path)], check=True)
    return path


@contextmanager
def endpoint(folder: Path, *options: str) -> Iterator[str]:
    """Run `s2s serve` with `options` and give its URL; `folder` is its home."""
    server = subprocess.Popen(
        [*PROGRAM, "serve", *options, "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=clean_environment(folder),
    )
    assert server.stdin
    assert server.stdout
    try:
        yield server.stdout.readline().decode().strip()
    finally:
        server.stdin.close()
        server.wait(10)
