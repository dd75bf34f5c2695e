"""The program of docs/batch.md that spreads the work with Ray Data, on this machine.

Ray has an environment of its own, which `scripts/ray.sh` makes; without it these are skipped.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from fakes import clean_environment, endpoint, tone, write_wav

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".tools" / "ray" / "bin" / "python"
pytestmark = [
    pytest.mark.ray,
    pytest.mark.skipif(not PYTHON.exists(), reason="Ray is not there: scripts/ray.sh makes it be"),
]
_READ = """
import json, sys
import pyarrow.parquet as parquet
rows = parquet.read_table(sys.argv[1]).to_pylist()
told = [{**row, "audio": len(row["audio"])} for row in rows]
print(json.dumps(sorted(told, key=lambda row: row["path"])))
"""


def program() -> str:
    blocks = re.findall(
        r"^```python\n(.*?)^```$", (ROOT / "docs/batch.md").read_text(), re.M | re.S
    )
    (found,) = [each for each in blocks if "import ray" in each]
    return str(found)


def test_ray_spreads_the_recordings_and_gathers_the_replies(tmp_path: Path) -> None:
    paths = [write_wav(tmp_path / f"q{n}.wav", tone(200 + 100 * n)) for n in range(6)]
    (tmp_path / "bad.wav").write_text("no sound")
    (tmp_path / "answer.py").write_text(program())
    names = [str(path) for path in (*paths, tmp_path / "bad.wav")]
    home = clean_environment(tmp_path, PYTHONPATH=str(ROOT), RAY_USAGE_STATS_ENABLED="0")
    with endpoint() as url:
        done = subprocess.run(
            [PYTHON, "answer.py", str(tmp_path / "rows"), *names],
            cwd=tmp_path, env={**home, "WS_URL": url}, capture_output=True, timeout=300,
            check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    read = subprocess.run(
        [PYTHON, "-c", _READ, str(tmp_path / "rows")], capture_output=True, check=True, timeout=60
    )
    rows = json.loads(read.stdout)
    assert [row["path"] for row in rows] == sorted(names)
    told = {Path(row["path"]).name: (row["audio"], row["error"]) for row in rows}
    assert told.pop("bad.wav") == (0, "unreadable")
    assert told == {path.name: (len(tone(200 + 100 * n)), "") for n, path in enumerate(paths)}
