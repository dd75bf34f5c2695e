"""What `s2s --help` costs, against a Typer program with one empty command.

    python benchmarks/starting.py [--runs 20]

Both start in turn; prints the median of the pairwise ratios and its spread.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EMPTY = """
import typer
app = typer.Typer()
@app.command()
def empty() -> None:
    pass
app()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY)
        ours = [sys.executable, "-m", "s2s", "--help"]
        theirs = [sys.executable, str(empty), "--help"]
        for command in (ours, theirs):  # once, to fill the caches
            seconds(command)
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(runs)]
    ratios = sorted(own / other for own, other in pairs)
    print(f"s2s --help      median {statistics.median(own for own, _ in pairs):.3f} s")
    print(f"empty --help    median {statistics.median(other for _, other in pairs):.3f} s")
    median = statistics.median(ratios)
    print(f"ratio           median {median:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
