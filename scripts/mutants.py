"""The two ends of scripts/mutants.sh: what mutmut is to change, and what came of it."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

WHOLE = ["s2s/conversation/*", "s2s/wire/realtime/*", "s2s/audio/live/playout.py"]
TESTS = [
    "tests/conversation",
    "tests/audio/test_*playout*.py",
    "tests/wire/test_codec*.py",
    "tests/wire/test_encoder*.py",
    "tests/wire/test_decoder*.py",
    "tests/wire/test_errors*.py",
]
FLOOR = 90  # per cent
NOTICED = {"killed", "timeout"}


def configure(folder: Path, patterns: list[str]) -> None:
    """Write mutmut's settings into a copy of the checkout.

    Random stories are left out: they take seconds for each mutant, and a rule wants a story that
    tells it.
    """
    tests = [str(path) for pattern in TESTS for path in sorted(Path().glob(pattern))]
    lists = {
        "source_paths": ["s2s"],
        "only_mutate": patterns or WHOLE,
        "pytest_add_cli_args": [
            "-p", "no:cacheprovider", "--ignore=tests/conversation/test_any_order.py",
        ],
        "pytest_add_cli_args_test_selection": tests,
        "do_not_mutate_patterns": [r"logger\.", r"log\."],
    }  # fmt: skip
    lines = [f"{name} = {value!r}" for name, value in lists.items()]
    (folder / "pyproject.toml").write_text(
        Path("pyproject.toml").read_text("utf-8")
        + "\n[tool.mutmut]\nuse_git_change_detection = false\ntimeout_multiplier = 5.0\n"
        + "\n".join(lines)
        + "\n",
        "utf-8",
    )


def change_of(name: str, path: Path) -> tuple[str, str]:
    """Return the lines that a mutant takes away and puts in their place, each on one line."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    old, new = [], []
    for line in get_diff_for_mutant(name, path=path).splitlines():
        if line.startswith("-") and not line.startswith("---"):
            old.append(line[1:].strip())
        elif line.startswith("+") and not line.startswith("+++"):
            new.append(line[1:].strip())
    return " ".join(old), " ".join(new)


SENTENCE = re.compile(r'[fr]*"(?:[^"\\]|\\.)* (?:[^"\\]|\\.)*"')

LEFT_OUT = re.compile(r"[\s,]|None")  # where a sentence was an argument


def is_wording(old: str, new: str) -> bool:
    """Whether only a sentence differs, a string with a space in it: other words, or none."""
    before, after = SENTENCE.sub("", old), SENTENCE.sub("", new)
    return old != before and LEFT_OUT.sub("", before) == LEFT_OUT.sub("", after)


def is_the_same(old: str, new: str) -> bool:
    """Whether two lines mean the same: another falsehood, or another value of a set's key."""
    return new in (
        old.replace("= False", "= None", 1),
        re.sub(r"\] = None$", '] = ""', old),
    )


def excused(document: Path) -> Counter[tuple[str, str, str]]:
    """Read the changes that docs/mutants.md lists: file, the line before, the line after."""
    found: Counter[tuple[str, str, str]] = Counter()
    path = old = ""
    for line in document.read_text("utf-8").splitlines():
        if match := re.fullmatch(r"### (s2s/\S+\.py)", line):
            path = match[1]
        elif line.startswith("    - "):
            old = line[6:].strip()
        elif line.startswith("    + "):
            found[path, old, line[6:].strip()] += 1
    return found


def score(document: Path) -> int:
    """Print what came of the run in this folder; return the exit status."""
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.stats import status_by_exit_code
    from mutmut.utils.file_utils import walk_mutatable_files

    allowed = excused(document)
    total = noticed = unchecked = 0
    survivors: list[str] = []
    print(f"{'noticed':>8} {'of':>6} {'':>7}  excused  module")
    for path in sorted(walk_mutatable_files()):
        data = SourceFileMutationData(path=path)
        data.load()
        here = Counter[str]()
        for name, code in data.exit_code_by_key.items():
            status = status_by_exit_code[code]
            if status in NOTICED:
                here["noticed"] += 1
                continue
            if status == "not checked":
                unchecked += 1
                continue
            old, new = change_of(name, path)
            if is_wording(old, new) or is_the_same(old, new) or (str(path), old, new) in allowed:
                here["excused"] += 1
                continue
            here["missed"] += 1
            survivors.append(f"### {path}\n{name}: {status}\n    - {old}\n    + {new}\n")
        counted = here["noticed"] + here["missed"]
        if counted:
            share = 100 * here["noticed"] / counted
            print(f"{here['noticed']:8} {counted:6} {share:6.1f}%  {here['excused']:7}  {path}")
        total += counted
        noticed += here["noticed"]
    Path("survivors.txt").write_text("\n".join(survivors), "utf-8")
    if not total:
        print("Nothing was changed: the patterns fit no file, or mutmut ended early.")
        return 1
    if unchecked:
        print(f"The run ended early: {unchecked} changes were not tried.")
    share = 100 * noticed / total
    print(f"{noticed:8} {total:6} {share:6.1f}%  in all; at least {FLOOR} % are wanted.")
    print(f"Those that nobody noticed: {Path('survivors.txt').resolve()}")
    return 0 if share >= FLOOR and not unchecked else 1


if __name__ == "__main__":
    if sys.argv[1] == "configure":
        configure(Path(sys.argv[2]), sys.argv[3:])
    else:
        sys.exit(score(Path(sys.argv[2])))
